"""Where a series is heading: a slope that odd days can't bend, and how sure it is.

The slope is the median of the slopes between all pairs of days (Theil, Proc K Ned Akad Wet 1950;53:386-392; Sen, J Am
Stat Assoc 1968;63:1379-1389). Its interval and p-value come from Kendall's S. Neighbouring days are alike, so the
variance of S is that of independent days times Hamed & Rao's correction (J Hydrol 1998;204:182-196), which counts the
autocorrelation of the ranks around the trend; one that would make the interval narrower is left out.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from insights.series import Floats, daily

LEAST_DAYS = 7
_SIGNIFICANT = 1.96
_MOST_LAGS = 10


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a series, and its uncertainty. Slopes are in the unit of the series a day.

    Attributes:
        slope: the median of all pairs' slopes.
        low, high: ends of the confidence interval.
        z: how many standard deviations Kendall's S is from 0; negative: falling.
        p: chance of so clear an order of the days if there were no trend (two-sided, Mann-Kendall).
        level: of the line on the last day with a value, in the unit of the series.
        days: how many days had a value.
        confidence: of the interval.
    """

    slope: float
    low: float
    high: float
    z: float
    p: float
    level: float
    days: int
    confidence: float

    @property
    def direction(self) -> str:
        """`rising` or `falling` if the whole interval is on one side of 0, else `steady`."""
        if self.low > 0:
            return "rising"
        return "falling" if self.high < 0 else "steady"

    @property
    def per_week(self) -> float:
        """The slope in the unit of the series a week."""
        return 7 * self.slope


def trend(
    series: ArrayLike, *, confidence: float = 0.95, least: int = LEAST_DAYS, correct: bool = True
) -> Trend | None:
    """The trend of a daily series; None if fewer than `least` days have a value.

    Args:
        series: one value a day, NaN for none.
        confidence: of the interval, above 0 and below 1.
        least: number of days with a value, at least 3.
        correct: for autocorrelation; without it, days count as independent.

    Raises:
        ValueError: not a daily series, or the confidence is out of its bounds.
    """
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    values = daily(series)
    day = np.flatnonzero(~np.isnan(values)).astype(np.float64)
    y = values[~np.isnan(values)]
    if len(y) < max(least, 3):
        return None
    slopes, sign = _pairs(day, y)
    slope = float(np.median(slopes))
    variance = _variance(y) * (_correction(day, y - slope * day) if correct else 1.0)
    low, high = _interval(slopes, variance, confidence)
    # Beyond the last value the line would say what nobody measured: of a load that has stopped, one below 0.
    level = float(np.median(y - slope * day) + slope * day[-1])
    z = _z(sign, variance)
    return Trend(slope, low, high, z, float(2 * ndtr(-abs(z))), level, len(y), confidence)


def _pairs(day: Floats, y: Floats) -> tuple[Floats, float]:
    """All pairs' slopes in their order, and Kendall's S."""
    first, second = np.triu_indices(len(y), 1)
    rise = y[second] - y[first]
    return np.sort(rise / (day[second] - day[first])), float(np.sign(rise).sum())


def _variance(y: Floats) -> float:
    """Of Kendall's S for independent days, some of which may be equal (Kendall, Rank Correlation Methods, 1975)."""
    n = len(y)
    ties = np.unique(y, return_counts=True)[1]
    equal = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    return (n * (n - 1) * (2 * n + 5) - equal) / 18


def _correction(day: Floats, residual: Floats) -> float:
    """How much larger the variance is, as neighbouring days are alike; at least 1.

    Hamed & Rao sum the autocorrelations that differ from 0 by more than chance. Those of many lags add up to noise, so
    they are read up to the tenth of the days, and to 10.
    """
    n = len(residual)
    # The pair whose slope is the median has equal residuals, but for the rounding of floats.
    ranks = rankdata(np.round(residual / (np.abs(residual).max() or 1.0), 9))
    grid = np.full(int(day[-1] - day[0]) + 1, np.nan)
    grid[(day - day[0]).astype(np.intp)] = (ranks - ranks.mean()) / (ranks.std() or 1.0)
    total = 0.0
    for lag in range(1, min(n // 10 + 1, _MOST_LAGS) + 1):
        both = grid[lag:] * grid[:-lag]
        both = both[~np.isnan(both)]
        rho = float(both.mean()) if len(both) > 2 else 0.0
        if abs(rho) > _SIGNIFICANT / sqrt(max(len(both), 1)):
            total += (n - lag) * (n - lag - 1) * (n - lag - 2) * rho
    return max(1 + 2 * total / (n * (n - 1) * (n - 2)), 1.0)


def _interval(slopes: Floats, variance: float, confidence: float) -> tuple[float, float]:
    """Sen's: as many slopes are cut off on either side as S may vary by chance."""
    reach = float(ndtri((1 + confidence) / 2)) * sqrt(variance)
    low = max(round((len(slopes) - reach) / 2) - 1, 0)
    high = min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    return float(slopes[low]), float(slopes[high])


def _z(sign: float, variance: float) -> float:
    if variance <= 0:
        return 0.0
    # One nearer to 0, since S moves in steps of 2 (Kendall 1975).
    return float(np.sign(sign)) * max(abs(sign) - 1, 0) / sqrt(variance)
