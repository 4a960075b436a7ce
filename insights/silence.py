"""What has stopped coming: a series that usually has a value on most days, and now has none.

If k of n days before had a value, the next one has none with chance (n - k + 1) / (n + 2), and so on for each that
follows, counting those that are known by then: Laplace's rule of succession (Mémoire sur la probabilité des causes par
les événements, 1774). So nobody is expected to be perfect, and who is known for a few days only is waited for longer.
Days before the first value are not of those: somebody who came two weeks ago has missed none of the weeks before.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from insights.baseline import BASELINE_DAYS
from insights.series import daily

UNLIKELY = 0.002
_LEAST_DAYS = 14
_LEAST_SILENT_DAYS = 3


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that has stopped.

    Attributes:
        days: without a value, today included.
        usual_share: of the days before, since there is anything, that had one, 0 to 1.
        chance: of so long a silence if nothing has changed.
    """

    days: int
    usual_share: float
    chance: float


def silence(series: ArrayLike, *, before: int = BASELINE_DAYS, unlikely: float = UNLIKELY) -> Silence | None:
    """The silence at the end of a series; None if there is none that is unlikely, or too little is known of before.

    Today counts: ask in the evening, or leave out the day that has not ended.

    Args:
        series: one value a day, NaN for none.
        before: days before the silence that say what is usual; from the first value to the last it must be 14 at least.
        unlikely: chance below which a silence is told.

    Raises:
        ValueError: not a daily series.
    """
    there = ~np.isnan(daily(series))
    places = np.flatnonzero(there)
    if not len(places):
        return None
    first, last = int(places[0]), int(places[-1])
    if last + 1 - first < _LEAST_DAYS:
        return None
    run = len(there) - 1 - last
    # The first and the last day with a value have one by definition, and say nothing of how usual that is.
    usual = there[max(last - before, first + 1) : last]
    without = len(usual) - int(np.count_nonzero(usual))
    later = np.arange(run)
    chance = float(np.prod((without + 1 + later) / (len(usual) + 2 + later)))
    if run < _LEAST_SILENT_DAYS or chance > unlikely:
        return None
    return Silence(run, 1 - without / len(usual), chance)


def logged_share(series: ArrayLike, *, days: int = 14) -> float:
    """Share of the last days that have a value, 0 to 1: the adherence that a roster shows.

    Raises:
        ValueError: not a daily series, or `days` is below 1.
    """
    if days < 1:
        raise ValueError("a share is of at least one day")
    lately = daily(series)[-days:]
    return float(np.count_nonzero(~np.isnan(lately))) / days
