"""Signs in the body: recovery, fitness, blood pressure, weight, sleep and training load.

Trends are those of six weeks: long enough for a slope to show, and a whole number of weeks, so that no weekday counts
more than another.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from insights.load import load_status
from insights.pressure import GRADE_2, PressureStatus, pressure_status
from insights.recovery import RecoveryStatus, hrv_status, resting_status
from insights.signs import Days, Sign
from insights.sleep import sleep_debt
from insights.trend import Trend, trend
from insights.words import days, figure, name_of, percent, sentence, unit_of

SPAN_DAYS = 42
_WEIGHT_DAYS = 28
_CLEAR_Z = 3.0
_CLEAR_P = 0.01
_LEAST_DAYS = 14
_RECOVERY = ("resting_heart_rate_bpm", "hrv_ms")
_PRESSURE = {"systolic_mmhg": 5.0, "diastolic_mmhg": 3.0}
"""With the rise in four weeks that matters, mmHg."""


def not_recovering(lived: Days) -> Sign | None:
    """Resting heart rate up and HRV down together: recovery does not keep up.

    Overreaching shows in several figures over weeks, not in one (Meeusen et al., Med Sci Sports Exerc 2013;45:186-205).
    Training that is monotonous (2 and more: Foster 1998) or suddenly more is said with it.
    """
    found = _both(lived, pulse_rises=True)
    if found is None:
        return None
    load, words, figures, severity = load_status(lived["session_load"]), found.words, dict(found.figures), 0.7
    if load and load.monotony and load.ratio and (load.monotony >= 2 or load.ratio >= 1.3):
        words += (
            f"; training load of the last 7 days is {figure(load.week)} AU, its monotony {figure(load.monotony)}, "
            f"acute to chronic {figure(load.ratio)}"
        )
        figures |= {"week_load": load.week, "monotony": load.monotony, "load_ratio": load.ratio}
        severity = 0.85
    return Sign("not_recovering", "concern", severity, sentence(words), _RECOVERY, figures)


def improving(lived: Days) -> Sign | None:
    """Resting heart rate down and HRV up together: worth praise (Buchheit, Front Physiol 2014;5:73)."""
    found = _both(lived, pulse_rises=False)
    if found is None:
        return None
    return Sign("improving", "praise", 0.6, sentence(found.words), _RECOVERY, found.figures)


@dataclass(frozen=True, slots=True)
class _Finding:
    words: str
    figures: dict[str, float]


def _both(lived: Days, *, pulse_rises: bool) -> _Finding | None:
    """Both figures of recovery in opposite directions, over six weeks, or as two weeks against the six before."""
    pulse, hrv = (trend(lived[column][-SPAN_DAYS:], least=_LEAST_DAYS) for column in _RECOVERY)
    side = 1 if pulse_rises else -1
    # Both z-scores joined (Stouffer et al., The American Soldier, 1949, vol. 1:45), if each points its way.
    if pulse and hrv and min(side * pulse.z, -side * hrv.z) > 0 and side * (pulse.z - hrv.z) / sqrt(2) >= _CLEAR_Z:
        said = [_slope(column, each) for column, each in zip(_RECOVERY, (pulse, hrv), strict=True)]
        return _Finding(", and ".join(said), {"resting_bpm_a_week": pulse.per_week, "hrv_ms_a_week": hrv.per_week})
    rest = resting_status(lived[_RECOVERY[0]], recent_days=14, range_days=SPAN_DAYS)
    week = hrv_status(lived[_RECOVERY[1]], recent_days=14, range_days=SPAN_DAYS)
    if rest and week and min(side * rest.sure, -side * week.sure) >= _CLEAR_Z:
        said = [_range(column, each) for column, each in zip(_RECOVERY, (rest, week), strict=True)]
        return _Finding(", and ".join(said), {"resting_bpm": rest.mean, "hrv_ms": week.mean})
    return None


def pressure_rising(lived: Days) -> Sign | None:
    """Blood pressure rises by what matters: at its pace by 5 mmHg systolic or 3 diastolic in four weeks."""
    found = {column: trend(lived[column][-SPAN_DAYS:], least=_LEAST_DAYS) for column in _PRESSURE}
    rising = {
        column: each
        for column, each in found.items()
        if each and each.low > 0 and each.p <= _CLEAR_P and 28 * each.slope >= _PRESSURE[column]
    }
    if not rising:
        return None
    words = " and ".join(_slope(column, each) for column, each in rising.items())
    status = _pressure(lived)
    if status:
        words += f"; the last 7 days' mean is {_reading(status)}"
    severity = 0.85 if status and status.high_at_home else 0.65
    figures = {f"{column}_a_week": each.per_week for column, each in rising.items()}
    return Sign("pressure_rising", "concern", severity, sentence(words), tuple(rising), figures)


def pressure_high(lived: Days) -> Sign | None:
    """The week's mean is at or above what counts as high in home measurements (`insights.pressure`)."""
    status = _pressure(lived)
    if status is None or not status.high_at_home:
        return None
    words = sentence(
        f"blood pressure of the last 7 days is {_reading(status)} as a mean of {days(status.days)}; "
        f"135/85 mmHg and more counts as high at home"
    )
    figures = {"systolic_mmhg": status.systolic, "diastolic_mmhg": status.diastolic}
    severity = 0.8 if status.office_class.grade >= GRADE_2 else 0.45
    return Sign("pressure_high", "concern", severity, words, tuple(figures), figures)


