"""Training load: how much, how suddenly more, and how much the same every day.

A series of daily load has NaN on days on which nothing was recorded; here these are days of rest, of load 0. The
units are arbitrary, and those of session RPE and TRIMP must not be mixed in one series.
"""

from dataclasses import dataclass
from math import exp
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from insights.series import Floats, daily

ACUTE_DAYS = 7
CHRONIC_DAYS = 28

Sex = Literal["female", "male"]
Averaging = Literal["ewma", "rolling"]

_TRIMP = {"male": (0.64, 1.92), "female": (0.86, 1.67)}


def session_rpe(rpe: float, minutes: float) -> float:
    """Load of a session: effort felt on the CR10 scale (0 to 10) times its minutes.

    Foster et al., J Strength Cond Res 2001;15:109-115.

    Raises:
        ValueError: the effort is not from 0 to 10, or the minutes are negative.
    """
    if not 0 <= rpe <= 10 or minutes < 0:
        raise ValueError("effort is from 0 to 10, and minutes are not negative")
    return rpe * minutes


def trimp(minutes: float, mean_bpm: float, *, resting_bpm: float, max_bpm: float, sex: Sex) -> float:
    """Training impulse of a session: minutes times share of the heart rate reserve, weighted as blood lactate rises.

    0.64 exp(1.92 x) for men, 0.86 exp(1.67 x) for women, x from 0 to 1 (Banister, in Physiological Testing of Elite
    Athletes, 1991:403-424; Morton, Fitz-Clarke & Banister, J Appl Physiol 1990;69:1171-1177).

    Raises:
        ValueError: rest is not below the maximum, or the minutes are negative.
    """
    if minutes < 0:
        raise ValueError("minutes are not negative")
    if not resting_bpm < max_bpm:
        raise ValueError("a resting heart rate is below the maximum")
    share = min(max((mean_bpm - resting_bpm) / (max_bpm - resting_bpm), 0.0), 1.0)
    factor, power = _TRIMP[sex]
    return minutes * share * factor * exp(power * share)


@dataclass(frozen=True, slots=True)
class LoadStatus:
    """Load on a day.

    Attributes:
        acute, chronic: a day, averaged over 7 and 28 days, in the unit of the series.
        ratio: acute to chronic; None where the chronic load is 0.
        week: sum of the last 7 days.
        monotony: mean of the last 7 days over their standard deviation; None if all are equal.
        strain: week times monotony.
    """

    acute: float
    chronic: float
    ratio: float | None
    week: float
    monotony: float | None
    strain: float | None


def load_status(load: ArrayLike, *, averaging: Averaging = "ewma", least: int = CHRONIC_DAYS) -> LoadStatus | None:
    """Acute and chronic load, their ratio, monotony and strain on the last day; None below `least` days of history.

    Rolling means: Hulin et al., Br J Sports Med 2014;48:708-712. Exponentially weighted ones, with weight 2 / (N + 1):
    Williams et al., Br J Sports Med 2017;51:209-210. Monotony and strain: Foster, Med Sci Sports Exerc
    1998;30:1164-1168, with the sample's standard deviation. The acute days are part of the chronic ones. The ratio
    tells a sudden change; it does not predict injuries (Impellizzeri et al., Int J Sports Physiol Perform
    2020;15:907-913).

    Args:
        load: a day; history begins with the first day that has a value.
        averaging: exponentially weighted or rolling.
        least: days of history.

    Raises:
        ValueError: not a daily series, or a load is negative.
    """
    values = daily(load)
    there = np.flatnonzero(~np.isnan(values))
    if not len(there) or len(values) - there[0] < max(least, ACUTE_DAYS):
        return None
    done = np.nan_to_num(values[there[0] :])
    if (done < 0).any():
        raise ValueError("a load is not negative")
    average = _ewma if averaging == "ewma" else _rolling
    acute, chronic = average(done, ACUTE_DAYS), average(done, CHRONIC_DAYS)
    week = done[-ACUTE_DAYS:]
    same = monotony(week)
    total = float(week.sum())
    ratio = acute / chronic if chronic > 0 else None
    return LoadStatus(acute, chronic, ratio, total, same, None if same is None else total * same)


def monotony(week: ArrayLike) -> float | None:
    """Mean of a week's daily loads (NaN: rest) over their standard deviation; None if all days are equal (Foster 1998).

    Raises:
        ValueError: not a daily series.
    """
    loads = np.nan_to_num(daily(week))
    spread = float(loads.std(ddof=1)) if len(loads) > 1 else 0.0
    # Equal loads have rounding errors for a spread.
    return float(loads.mean()) / spread if spread > 1e-9 * max(float(loads.max()), 1e-300) else None


def _rolling(done: Floats, days: int) -> float:
    return float(done[-days:].mean())


def _ewma(done: Floats, days: int) -> float:
    """Begins with the mean of the first `days`: a single first day would weigh on it for weeks."""
    weight = 2 / (days + 1)
    average = float(done[:days].mean())
    for value in done[days:].tolist():
        average += weight * (value - average)
    return average
