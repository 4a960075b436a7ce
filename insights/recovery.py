"""Whether HRV and resting heart rate are in a person's own normal range.

The mean of the last 7 days is compared with the days before: one day's HRV says little, a week's says much (Plews et
al., Sports Med 2013;43:773-781). HRV is compared as the natural logarithm of RMSSD, whose distribution is even.
"""

from dataclasses import dataclass
from math import exp, sqrt
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from insights.series import Floats, daily, known

RECENT_DAYS = 7
RANGE_DAYS = 28
LEAST_RECENT = 3
LEAST_DAYS = 14
SMALLEST_CHANGE = 0.5
"""Standard deviations either way that are normal: the smallest worthwhile change (Plews et al. 2013; Buchheit, Front
Physiol 2014;5:73)."""

Position = Literal["below", "normal", "above"]


@dataclass(frozen=True, slots=True)
class RecoveryStatus:
    """The mean of the recent days against the normal range.

    Attributes:
        mean: of the recent days, ms or bpm (of HRV the geometric mean).
        low, high: of the normal range, same unit.
        position: of the mean.
        sure: standard errors between the mean and that of the days before; negative: below. Days count as independent.
        days: of the recent ones with a value; `range_days`: of those before.
    """

    mean: float
    low: float
    high: float
    position: Position
    sure: float
    days: int
    range_days: int


def hrv_status(
    rmssd_ms: ArrayLike,
    *,
    change: float = SMALLEST_CHANGE,
    recent_days: int = RECENT_DAYS,
    range_days: int = RANGE_DAYS,
) -> RecoveryStatus | None:
    """HRV (RMSSD, ms a day) of the last 7 days; None below 3 values in them or 14 in the 28 days before.

    Three days a week are enough (Plews et al., Int J Sports Physiol Perform 2014;9:783-790). Values not above 0
    count as none.

    Raises:
        ValueError: not a daily series.
    """
    values = daily(rmssd_ms)
    logs = np.log(np.where(values > 0, values, np.nan))
    found = _status(logs, change, recent_days, range_days)
    if found is None:
        return None
    return RecoveryStatus(
        exp(found.mean), exp(found.low), exp(found.high), found.position, found.sure, found.days, found.range_days
    )


def resting_status(
    resting_bpm: ArrayLike,
    *,
    change: float = SMALLEST_CHANGE,
    recent_days: int = RECENT_DAYS,
    range_days: int = RANGE_DAYS,
) -> RecoveryStatus | None:
    """Resting heart rate (bpm a day) of the last 7 days, in the same way: above is the less favourable side.

    Raises:
        ValueError: not a daily series.
    """
    return _status(daily(resting_bpm), change, recent_days, range_days)


def _status(values: Floats, change: float, recent_days: int, range_days: int) -> RecoveryStatus | None:
    recent, before = known(values[-recent_days:]), known(values[-recent_days - range_days : -recent_days])
    if len(recent) < LEAST_RECENT or len(before) < LEAST_DAYS:
        return None
    mean, usual, spread = float(recent.mean()), float(before.mean()), float(before.std(ddof=1))
    low, high = usual - change * spread, usual + change * spread
    position: Position = "below" if mean < low else "above" if mean > high else "normal"
    error = spread * sqrt(1 / len(recent) + 1 / len(before))
    sure = (mean - usual) / error if error > 1e-9 * max(abs(usual), 1.0) else 0.0
    return RecoveryStatus(mean, low, high, position, sure, len(recent), len(before))
