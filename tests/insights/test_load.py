import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.load import load_status, monotony, session_rpe, trimp
from insights.series import Floats
from tests.insights.strategies import series

loads = st.one_of(st.floats(0, 2_000).map(lambda load: round(load, 1)), st.just(float("nan")))


def test_an_hour_at_7_is_420() -> None:
    """The worked example in the literature on session RPE (Foster et al. 2001): 7 times 60 minutes."""
    assert session_rpe(7, 60) == 420


def test_training_impulses_are_those_of_published_worked_examples() -> None:
    # fellrnr.com, TRIMP: 30 min at 130 bpm, rest 40, maximum 200, a man.
    assert trimp(30, 130, resting_bpm=40, max_bpm=200, sex="male") == pytest.approx(31.8, abs=0.1)
    # afitpilot.com, TRIMP: 60 min at 155 bpm, rest 55, maximum 190, a man.
    assert trimp(60, 155, resting_bpm=55, max_bpm=190, sex="male") == pytest.approx(118, abs=0.5)
    # The ends that Banister's weights are given with: 4.37 a minute for men, 4.57 for women (0.86 exp 1.67).
    assert trimp(1, 200, resting_bpm=40, max_bpm=200, sex="male") == pytest.approx(4.37, abs=0.01)
    assert trimp(1, 200, resting_bpm=40, max_bpm=200, sex="female") == pytest.approx(4.57, abs=0.01)


def test_a_steady_load_has_a_ratio_of_one_and_no_monotony() -> None:
    for averaging in ("rolling", "ewma"):
        found = load_status([100.0] * 60, averaging=averaging)
        assert found is not None
        assert found.ratio == pytest.approx(1)
        assert (found.week, found.monotony, found.strain) == (700, None, None)


def test_a_week_is_weighed_as_foster_did() -> None:
    week = [300.0, 0, 450, 200, 0, 600, np.nan]
    done = [300, 0, 450, 200, 0, 600, 0]
    expected = np.mean(done) / np.std(done, ddof=1)
    assert monotony(week) == pytest.approx(expected)
    found = load_status([*[100.0] * 28, *week])
    assert found is not None
    assert found.week == 1_550
    assert found.strain == pytest.approx(1_550 * expected)


def test_a_doubled_week_shows_in_the_ratio() -> None:
    found = load_status([*[100.0] * 28, *[200.0] * 7], averaging="rolling")
    assert found is not None
    assert found.ratio == pytest.approx(200 / 125)


def test_exponential_weights_are_those_of_williams() -> None:
    """A single step from 0: after n days the share of the new level is 1 - (1 - 2 / (N + 1)) ** n."""
    found = load_status([*[0.0] * 28, *[100.0] * 7])
    assert found is not None
    assert found.acute == pytest.approx(100 * (1 - 0.75**7))
    assert found.chronic == pytest.approx(100 * (1 - (27 / 29) ** 7))


@given(series(35, 60, loads), st.floats(0.125, 8))
def test_the_unit_of_load_changes_no_ratio(load: Floats, factor: float) -> None:
    before, after = load_status(load), load_status(load * factor)
    assert (before is None) == (after is None)
    if before and after:
        assert after.week == pytest.approx(factor * before.week)
        assert (after.ratio is None) == (before.ratio is None)
        if before.ratio is not None:
            assert after.ratio == pytest.approx(before.ratio)


def test_a_short_history_has_no_status() -> None:
    assert load_status([np.nan] * 40 + [100.0] * 27) is None
    assert load_status([np.nan] * 40 + [100.0] * 28) is not None
    assert load_status([]) is None


def test_what_is_no_load_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        load_status([-1.0] * 30)
    with pytest.raises(ValueError, match="from 0 to 10"):
        session_rpe(11, 60)
    with pytest.raises(ValueError, match="below the maximum"):
        trimp(10, 100, resting_bpm=190, max_bpm=180, sex="male")
