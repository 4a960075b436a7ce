import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau, theilslopes

from insights.series import Floats, known
from insights.trend import trend
from tests.insights.strategies import series


def test_sens_own_example_is_reckoned_as_he_did() -> None:
    """Sen, J Am Stat Assoc 1968;63:1379-1389, section 5: slope 4, interval of 93 % from 26/7 to 35/8."""
    values = np.full(18, np.nan)
    values[[0, 1, 2, 3, 9, 11, 17]] = [9, 15, 19, 20, 45, 55, 78]
    found = trend(values, confidence=0.93, correct=False)
    assert found is not None
    assert found.slope == 4
    assert found.low == pytest.approx(26 / 7)
    assert found.high == pytest.approx(35 / 8)


@given(series(10, 40), st.floats(0.5, 0.99))
def test_independent_days_have_the_interval_that_scipy_gives(values: Floats, confidence: float) -> None:
    assume(len(known(values)) >= 7)
    found = trend(values, confidence=confidence, correct=False)
    assert found is not None
    day = np.flatnonzero(~np.isnan(values))
    slope, _, low, high = theilslopes(known(values), day, confidence)
    assert found.slope == pytest.approx(slope)
    assert (found.low, found.high) == pytest.approx((low, high))


@given(st.permutations(range(20)))
def test_the_order_of_the_days_is_as_unlikely_as_kendall_says(ranks: list[int]) -> None:
    found = trend(ranks, correct=False)
    assert found is not None
    tau = kendalltau(range(20), ranks).statistic
    assert np.sign(found.z) == np.sign(tau) or found.z == 0
    # Kendall's S of tau, one step nearer to 0, over its standard deviation.
    expected = max(abs(tau) * 190 - 1, 0) / np.sqrt(20 * 19 * 45 / 18)
    assert abs(found.z) == pytest.approx(expected)


@given(
    st.lists(st.integers(-10_000, 10_000), min_size=14, max_size=42, unique=True),
    st.floats(0.125, 8),
    st.floats(-100, 100),
)
def test_another_unit_is_another_slope_of_the_same_trend(days: list[int], factor: float, offset: float) -> None:
    values = np.array(days, dtype=np.float64)
    before, after = trend(values), trend(values * factor + offset)
    assert before is not None
    assert after is not None
    assert after.slope == pytest.approx(factor * before.slope, rel=1e-6, abs=1e-6)
    assert (after.low, after.high) == pytest.approx((factor * before.low, factor * before.high), rel=1e-6, abs=1e-6)
    assert after.level == pytest.approx(factor * before.level + offset, rel=1e-6, abs=1e-3)


def test_the_level_is_that_of_the_last_value_however_long_ago_that_is() -> None:
    falling = np.full(30, np.nan)
    falling[:10] = np.arange(100, 0, -10)
    found = trend(falling)
    assert found is not None
    assert found.level == pytest.approx(10)


@given(series(14, 42))
def test_backwards_it_falls_as_it_rose(values: Floats) -> None:
    assume(len(known(values)) >= 7)
    before, after = trend(values, correct=False), trend(-values, correct=False)
    assert before is not None
    assert after is not None
    assert (after.slope, after.low, after.high) == pytest.approx((-before.slope, -before.high, -before.low))
    assert after.p == pytest.approx(before.p)


@given(series(14, 42))
def test_the_slope_lies_in_its_interval(values: Floats) -> None:
    found = trend(values)
    if found is None:
        assert len(known(values)) < 7
    else:
        assert found.low <= found.slope <= found.high
        assert 0 <= found.p <= 1


def test_odd_days_bend_no_slope() -> None:
    values = 60 + 0.5 * np.arange(28)
    values[[3, 10, 20]] = 500
    found = trend(values)
    assert found is not None
    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.direction == "rising"


def test_neighbouring_days_that_are_alike_widen_the_interval() -> None:
    """Days that follow their neighbours look like a trend more often than independent ones do."""
    random = np.random.default_rng(7)
    surprised = dict.fromkeys((True, False), 0)
    for _ in range(400):
        noise = random.standard_normal(42)
        for at in range(1, 42):
            noise[at] += 0.6 * noise[at - 1]
        for correct in surprised:
            found = trend(noise, correct=correct)
            assert found is not None
            surprised[correct] += found.direction != "steady"
    assert surprised[False] / 400 > 0.2
    assert surprised[True] < 0.6 * surprised[False]


def test_independent_days_are_called_a_trend_as_rarely_as_promised() -> None:
    random = np.random.default_rng(3)
    trends = [trend(random.standard_normal(42)) for _ in range(600)]
    assert sum(each is not None and each.direction != "steady" for each in trends) / 600 <= 0.07


def test_too_few_days_have_no_trend() -> None:
    assert trend([1, 2, 3, 4, 5, 6]) is None
    assert trend([1, np.nan, 3, 4, 5, 6, 7, 8], least=8) is None


def test_equal_days_are_steady() -> None:
    found = trend([5.0] * 20)
    assert found is not None
    assert (found.slope, found.z, found.p, found.direction) == (0, 0, 1, "steady")


def test_a_confidence_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        trend([1.0] * 10, confidence=1)