def _pressure(lived: Days) -> PressureStatus | None:
    return pressure_status(lived["systolic_mmhg"], lived["diastolic_mmhg"]) if lived.is_adult else None


def _reading(status: PressureStatus) -> str:
    named = status.office_class
    return f"{status.systolic:.0f}/{status.diastolic:.0f} mmHg ({named.name} in an office by {named.guideline})"


def weight_changing(lived: Days) -> Sign | None:
    """More than 1 % of body weight a week over four weeks: faster than guidelines advise either way.

    Jensen et al., Circulation 2014;129:S102-S138 (about 0.5 to 1 kg a week).
    """
    found = trend(lived["weight_kg"][-_WEIGHT_DAYS:], least=10)
    if found is None or found.direction == "steady" or abs(found.per_week) < 0.01 * found.level:
        return None
    words = sentence(f"{_slope('weight_kg', found, _WEIGHT_DAYS)}, more than 1 % of {figure(found.level, 'kg')}")
    return Sign("weight_changing", "concern", 0.5, words, ("weight_kg",), {"kg_a_week": found.per_week})


def short_of_sleep(lived: Days) -> Sign | None:
    """A debt of 7 hours and more after a week, by the need of adults (`insights.sleep`)."""
    found = sleep_debt(lived["sleep_min"]) if lived.is_adult else None
    if found is None or found.minutes < 420:
        return None
    words = sentence(
        f"{figure(found.minutes / 60, 'h')} of sleep are missing after {days(found.nights)}: "
        f"{figure(found.mean_min / 60, 'h')} a night against at least {figure(found.need_min / 60, 'h')}"
    )
    figures = {"debt_min": found.minutes, "mean_min": found.mean_min}
    return Sign("short_of_sleep", "concern", 0.45, words, ("sleep_min",), figures)


def load_jump(lived: Days) -> Sign | None:
    """The week's load is 1.5 times the usual and more, and exercise took longer than in any week on record.

    Gabbett, Br J Sports Med 2016;50:273-280, for the ratio. Minutes are asked too, since a session whose effort nobody
    told has no load; and the record, since who trains twice a week has such ratios often.
    """
    load = load_status(lived["session_load"], averaging="rolling", least=SPAN_DAYS)
    minutes = np.nan_to_num(lived["exercise_min"])
    if load is None or load.ratio is None or load.ratio < 1.5 or len(minutes) < SPAN_DAYS:
        return None
    weeks = np.convolve(minutes, np.ones(7), mode="valid")
    week, before = float(weeks[-1]), float(weeks[:-7].max())
    if week < 1.1 * before:
        return None
    words = sentence(
        f"training load of the last 7 days is {figure(load.week)} AU, {figure(load.ratio)} times the usual; "
        f"{figure(week, 'min')} of exercise are more than in any week of {days(len(minutes) - 7)} before, "
        f"{figure(before, 'min')} at most"
    )
    figures = {"load_ratio": load.ratio, "week_load": load.week, "week_min": week, "before_min": before}
    return Sign("load_jump", "concern", 0.4, words, ("session_load", "exercise_min"), figures)


def _slope(column: str, found: Trend, span_days: int = SPAN_DAYS) -> str:
    # Read as people say it: falls by 3, and by 2 to 4 at least and at most.
    ends = sorted((found.low, found.high), key=lambda end: end * found.slope)
    away = [7 * end * (1 if found.slope > 0 else -1) for end in ends]
    return (
        f"{name_of(column)} {'rises' if found.slope > 0 else 'falls'} by "
        f"{figure(abs(found.per_week), unit_of(column))} a week ({percent(found.confidence)} interval "
        f"{figure(away[0])} to {figure(away[1])}) on {days(found.days)} of the last {span_days // 7} weeks"
    )


def _range(column: str, found: RecoveryStatus) -> str:
    usual = f"{figure(found.low)} to {figure(found.high, unit_of(column))}"
    mean = figure(found.mean, unit_of(column))
    return f"{name_of(column)} of the last 14 days is {mean}, {found.position} the usual {usual}"
