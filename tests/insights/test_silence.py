import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.series import Floats
from insights.silence import logged_share, silence
from tests.insights.strategies import series


def test_who_always_logged_is_missed_after_three_days() -> None:
    assert silence([1.0] * 28 + [np.nan] * 2) is None
    found = silence([1.0] * 28 + [np.nan] * 3)
    assert found is not None
    assert (found.days, found.usual_share) == (3, 1)
    # 26 days between the first and the last: one in 28, then two in 29, then three in 30.
    assert found.chance == pytest.approx(1 / 28 * 2 / 29 * 3 / 30)


def test_who_logs_every_other_day_is_missed_later() -> None:
    habit = [1.0, np.nan] * 14 + [1.0]
    assert silence(habit + [np.nan] * 9) is None
    assert silence(habit + [np.nan] * 12) is not None


def test_who_never_logged_is_not_missed() -> None:
    assert silence([np.nan] * 60) is None
    assert silence([np.nan] * 50 + [1.0] + [np.nan] * 9) is None


def test_somebody_new_is_not_missed() -> None:
    assert silence([1.0] * 10 + [np.nan] * 10) is None
    assert silence([np.nan] * 60 + [1.0] * 13 + [np.nan] * 10) is None


@pytest.mark.parametrize("known", [14, 16, 20, 28])
def test_who_is_new_is_missed_by_what_they_did_since_they_came(known: int) -> None:
    before = [np.nan] * 40
    assert silence(before + [1.0] * known + [np.nan] * 2) is None
    found = silence(before + [1.0] * known + [np.nan] * 3)
    assert found is not None
    assert (found.days, found.usual_share) == (3, 1)


@given(series(14, 40), st.integers(0, 20), st.integers(1, 44))
def test_days_before_somebody_came_say_nothing_of_them(values: Floats, silent: int, more: int) -> None:
    lived = np.append(values, np.full(silent, np.nan))
    assert silence(np.append(np.full(more, np.nan), lived)) == silence(lived)


@given(series(20, 60), st.integers(0, 20))
def test_a_silence_that_goes_on_stays_told(values: Floats, more: int) -> None:
    found, later = silence(values), silence(np.append(values, np.full(more, np.nan)))
    if found:
        assert later is not None
        assert later.days == found.days + more
        assert later.chance <= found.chance <= 0.002


def test_chance_calls_a_silence_as_rarely_as_promised() -> None:
    random = np.random.default_rng(11)
    told = sum(silence(np.where(random.random(60) < 0.6, 1.0, np.nan)) is not None for _ in range(3_000))
    assert told / 3_000 < 0.004


def test_a_share_is_of_all_days() -> None:
    assert logged_share([1.0] * 7 + [np.nan] * 7) == 0.5
    assert logged_share([1.0] * 7) == 0.5
    with pytest.raises(ValueError, match="at least one day"):
        logged_share([], days=0)
