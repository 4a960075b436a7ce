import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.cohort import cohort, rank
from insights.series import Floats, known
from tests.insights.strategies import series, values


def test_a_group_below_the_minimum_is_told_nothing() -> None:
    assert cohort(np.arange(19.0)) is None
    assert rank(5, np.arange(19.0)) is None
    assert cohort([*np.arange(19.0), np.nan]) is None
    assert cohort(np.arange(20.0)) is not None


def test_no_percentile_is_the_figure_of_one_or_two_people() -> None:
    found = cohort(np.arange(20.0), points=[0, 5, 10, 15, 50, 85, 90, 95, 100])
    assert found is not None
    assert list(found.percentiles) == [15, 50, 85]


def test_percentiles_are_those_of_hyndman_and_fan() -> None:
    found = cohort(np.arange(1.0, 102.0))
    assert found is not None
    assert found.percentiles == pytest.approx({10: 11, 25: 26, 50: 51, 75: 76, 90: 91})
    assert rank(51, np.arange(1.0, 102.0)) == pytest.approx(50)


@given(series(20, 80))
def test_percentiles_ascend_within_the_group(group: Floats) -> None:
    found = cohort(group)
    there = known(group)
    if found is None:
        assert len(there) < 20
    else:
        told = list(found.percentiles.values())
        assert told == sorted(told)
        assert there.min() <= told[0]
        assert told[-1] <= there.max()


@given(series(20, 80, values), values, values)
def test_who_has_more_ranks_no_lower(group: Floats, one: float, other: float) -> None:
    low, high = (rank(value, group) for value in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 100


@given(st.sampled_from([-1.0, 101.0]))
def test_a_percentile_is_a_share(point: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 100"):
        cohort(np.arange(30.0), points=[point])
