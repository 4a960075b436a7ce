"""A sensor that repeats itself is told; days that are alike are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.attention import attention
from insights.repeating import sensor_repeating
from insights.series import Floats
from insights.signs import Days, Sign


def told(**columns: list[float]) -> Sign | None:
    return sensor_repeating(Days(columns))


def test_a_heart_rate_that_is_the_same_for_three_days_is_told() -> None:
    sign = told(mean_heart_rate_bpm=[68.21, 71.384615, 71.384615, 71.384615], heart_rate_count=[288.0] * 4)
    assert sign is not None
    assert sign.figures == {"mean_heart_rate_bpm_same_days": 3}
    assert sign.words == (
        "Mean heart rate of 3 days in a row is the same to the last digit: the sensor may be stuck, or the device "
        "sends old values again."
    )


@pytest.mark.parametrize(
    ("rates", "samples"),
    [
        ([71.384615, 71.384615], [288.0] * 2),
        ([71.384615, 71.384615, 71.384616], [288.0] * 3),
        ([72.0, 72.0, 72.0], [288.0, 3, 288]),
        ([72.0, np.nan, 72.0], [288.0, np.nan, 288]),
        ([72.0, 72.0, 72.0, np.nan], [288.0, 288, 288, np.nan]),
    ],
    ids=["two days", "nearly the same", "a few samples", "a gap", "before a gap"],
)
def test_days_that_are_alike_are_not_told(rates: list[float], samples: list[float]) -> None:
    assert told(mean_heart_rate_bpm=rates, heart_rate_count=samples) is None


def test_steps_that_come_again_every_day_are_told_and_days_without_a_step_are_not() -> None:
    sign = told(steps=[9_120.0, 8_123, 8_123, 8_123, 8_123])
    assert sign is not None
    assert sign.figures == {"steps_same_days": 4}
    assert told(steps=[0.0, 0, 0]) is None


def test_who_is_well_may_have_the_same_temperature_every_day() -> None:
    assert told(temperature_c=[36.6] * 5, temperature_count=[100.0] * 5) is None


def test_nothing_is_told_of_nobody() -> None:
    assert told() is None
    assert told(steps=[]) is None


@given(st.integers(1, 20), st.integers(3, 20))
def test_all_days_of_a_run_are_counted(before: int, same: int) -> None:
    rates: Floats = np.append(60 + np.arange(float(before)), np.full(same, 99.5))
    sign = attention({"mean_heart_rate_bpm": rates, "heart_rate_count": np.full(before + same, 96.0)}).signs[0]
    assert (sign.code, sign.figures["mean_heart_rate_bpm_same_days"]) == ("sensor_repeating", same)
