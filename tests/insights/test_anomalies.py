from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.anomalies import DEFAULT_SENSITIVITY, anomalies, threshold
from insights.series import Floats
from tests.insights.strategies import series

TODAY = date(2026, 6, 14)
USUAL = np.array([58.0, 60.0, 62.0, 59.0, 61.0, 60.0, 57.0] * 8)


def test_the_default_threshold_is_the_published_one() -> None:
    assert threshold(DEFAULT_SENSITIVITY) == pytest.approx(3.5)


def test_a_day_unlike_the_others_is_told_with_its_figures() -> None:
    values = USUAL.copy()
    values[-3] = 85
    (found,) = anomalies({"resting_heart_rate_bpm": values}, TODAY)
    assert (found.day, found.value, found.severity) == (date(2026, 6, 12), 85, "high")
    assert found.words == (
        "Resting heart rate was 85 bpm on Friday, 2026-06-12, above the usual 60 bpm (median of 28 days before) by "
        "25 bpm, which is 16.9 times the usual deviation."
    )


def test_a_weekend_like_every_weekend_is_no_anomaly() -> None:
    waking = np.array([6.5, 6.6, 6.4, 6.5, 6.6, 6.5, 10.0] * 8)
    assert anomalies({"wake_time_h": waking}, TODAY) == []
    waking[-4] = 10.0
    assert [each.day for each in anomalies({"wake_time_h": waking}, TODAY)] == [date(2026, 6, 11)]


def test_with_too_few_days_before_nothing_is_said() -> None:
    values = np.full(56, np.nan)
    values[-13:] = [60, 61, 60, 59, 60, 62, 60, 61, 60, 59, 60, 62, 150]
    assert anomalies({"resting_heart_rate_bpm": values}, TODAY) == []


def test_only_the_days_asked_for_are_told() -> None:
    values = USUAL.copy()
    values[-12] = 85
    assert anomalies({"resting_heart_rate_bpm": values}, TODAY, within=11) == []
    assert len(anomalies({"resting_heart_rate_bpm": values}, TODAY, within=12)) == 1


@given(series(30, 60), st.floats(0, 1), st.floats(0, 1))
def test_more_sensitive_is_never_less_told(values: Floats, one: float, other: float) -> None:
    low, high = sorted((one, other))
    told = {each.day for each in anomalies({"steps": values}, TODAY, sensitivity=low)}
    assert told <= {each.day for each in anomalies({"steps": values}, TODAY, sensitivity=high)}


@given(series(30, 60))
def test_every_anomaly_is_as_far_off_as_the_sensitivity_says(values: Floats) -> None:
    for each in anomalies({"steps": values}, TODAY, sensitivity=1):
        assert abs(each.score) >= threshold(1)
        assert each.baseline.days >= 14
        assert (each.score > 0) == (each.value > each.baseline.median)


@pytest.mark.parametrize("sensitivity", [-0.1, 1.1])
def test_a_sensitivity_is_a_share(sensitivity: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        anomalies({"steps": USUAL}, TODAY, sensitivity=sensitivity)
