"""A sign of a sensor that repeats itself: days whose figure is the same to the last digit.

Nobody's heart beats 71.384615 times a minute in the mean of one day and again in that of the next. Let days have n
samples, read as whole numbers, and means with a standard deviation of s. Two means in a row are the same by chance in
about 1 of 3.5 n s cases (normal distribution: their difference is within 1/n of 0), three in 1 of the square of that.
With 48 samples and 2.5 bpm that is 1 of 180,000 days. So only what has many samples a day or is large is looked at:
temperature, oxygen saturation and weight do stay the same.
"""

from itertools import takewhile

from insights.signs import Days, Sign
from insights.words import days, name_of, sentence

_LEAST_DAYS = 3
_LEAST_SAMPLES = 48
_COUNTED = {"mean_heart_rate_bpm": "heart_rate_count", "glucose_mmol_l": "glucose_count", "steps": None}
"""Columns that change from day to day, and how many samples they are made of; None: their sum is large by itself."""


def sensor_repeating(lived: Days) -> Sign | None:
    """A device sends the same value again and again, or the same days."""
    found = {column: run for column in _COUNTED if (run := _same_days(lived, column)) >= _LEAST_DAYS}
    if not found:
        return None
    said = ", ".join(
        f"{name_of(column)} of {days(run)} in a row is the same to the last digit" for column, run in found.items()
    )
    words = sentence(f"{said}: the sensor may be stuck, or the device sends old values again")
    figures = {f"{column}_same_days": float(run) for column, run in found.items()}
    return Sign("sensor_repeating", "concern", 0.55, words, tuple(found), figures)


def _same_days(lived: Days, column: str) -> int:
    """How many of the last days, without a gap, have the very same figure."""
    values, counted = lived[column], _COUNTED[column]
    if not len(values):
        return 0
    telling = values > 0 if counted is None else lived[counted] >= _LEAST_SAMPLES
    return sum(1 for _ in takewhile(bool, ((values == values[-1]) & telling)[::-1].tolist()))
