"""How well anomalies and correlations tell what is there from what is not.

Into the days of ordinary people an odd one is put: one value, raised by five standard deviations of that person's days.
For correlations, columns are turned against each other by days: each keeps how its days follow each other, and
what they had to do with each other is gone, so that all that is told is false.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.lived_days import LivedDays
from insights.anomalies import anomalies
from insights.baseline import baseline
from insights.correlations import correlations
from insights.series import TELLING, Floats

_AGO = 10
_DEVIATIONS = 5.0


@dataclass(frozen=True, slots=True)
class Oddities:
    """At one sensitivity.

    Attributes:
        sensitivity: 0 to 1.
        found: share of the odd days that are told.
        a_month: anomalies told of a person without any, in 30 days; `high_a_month`: those of high severity.
    """

    sensitivity: float
    found: float
    a_month: float
    high_a_month: float


def judge_anomalies(lives: Sequence[LivedDays], sensitivity: float) -> Oddities:
    """Over all people and columns."""
    told = [each for lived in lives for each in anomalies(_telling(lived), lived.today, sensitivity=sensitivity)]
    hits = [_is_found(column, series, lived, sensitivity) for lived in lives for column, series in _made_odd(lived)]
    return Oddities(
        sensitivity,
        float(np.mean(hits)),
        len(told) / len(lives),
        sum(each.severity == "high" for each in told) / len(lives),
    )


def _is_found(column: str, series: Floats, lived: LivedDays, sensitivity: float) -> bool:
    told = anomalies({column: series}, lived.today, sensitivity=sensitivity, within=_AGO + 1)
    return any((lived.today - each.day).days == _AGO for each in told)


def _made_odd(lived: LivedDays) -> Iterator[tuple[str, Floats]]:
    for column, series in _telling(lived).items():
        if baseline(series[: -_AGO - 1]) is not None and not np.isnan(series[-_AGO - 1]):
            odd = series.copy()
            odd[-_AGO - 1] += _DEVIATIONS * np.nanstd(series)
            yield column, odd


@dataclass(frozen=True, slots=True)
class Together:
    """Correlations.

    Attributes:
        told: of a person, on average.
        told_of_nothing: likewise, where there is nothing to tell.
        people_told_of_nothing: share of people of whom anything is told then.
        load_before_hrv: share of those who train and answer of whom it is told that HRV is lower on a day after more
            training or steps, which is true of everybody.
    """

    told: float
    told_of_nothing: float
    people_told_of_nothing: float
    load_before_hrv: float


def judge_correlations(lives: Sequence[LivedDays]) -> Together:
    """Over all people."""
    told = [correlations(_telling(lived)) for lived in lives]
    nothing = [len(correlations(_turned(_telling(lived)))) for lived in lives]
    true = [any(each.first in _TIRING and each.second == "hrv_ms" and each.rho < 0 for each in found) for found in told]
    return Together(
        float(np.mean([len(found) for found in told])),
        float(np.mean(nothing)),
        float(np.mean([number > 0 for number in nothing])),
        float(np.mean(true)),
    )


_TIRING = {"session_load", "exercise_min", "steps", "mean_heart_rate_bpm"}


def _telling(lived: LivedDays) -> dict[str, Floats]:
    return {column: lived.columns[column] for column in TELLING}


def _turned(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    # By 3 days more than the last each: far from every lag that is asked for, also the other way round.
    return {column: np.roll(series, 3 * number) for number, (column, series) in enumerate(columns.items())}
