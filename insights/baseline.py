"""What is usual for a person, and where today stands.

The baseline is the median of the days before, and its spread their median absolute deviation (MAD): up to half of the
days may be odd before either is. The spread is 1.4826 MAD, which estimates a normal distribution's standard deviation
(Rousseeuw & Croux, J Am Stat Assoc 1993;88:1273-1283). Where more than half of the days are equal the MAD is 0; then
1.2533 times the mean absolute deviation takes its place (Iglewicz & Hoaglin, How to Detect and Handle Outliers, 1993).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from insights.series import Floats, daily, known

BASELINE_DAYS = 28
LEAST_DAYS = 14
_MAD_TO_SD = 1.4826
_MEAN_AD_TO_SD = 1.2533
_SKEWED = 1.5
"""A side whose spread is so many times the usual one has its own."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual.

    Attributes:
        days: how many days had a value.
        median: of them, in the unit of the series.
        mad: median absolute deviation from it, same unit, not scaled.
        spread: what corresponds to a standard deviation, same unit; 0 if all days are equal.
        below, above: the same of the days on that side of the median only where that is much more, else `spread`: they
            differ where days on one side are far off as a rule (steps, on days with a run).
    """

    days: int
    median: float
    mad: float
    spread: float
    below: float
    above: float

    def score(self, value: float) -> float | None:
        """How many spreads of its side a value is above the median (below: negative); None if all days are equal."""
        spread = self.above if value > self.median else self.below
        return (value - self.median) / spread if spread > 0 else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a day stands.

    Attributes:
        value: of the day, in the unit of the series.
        baseline: of the days before it.
        score: spreads above the median; None if all days of the baseline are equal.
        percentile: share of the baseline's days that are below, 0 to 100; days that are equal count half.
    """

    value: float
    baseline: Baseline
    score: float | None
    percentile: float


def baseline(series: ArrayLike, *, days: int = BASELINE_DAYS, least: int = LEAST_DAYS) -> Baseline | None:
    """The baseline of the last days of a series; None if fewer than `least` of them have a value.

    The order of the days does not matter.

    Raises:
        ValueError: not a daily series, or `days` is below 1.
    """
    if days < 1:
        raise ValueError("a baseline has at least one day")
    return _baseline(known(daily(series)[-days:]), least)


def standing(series: ArrayLike, *, days: int = BASELINE_DAYS, least: int = LEAST_DAYS) -> Standing | None:
    """Where the last day of a series stands against the `days` before it; None if it or they have too few values.

    Raises:
        ValueError: not a daily series, or `days` is below 1.
    """
    values = daily(series)
    usual = baseline(values[:-1], days=days, least=least)
    if usual is None or np.isnan(values[-1]):
        return None
    before, today = known(values[-1 - days : -1]), float(values[-1])
    below = np.count_nonzero(before < today) + np.count_nonzero(before == today) / 2
    return Standing(today, usual, usual.score(today), 100 * float(below) / len(before))


def _baseline(values: Floats, least: int) -> Baseline | None:
    if len(values) < max(least, 1):
        return None
    median = float(np.median(values))
    away = np.abs(values - median)
    spread = _spread(away)
    below, above = (_spread(away[side]) for side in (values <= median, values >= median))
    return Baseline(len(values), median, float(np.median(away)), spread, _side(below, spread), _side(above, spread))


def _side(own: float, spread: float) -> float:
    # Of days that are alike on both sides, the two differ by chance alone.
    return own if own > _SKEWED * spread else spread


def _spread(away: Floats) -> float:
    mad = float(np.median(away))
    return _MAD_TO_SD * mad if mad > 0 else _MEAN_AD_TO_SD * float(away.mean())
