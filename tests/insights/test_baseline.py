from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.baseline import baseline, standing
from insights.series import Floats, known
from tests.insights.strategies import series


def test_the_published_example_of_masked_outliers_is_scored_as_published() -> None:
    """Iglewicz & Hoaglin 1993: two outliers that hide each other from a mean and standard deviation."""
    values = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]
    found = baseline(values, least=10)
    assert found is not None
    assert found.median == pytest.approx(2.45)
    assert found.mad == pytest.approx(0.15)
    scores = [0.6745 * (value - found.median) / found.mad for value in values]
    assert [abs(score) > 3.5 for score in scores] == [False] * 8 + [True] * 2
    assert (8.2 - found.median) / found.spread == pytest.approx(scores[8], rel=1e-4)


def test_too_few_days_have_no_baseline() -> None:
    assert baseline([60.0] * 13) is None
    assert baseline([60.0] * 13 + [61.0]) is not None
    assert standing([60.0] * 28 + [np.nan]) is None


def test_today_is_no_part_of_what_is_usual() -> None:
    found = standing([60.0, 61.0, 62.0] * 9 + [60.0] + [500.0])
    assert found is not None
    assert found.baseline.median == 61
    assert found.percentile == 100


def test_where_all_days_are_equal_no_score_can_be_given() -> None:
    found = standing([5.0] * 28 + [6.0])
    assert found is not None
    assert found.score is None


def test_where_most_days_are_equal_the_mean_deviation_stands_in() -> None:
    found = baseline([5.0] * 20 + [6.0] * 8)
    assert found is not None
    assert found.mad == 0
    assert found.spread == pytest.approx(1.2533 * 8 / 28)


def test_a_side_with_far_days_has_the_larger_spread() -> None:
    found = baseline([8_000, 8_500, 9_000, 7_500, 8_200, 16_000, 15_000] * 4)
    assert found is not None
    assert found.above > 2 * found.below


@given(series(14, 28), st.randoms(use_true_random=False))
def test_the_order_of_the_days_changes_no_baseline(values: Floats, random: Random) -> None:
    shuffled = values.tolist()
    random.shuffle(shuffled)
    before, after = baseline(values), baseline(shuffled)
    assert (before is None) == (after is None)
    if before and after:
        assert (after.days, after.median, after.mad) == (before.days, before.median, before.mad)
        assert (after.spread, after.below, after.above) == pytest.approx((before.spread, before.below, before.above))


@given(series(28, 28), st.floats(0.125, 8), st.floats(-1e3, 1e3))
def test_another_unit_changes_no_score(values: Floats, factor: float, offset: float) -> None:
    before, after = standing(values), standing(values * factor + offset)
    assert (before is None) == (after is None)
    if before and after and before.score is not None and before.baseline.spread > 1e-3:
        assert after.score == pytest.approx(before.score, rel=1e-3, abs=1e-3)


@given(series(20, 40))
def test_a_percentile_lies_between_0_and_100(values: Floats) -> None:
    found = standing(values)
    if found is None:
        assert np.isnan(values[-1]) or len(known(values[-29:-1])) < 14
    else:
        assert 0 <= found.percentile <= 100


def test_a_baseline_has_days() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        baseline([1.0], days=0)
