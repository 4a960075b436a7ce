"""A period against the one before: means, and whether they differ by more than days do anyway.

A difference is told as notable if it is at least half a standard deviation of the person's earlier days, the smallest
change that is worthwhile (Plews et al., Sports Med 2013;43:773-781, of HRV; here of all figures), and at least two
standard errors of the difference (Welch, Biometrika 1947;34:28-35). Days count as independent, which neighbouring ones
are not quite: so it is a hint where to look, and no test.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from insights.daily import kinds_behind
from insights.series import Floats, aligned, known
from insights.words import days, figure, name_of, said, sentence, unit_of

LEAST_DAYS = 3
SMALLEST_CHANGE = 0.5
_CLEAR = 2.0
_CLOCKS = {"bed_time_h", "wake_time_h"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column of the daily summary in two periods.

    Attributes:
        column: which.
        mean: a day of the period, in the unit of the column.
        days: of the period with a value.
        mean_before, days_before: of the period before; the mean is None if fewer than 3 days of it have a value.
        effect: the difference in standard deviations of the earlier days; None where all of those are equal.
        sure: the difference in standard errors; None likewise.
    """

    column: str
    mean: float
    days: int
    mean_before: float | None
    days_before: int
    effect: float | None
    sure: float | None

    @property
    def change(self) -> float | None:
        """By how much the mean is above (below: negative) the one before, in the unit of the column."""
        return None if self.mean_before is None else self.mean - self.mean_before

    @property
    def change_pct(self) -> float | None:
        """The same in percent of the mean before; None for times of day, and where that was not above 0."""
        if self.change is None or not self.mean_before or self.mean_before < 0 or self.column in _CLOCKS:
            return None
        return 100 * self.change / self.mean_before

    @property
    def is_notable(self) -> bool:
        """See above."""
        if self.effect is None or self.sure is None:
            return bool(self.change)
        return abs(self.effect) >= SMALLEST_CHANGE and abs(self.sure) >= _CLEAR

    @property
    def words(self) -> str:
        """Both means, with the figures."""
        told = f"{name_of(self.column)}: {said(self.column, self.mean)} on average of {days(self.days)}"
        if self.change is None or self.mean_before is None:
            return sentence(f"{told}; too few days before to compare with")
        if self.change == 0:
            return sentence(f"{told}, as before")
        unit = "min" if self.column in _CLOCKS else unit_of(self.column)
        by = figure(abs(self.change) * (60 if self.column in _CLOCKS else 1), unit)
        side = ("later than" if self.change > 0 else "earlier than") if self.column in _CLOCKS else None
        share = "" if self.change_pct is None else f" ({figure(abs(self.change_pct), '%')})"
        return sentence(
            f"{told}, {by}{share} {side or ('above' if self.change > 0 else 'below')} the "
            f"{said(self.column, self.mean_before)} of {days(self.days_before)} before"
        )


def compare(columns: Mapping[str, ArrayLike], period: int) -> list[Comparison]:
    """What the last days of a series say against as many before; the clearest difference first.

    What comes from workouts counts as 0 on days on which anything else came in: two sessions a week are less than four,
    though each was as long. A column with fewer than 3 values in the period is left out.

    Args:
        columns: daily series of the same days by column of the daily summary, at least twice the period long.
        period: in days.

    Raises:
        ValueError: not daily series, or too short.
    """
    series = dict(zip(columns, aligned(*columns.values()), strict=True))
    if period < 1 or any(len(each) < 2 * period for each in series.values()):
        raise ValueError("both periods must be in the series, and have at least one day")
    there = _anything(series)
    rested = {column: _with_rest(column, each, there) for column, each in series.items()}
    found = [_compare(column, each[-period:], each[-2 * period : -period]) for column, each in rested.items()]
    told = [each for each in found if each is not None]
    return sorted(told, key=lambda each: (not each.is_notable, -abs(each.sure or 0.0), each.column))


def _compare(column: str, period: Floats, before: Floats) -> Comparison | None:
    now, then = known(period), known(before)
    if len(now) < LEAST_DAYS:
        return None
    mean = float(now.mean())
    if len(then) < LEAST_DAYS:
        return Comparison(column, mean, len(now), None, len(then), None, None)
    mean_before, spread = float(then.mean()), float(then.std(ddof=1))
    error = sqrt(float(now.var(ddof=1)) / len(now) + spread**2 / len(then))
    # Equal days have rounding errors for a spread.
    least = 1e-9 * max(abs(mean_before), abs(mean), 1e-300)
    change = 0.0 if abs(mean - mean_before) <= least else mean - mean_before
    effect = change / spread if spread > least else None
    sure = change / error if error > least else None
    return Comparison(column, mean_before + change, len(now), mean_before, len(then), effect, sure)


def _anything(series: Mapping[str, Floats]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    known_days = [~np.isnan(each) for each in series.values()]
    return np.logical_or.reduce(known_days) if known_days else np.zeros(0, dtype=bool)


def _with_rest(column: str, series: Floats, there: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Floats:
    if not kinds_behind(column) & {"exercises", "sets"} or np.isnan(series).all():
        return series
    return np.where(np.isnan(series) & there, 0.0, series)
