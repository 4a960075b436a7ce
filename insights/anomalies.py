"""Days unlike a person's own days before them, and why, in words.

A day is an anomaly if it is more spreads away from the median of the 28 days before it than the sensitivity allows:
7.5 at sensitivity 0, 3.5 at the default 0.8 (the threshold of Iglewicz & Hoaglin, How to Detect and Handle Outliers,
1993), 2.5 at 1. A day that is like the same weekday of the weeks before is none: weekends are no news. An anomaly says
that a figure is unusual, not that it is wrong or unhealthy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from insights.baseline import BASELINE_DAYS, LEAST_DAYS, Baseline, Standing, standing
from insights.series import Floats, daily, known
from insights.words import days, figure, name_of, said, sentence, unit_of

DEFAULT_SENSITIVITY = 0.8
_HIGH = 1.6
"""Times the threshold, from which on the severity is high."""

Severity = Literal["moderate", "high"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A day that is unlike those before.

    Attributes:
        column: of the daily summary.
        day: local date.
        value: of that day, in the column's unit.
        baseline: of the days before.
        score: spreads above their median; below: negative.
        severity: `high` from 1.6 times the threshold on.
    """

    column: str
    day: date
    value: float
    baseline: Baseline
    score: float
    severity: Severity

    @property
    def words(self) -> str:
        """Why, with the figures."""
        column, usual = self.column, self.baseline
        was = "were" if column in {"steps", "repetitions"} else "was"
        return sentence(
            f"{name_of(column)} {was} {said(column, self.value)} on {self.day:%A}, {self.day}, "
            f"{'above' if self.score > 0 else 'below'} the usual {said(column, usual.median)} (median of "
            f"{days(usual.days)} before) by {figure(abs(self.value - usual.median), unit_of(column))}, which is "
            f"{figure(abs(self.score))} times the usual deviation"
        )


def threshold(sensitivity: float = DEFAULT_SENSITIVITY) -> float:
    """How many spreads a day may be away.

    Raises:
        ValueError: the sensitivity is not between 0 and 1.
    """
    if not 0 <= sensitivity <= 1:
        raise ValueError("a sensitivity lies between 0 and 1")
    return 7.5 - 5.0 * sensitivity


def anomalies(
    columns: Mapping[str, ArrayLike],
    today: date,
    *,
    sensitivity: float = DEFAULT_SENSITIVITY,
    within: int = 30,
    baseline_days: int = BASELINE_DAYS,
    least: int = LEAST_DAYS,
) -> list[Anomaly]:
    """The anomalies of the last days, newest first and the strongest of a day first.

    Args:
        columns: daily series by column of the daily summary; those before the days asked for are their baseline.
        today: date of the last element of each.
        sensitivity: 0 to 1.
        within: how many days, today included, are asked for.
        baseline_days: before each day.
        least: of them with a value; else nothing is said of the day.

    Raises:
        ValueError: not daily series, or the sensitivity is out of its bounds.
    """
    limit = threshold(sensitivity)
    found = [
        Anomaly(column, today - timedelta(days=ago), stand.value, stand.baseline, score, _severity(beyond, limit))
        for column, series in columns.items()
        for ago, stand, score, beyond in _scored(daily(series), within, baseline_days, least)
        if beyond >= limit
    ]
    return sorted(found, key=lambda each: (-each.day.toordinal(), -abs(each.score), each.column))


def _scored(
    series: Floats, within: int, baseline_days: int, least: int
) -> Iterator[tuple[int, Standing, float, float]]:
    """Of each day: how long ago it is, where it stands, its score, and how far off that is beyond its weekday."""
    for ago in range(min(within, len(series) - 1)):
        until = series[: len(series) - ago]
        stand = standing(until, days=baseline_days, least=least)
        if stand is not None and stand.score is not None:
            yield ago, stand, stand.score, _beyond_weekday(until, stand, stand.score)


def _beyond_weekday(until: Floats, stand: Standing, score: float) -> float:
    """How far off it is, in spreads: from the median or, if nearer, from the weekday's of the last four weeks."""
    same = known(until[-8:-30:-7])
    if len(same) < 2 or score == 0:
        return abs(score)
    away = (stand.value - float(np.median(same))) / (stand.value - stand.baseline.median)
    return abs(score) * min(max(away, 0.0), 1.0)


def _severity(beyond: float, limit: float) -> Severity:
    return "high" if beyond >= _HIGH * limit else "moderate"
