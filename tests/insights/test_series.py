import numpy as np
import pytest

from insights.series import aligned, daily, known, last_value, one_value


def test_infinities_are_days_without_a_value() -> None:
    assert np.isnan(daily([np.nan, np.inf, -np.inf])).all()
    assert known(daily([1, np.nan, 3])).tolist() == [1, 3]


def test_a_table_is_no_daily_series() -> None:
    with pytest.raises(ValueError, match="one dimension"):
        daily([[1, 2], [3, 4]])


def test_series_of_the_same_days_have_one_length() -> None:
    with pytest.raises(ValueError, match="same length"):
        aligned([1, 2], [1, 2, 3])


def test_the_latest_value_may_be_days_ago() -> None:
    assert last_value(daily([5, 7, np.nan, np.nan])) == (2, 7)
    assert last_value(daily([np.nan])) is None


def test_a_mean_asks_for_enough_values() -> None:
    assert one_value(daily([1, np.nan, 3]), 2) == 2
    assert one_value(daily([1, np.nan, 3]), 3) is None
