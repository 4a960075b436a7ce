import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.series import Floats
from insights.sleep import sleep_debt, sleep_regularity, time_asleep
from tests.insights.strategies import series

beds = st.one_of(st.floats(-3, 3), st.just(float("nan")))
lengths = st.floats(3, 10)


def test_the_same_hours_every_night_are_perfectly_regular() -> None:
    found = sleep_regularity([-1.0] * 14, [7.0] * 14)
    assert found is not None
    assert (found.index, found.midsleep_sd_min, found.nights) == (100, 0, 14)
    assert found.midsleep_h == pytest.approx(3)


def test_an_hour_of_difference_is_the_published_example() -> None:
    """Sleep as Android, on the index: up at 6 one day and at 7 the next, the same state in 23 of 24 hours."""
    found = sleep_regularity([-1.0] * 14, [6.0, 7.0] * 7)
    assert found is not None
    assert found.index == pytest.approx(200 * 23 / 24 - 100)


def test_the_opposite_of_the_night_before_is_minus_100() -> None:
    found = sleep_regularity([-12.0, 0.0] * 7, [0.0, 12.0] * 7)
    assert found is not None
    assert found.index == -100


def test_nights_that_do_not_follow_each_other_are_not_compared() -> None:
    gaps = [-1.0, np.nan] * 14
    found = sleep_regularity(gaps, [7.0] * 28)
    assert found is not None
    assert found.index is None
    assert found.nights == 14


def test_midnight_splits_no_mean() -> None:
    found = sleep_regularity([-4.0, -3.5] * 7, [3.5, 4.0] * 7)
    assert found is not None
    assert found.midsleep_h == pytest.approx(0, abs=1e-9)
    assert found.midsleep_sd_min == pytest.approx(60 * 0.25 * np.sqrt(14 / 13))


@given(series(7, 28, beds), lengths, st.floats(-2, 2))
def test_living_later_is_as_regular(bed: Floats, length: float, later: float) -> None:
    # By whole minutes, which is how finely the index looks.
    bed, length, later = np.round(bed * 60) / 60, round(length * 60) / 60, round(later * 60) / 60
    before = sleep_regularity(bed, bed + length)
    after = sleep_regularity(bed + later, bed + length + later)
    assert (before is None) == (after is None)
    if before and after:
        assert after.midsleep_sd_min == pytest.approx(before.midsleep_sd_min, abs=1e-6)
        if before.index is not None and after.index is not None:
            assert after.index == pytest.approx(before.index, abs=0.5)
            assert -100 <= before.index <= 100


def test_few_nights_have_no_regularity() -> None:
    assert sleep_regularity([-1.0] * 6, [7.0] * 6) is None


def test_time_awake_in_the_night_is_no_sleep() -> None:
    assert time_asleep(452.0, 22.0) == 430


def test_all_of_a_night_is_sleep_if_nobody_told_of_time_awake() -> None:
    assert time_asleep(480.0) == 480


@given(st.floats(1, 1_440), st.floats(0, 1_440), st.floats(0, 60))
def test_sleep_is_never_longer_than_the_night_and_never_below_none(whole: float, awake: float, more: float) -> None:
    assert 0 <= time_asleep(whole, awake + more) <= time_asleep(whole, awake) <= whole


def test_short_nights_add_up_and_long_ones_pay_back() -> None:
    found = sleep_debt([360.0, 360, 480, np.nan, 420], need_min=420)
    assert found is not None
    assert (found.minutes, found.nights, found.mean_min) == (60, 4, 405)


def test_nobody_sleeps_in_advance() -> None:
    found = sleep_debt([600.0] * 6 + [300.0], need_min=420)
    assert found is not None
    assert found.minutes == 120


@given(series(7, 14, st.floats(200, 700)), st.floats(300, 540), st.floats(0, 60))
def test_who_needs_more_owes_more(slept: Floats, need: float, more: float) -> None:
    before, after = sleep_debt(slept, need_min=need), sleep_debt(slept, need_min=need + more)
    assert before is not None
    assert after is not None
    assert 0 <= before.minutes <= after.minutes


def test_too_few_nights_owe_nothing() -> None:
    assert sleep_debt([400.0] * 3) is None
    with pytest.raises(ValueError, match="above 0"):
        sleep_debt([400.0] * 7, need_min=0)
