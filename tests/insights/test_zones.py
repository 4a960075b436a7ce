import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.zones import Zones, estimated_maximum, held_s, time_in_zones


def test_zones_by_maximum_are_tenths_of_it() -> None:
    zones = Zones.by_maximum(200)
    assert zones.from_bpm == (100, 120, 140, 160, 180)
    assert [zones.zone(bpm) for bpm in (99.9, 100, 119, 179.9, 180, 230)] == [0, 1, 1, 4, 5, 5]


def test_zones_by_reserve_are_karvonens() -> None:
    """The usual worked example: maximum 190, rest 60, at 70 % of the reserve 60 + 0.7 * 130 = 151 bpm."""
    zones = Zones.by_reserve(190, 60)
    assert zones.from_bpm == pytest.approx((125, 138, 151, 164, 177))


def test_a_maximum_is_estimated_by_age() -> None:
    assert estimated_maximum(40) == 180


def test_a_sample_a_second_is_a_second_in_its_zone() -> None:
    zones = Zones.by_maximum(200)
    bpm = np.repeat([90, 110, 130, 150, 170, 190], [10, 20, 30, 40, 50, 60])
    assert time_in_zones(np.arange(210), bpm, zones).tolist() == [10, 20, 30, 40, 50, 60]


def test_a_gap_counts_for_nothing() -> None:
    zones = Zones.by_maximum(200)
    times = np.concatenate([np.arange(60), 3_600 + np.arange(60)])
    spent = time_in_zones(times, np.full(120, 150.0), zones)
    assert spent[3] == 60 + 60 + 2
    assert time_in_zones(times, np.full(120, 150.0), zones, longest_s=1)[3] == 120


def test_samples_without_heart_rate_count_for_nothing() -> None:
    zones = Zones.by_maximum(200)
    assert time_in_zones([0, 1, 2, 3], [150, np.nan, np.nan, 150], zones).sum() == 2


@given(st.lists(st.tuples(st.floats(0, 7_200), st.floats(30, 220)), max_size=50), st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_nothing(samples: list[tuple[float, float]], random: object) -> None:
    unique = list({time: (time, bpm) for time, bpm in samples}.values())
    zones = Zones.by_reserve(190, 55)
    forwards = time_in_zones([time for time, _ in unique], [bpm for _, bpm in unique], zones)
    backwards = time_in_zones([time for time, _ in unique[::-1]], [bpm for _, bpm in unique[::-1]], zones)
    assert forwards == pytest.approx(backwards)


@given(st.lists(st.floats(0, 86_400), min_size=2, max_size=100), st.floats(0.1, 600))
def test_no_sample_holds_longer_than_allowed_nor_all_longer_than_it_lasted(times: list[float], longest: float) -> None:
    held = held_s(times, longest_s=longest)
    assert (held >= 0).all()
    assert (held <= longest).all()
    assert held.sum() <= max(times) - min(times) + longest + 1e-6


def test_rates_that_make_no_zones_are_refused() -> None:
    with pytest.raises(ValueError, match="below the maximum"):
        Zones.by_reserve(150, 160)
    with pytest.raises(ValueError, match="above 0"):
        Zones.by_maximum(0)
    with pytest.raises(ValueError, match="one heart rate for each"):
        time_in_zones([0, 1], [100], Zones.by_maximum(200))
