"""A period against the one before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.comparison import compare

NAN = float("nan")
VALUES = st.lists(st.floats(1, 1_000) | st.just(NAN), min_size=14, max_size=14)


def test_means_and_their_difference_in_deviations_and_errors() -> None:
    before, now = [50.0, 52.0, 54.0, 52.0], [56.0, 58.0, 60.0, 58.0]
    [found] = compare({"resting_heart_rate_bpm": [*before, *now]}, 4)
    assert (found.mean, found.mean_before, found.change) == (58, 52, 6)
    assert (found.days, found.days_before) == (4, 4)
    spread = np.std(before, ddof=1)
    assert found.effect == pytest.approx(6 / spread)
    # Welch: both variances are 8/3, of four days each.
    assert found.sure == pytest.approx(6 / np.sqrt(2 * (8 / 3) / 4))
    assert found.is_notable
    assert found.change_pct == pytest.approx(100 * 6 / 52)
    assert found.words == (
        "Resting heart rate: 58 bpm on average of 4 days, 6 bpm (11.5 %) above the 52 bpm of 4 days before."
    )


def test_what_days_differ_by_anyway_is_not_notable() -> None:
    [found] = compare({"steps": [8_000, 12_000, 9_000, 11_000, 8_100, 12_100, 9_100, 11_100]}, 4)
    assert not found.is_notable


def test_times_of_day_are_said_as_clocks_do() -> None:
    [found] = compare({"bed_time_h": [-1.0, -1.1, -0.9, 0.5, 0.6, 0.4]}, 3)
    assert found.change_pct is None
    assert (
        found.words
        == "Time of falling asleep: 0:30 on average of 3 days, 90 min later than the 23:00 of 3 days before."
    )


def test_two_sessions_a_week_are_less_than_four_though_each_was_as_long() -> None:
    four, two = [60, NAN, 60, NAN, 60, NAN, 60], [60, NAN, NAN, 60, NAN, NAN, NAN]
    found = {each.column: each for each in compare({"exercise_min": [*four, *two], "steps": [9_000.0] * 14}, 7)}
    assert found["exercise_min"].mean_before == pytest.approx(240 / 7)
    assert found["exercise_min"].mean == pytest.approx(120 / 7)


def test_days_of_which_nothing_is_known_are_no_days_of_rest() -> None:
    series = [60.0] * 7 + [60, 60, 60, NAN, NAN, NAN, NAN]
    [found] = compare({"exercise_min": series}, 7)
    assert (found.mean, found.days) == (60, 3)


def test_too_few_days_are_left_out_and_too_few_before_are_said() -> None:
    assert compare({"mood": [5, 5, 5, 5, NAN, 5]}, 3) == []
    [found] = compare({"mood": [NAN, 5, 5, 6, 6, 6]}, 3)
    assert (found.mean_before, found.is_notable) == (None, False)
    assert "too few days before" in found.words


def test_the_clearest_comes_first() -> None:
    calm = [50, 51, 52, 50, 51, 52]
    found = compare({"hrv_ms": calm, "steps": [1, 2, 3, 8_001, 8_002, 8_003]}, 3)
    assert [each.column for each in found] == ["steps", "hrv_ms"]


def test_nothing_is_said_of_nothing() -> None:
    assert compare({}, 7) == []
    with pytest.raises(ValueError, match="both periods"):
        compare({"steps": [1.0] * 13}, 7)


@given(VALUES, st.floats(0.1, 10))
def test_a_comparison_follows_its_unit(values: list[float], factor: float) -> None:
    """Grams or kilograms: the means scale, what is notable does not."""
    first, second = compare({"weight_kg": values}, 7), compare({"weight_kg": [factor * each for each in values]}, 7)
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert other.mean == pytest.approx(factor * one.mean)
        if one.sure is not None and other.sure is not None:
            assert other.sure == pytest.approx(one.sure, rel=1e-6, abs=1e-6)


@given(VALUES)
def test_swapping_the_periods_turns_the_sign(values: list[float]) -> None:
    found = compare({"hrv_ms": values}, 7)
    turned = compare({"hrv_ms": [*values[7:], *values[:7]]}, 7)
    if found and turned and found[0].sure is not None and turned[0].sure is not None:
        assert turned[0].sure == pytest.approx(-found[0].sure, rel=1e-6, abs=1e-9)
