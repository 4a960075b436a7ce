"""How long sleep is, how regular, and how much of it is missing.

Times are clock hours after a day's midnight, as in the daily summary: falling asleep at 23:00 and waking at 7:00 are
-1 and 7. Naps are not in them. The change to summer time moves nobody's clock hours, as it moves nobody's alarm clock.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import ArrayLike

from insights.series import Floats, aligned, daily

REGULARITY_DAYS = 28
LEAST_NIGHTS = 7
RECOMMENDED_MIN = 420.0
"""At least 7 hours for adults (Watson et al., Sleep 2015;38:843-844)."""

_MINUTES = 1_440


def time_asleep(duration_min: float, awake_min: float = 0.0) -> float:
    """The total sleep time of a night or a nap, minutes: it has no wake after sleep onset in it.

    Berry et al., The AASM Manual for the Scoring of Sleep and Associated Events, version 2.0, 2012.

    Args:
        duration_min: from falling asleep to waking.
        awake_min: of it; where nobody told, all of it counts as sleep, since nothing better is known.
    """
    # Devices round each time on its own, so time awake may be a minute longer than what it is part of.
    return max(duration_min - awake_min, 0.0)


@dataclass(frozen=True, slots=True)
class SleepRegularity:
    """How regular some nights were.

    Attributes:
        index: Sleep Regularity Index: 100 if every night is like the one before, 0 as by chance, -100 if each is the
            opposite; None if too few nights follow each other.
        midsleep_h: mean middle of sleep, clock hours after midnight, -12 to 12.
        midsleep_sd_min: its standard deviation, minutes.
        nights: how many there were.
    """

    index: float | None
    midsleep_h: float
    midsleep_sd_min: float
    nights: int


def sleep_regularity(
    bed_h: ArrayLike, wake_h: ArrayLike, *, days: int = REGULARITY_DAYS, least: int = LEAST_NIGHTS
) -> SleepRegularity | None:
    """Regularity of the main sleep of the last days; None below `least` nights.

    The Sleep Regularity Index is how often one is in the same state at the same minute of two days that follow each
    other, scaled from -100 to 100 (Phillips et al., Sci Rep 2017;7:3216); nights are compared over the 24 h around
    their usual middle, to the minute. The other measure is the standard deviation of the middle of sleep, which does
    not mind in which order the nights came (Fischer, Klerman & Phillips, Sleep 2021;44:zsab103).

    Raises:
        ValueError: not daily series of one length.
    """
    bed, wake = (series[-days:] for series in aligned(bed_h, wake_h))
    there = ~np.isnan(bed) & ~np.isnan(wake) & (np.nan_to_num(wake) > np.nan_to_num(bed))
    count = int(np.count_nonzero(there))
    if count < max(least, 2):
        return None
    middle = (bed[there] + wake[there]) / 2
    mean = _circular_mean_h(middle)
    away = (middle - mean + 12) % 24 - 12
    spread = 60 * float(np.sqrt((away**2).sum() / (count - 1)))
    return SleepRegularity(_index(bed, wake, there, least), mean, spread, count)


def _index(bed: Floats, wake: Floats, there: "np.ndarray[tuple[int], np.dtype[np.bool_]]", least: int) -> float | None:
    following = there[1:] & there[:-1]
    if np.count_nonzero(following) < least - 1:
        return None
    begins_h = np.median((bed[there] + wake[there]) / 2) - 12
    minute = np.arange(_MINUTES)
    start, end = (np.round(60 * (each - begins_h))[:, None] for each in (bed, wake))
    asleep = (minute >= start) & (minute < end)
    same = (asleep[1:] == asleep[:-1])[following]
    return float(200 * same.mean() - 100)


def _circular_mean_h(hours: Floats) -> float:
    """The mean of times of day: 23:00 and 1:00 have midnight between them, not noon."""
    angle = hours * (pi / 12)
    return float(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()) * 12 / pi)


@dataclass(frozen=True, slots=True)
class SleepDebt:
    """What is missing after some nights.

    Attributes:
        minutes: short of the need, less what was slept beyond it; not below 0.
        mean_min: asleep a night.
        need_min: a night.
        nights: how many had a value.
    """

    minutes: float
    mean_min: float
    need_min: float
    nights: int


def sleep_debt(
    sleep_min: ArrayLike, *, need_min: float = RECOMMENDED_MIN, nights: int = 7, least: int = 4
) -> SleepDebt | None:
    """The debt after the last nights; None if fewer than `least` of them have a value.

    Shortfalls add up from night to night (Van Dongen et al., Sleep 2003;26:117-126); longer nights pay back, but nobody
    sleeps in advance. A night without a value counts for neither.

    Args:
        sleep_min: asleep, a day.
        need_min: of the person; the recommended minimum if it is not known.
        nights: the last so many.
        least: of them with a value.

    Raises:
        ValueError: not a daily series, or the need is not above 0.
    """
    if not need_min > 0:
        raise ValueError("a need of sleep is above 0")
    series = daily(sleep_min)[-nights:]
    slept = series[~np.isnan(series)]
    if len(slept) < max(least, 1):
        return None
    debt = 0.0
    for minutes in slept.tolist():
        debt = max(debt + need_min - minutes, 0.0)
    return SleepDebt(debt, float(slept.mean()), need_min, len(slept))
