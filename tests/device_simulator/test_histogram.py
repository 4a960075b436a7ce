from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_simulator.histogram import Histogram

values = st.lists(st.integers(0, 10**10) | st.integers(0, 3_000), min_size=1, max_size=300)
WANTED = (1, 50, 90, 99, 99.9, 100)


@given(values)
def test_a_percentile_is_the_exact_one_or_at_most_a_fifth_of_a_percent_above(values: list[int]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    ordered = sorted(values)
    for percent, found in zip(WANTED, histogram.percentiles(*WANTED), strict=True):
        exact = ordered[max(ceil(len(ordered) * percent / 100), 1) - 1]
        assert exact <= found <= exact * 1.002
    assert (histogram.count, histogram.max, histogram.total) == (len(values), max(values), sum(values))


def test_of_nothing_all_is_nought() -> None:
    assert Histogram().summary_ms() == {
        "count": 0,
        "p50_ms": 0,
        "p90_ms": 0,
        "p99_ms": 0,
        "p999_ms": 0,
        "max_ms": 0,
    }


def test_times_are_kept_in_microseconds_and_told_in_milliseconds() -> None:
    histogram = Histogram()
    for seconds in (0.001, 0.0005, -1.0):
        histogram.record_s(seconds)
    assert histogram.summary_ms()["max_ms"] == pytest.approx(1)
    assert histogram.summary_ms()["p50_ms"] == pytest.approx(0.5)
