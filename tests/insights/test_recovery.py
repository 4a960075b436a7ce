import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.recovery import hrv_status, resting_status
from insights.series import Floats, known
from tests.insights.strategies import series

MONTH = [48.0, 52.0, 50.0, 47.0, 53.0, 51.0, 49.0] * 4


def test_a_usual_week_is_normal() -> None:
    found = hrv_status([*MONTH, *MONTH[:7]])
    assert found is not None
    assert found.position == "normal"
    assert found.low < found.mean < found.high
    assert (found.days, found.range_days) == (7, 28)


def test_the_normal_range_is_half_a_standard_deviation_of_the_logarithm() -> None:
    found = hrv_status([*MONTH, *MONTH[:7]])
    assert found is not None
    logs = np.log(MONTH)
    assert np.log(found.high) == pytest.approx(logs.mean() + 0.5 * logs.std(ddof=1))
    assert found.mean == pytest.approx(np.exp(np.log(MONTH[:7]).mean()))


def test_a_low_week_is_below_and_a_high_pulse_above() -> None:
    low = hrv_status([*MONTH, *[40.0, 42, 39, 41, 40, 43, 38]])
    high = resting_status([*MONTH, *[57.0, 58, 56, 57, 59, 57, 58]])
    assert low is not None
    assert high is not None
    assert (low.position, high.position) == ("below", "above")
    assert low.sure < -3
    assert high.sure > 3


def test_three_days_of_a_week_are_enough_and_two_are_not() -> None:
    assert hrv_status([*MONTH, *[np.nan] * 4, 50, 51, 49]) is not None
    assert hrv_status([*MONTH, *[np.nan] * 5, 50, 51]) is None
    assert hrv_status(MONTH[:20]) is None


@given(series(35, 35, st.one_of(st.floats(20, 120), st.just(float("nan")))), st.floats(0.5, 2))
def test_another_device_that_reads_more_by_a_factor_changes_no_status_of_hrv(values: Floats, factor: float) -> None:
    before, after = hrv_status(values), hrv_status(values * factor)
    assert (before is None) == (after is None) == (len(known(values[-7:])) < 3 or len(known(values[:-7])) < 14)
    if before and after:
        assert after.mean == pytest.approx(factor * before.mean)
        assert after.sure == pytest.approx(before.sure, abs=1e-3)
