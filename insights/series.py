"""Daily series: what all insights work on.

A daily series is a one-dimensional float array with one value a local day, oldest first, without days left out; NaN is
a day without a value. Its last element is the day that is asked about ("today"). Nothing here fills a gap.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

TELLING: tuple[str, ...] = (
    "energy_in_kcal",
    "protein_g",
    "exercise_min",
    "session_load",
    "steps",
    "resting_heart_rate_bpm",
    "mean_heart_rate_bpm",
    "hrv_ms",
    "sleep_min",
    "bed_time_h",
    "wake_time_h",
    "systolic_mmhg",
    "diastolic_mmhg",
    "glucose_mmol_l",
    "weight_kg",
    "temperature_c",
    "spo2_pct",
    "sleep_quality",
    "fatigue",
    "soreness",
    "stress",
    "mood",
)
"""Columns of the daily summary that tell of a person, without those that are parts of others or count items."""


def daily(values: ArrayLike) -> Floats:
    """A daily series as a float array; infinities count as no value.

    Raises:
        ValueError: it has more than one dimension, or something that is no number.
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"a daily series has one dimension, not {series.ndim}")
    return series if np.isfinite(series).all() else np.where(np.isfinite(series), series, np.nan)


def known(series: Floats) -> Floats:
    """The values that are there, in their order."""
    return series[~np.isnan(series)]


def aligned(*series: ArrayLike) -> tuple[Floats, ...]:
    """Daily series of the same days.

    Raises:
        ValueError: they are not of one length.
    """
    arrays = tuple(daily(each) for each in series)
    if len({len(each) for each in arrays}) > 1:
        raise ValueError("daily series of the same days have the same length")
    return arrays


def last_value(series: Floats) -> tuple[int, float] | None:
    """The latest value and how many days ago it is (0: today)."""
    places = np.flatnonzero(~np.isnan(series))
    return (len(series) - 1 - int(places[-1]), float(series[places[-1]])) if len(places) else None


def one_value(series: Floats, least: int) -> float | None:
    """The mean of the values that are there; None below so many."""
    values = known(series)
    return float(values.mean()) if len(values) >= max(least, 1) else None
