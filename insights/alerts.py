"""What people and their coaches are alerted to, and when devices may be told: pure rules over days and devices.

An alert is for what can't wait until somebody looks: nothing comes from a person or a device any more, a figure is far
from that person's own, a battery is about to be empty. All the rest is in where somebody stands (`insights.attention`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from numpy.typing import ArrayLike

from contract.alerts import ALERT_RULES, AlertRule
from insights.anomalies import anomalies
from insights.arrivals import nothing_arrives, silence_of, stopped_logging
from insights.signs import Days, Sign
from insights.words import days, figure, percent, sentence

VITAL = (
    "resting_heart_rate_bpm",
    "hrv_ms",
    "systolic_mmhg",
    "diastolic_mmhg",
    "glucose_mmol_l",
    "temperature_c",
    "spo2_pct",
    "weight_kg",
)
"""Columns of the daily summary whose anomalies are alerted to: a long run or a big meal is no reason to."""

REPEAT_DAYS: Mapping[AlertRule, int] = {"inactivity": 7, "anomaly": 1, "silent_device": 7, "low_battery": 1}
"""What lasts is told of again after so many days."""

_ANOMALY_DAYS = 2
"""Days that have ended and are looked at: data of yesterday may come today."""


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """What is alerted to, and when.

    Attributes:
        rules: those that are on in this installation.
        quiet_from, quiet_until: hours of the person's clock between which devices are not told; equal: never.
        low_battery_pct: at or below, a battery is low.
        silent_after: a registered device that has said nothing for so long is silent.
        look_every: how often devices are looked at.
        again_after: what nobody heard is said again after this.
        too_late_after: and no more after this.
    """

    rules: frozenset[AlertRule] = frozenset(ALERT_RULES)
    quiet_from: int = 22
    quiet_until: int = 7
    low_battery_pct: float = 15.0
    silent_after: timedelta = timedelta(hours=72)
    look_every: timedelta = timedelta(minutes=1)
    again_after: timedelta = timedelta(minutes=15)
    too_late_after: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """Something to alert to.

    Attributes:
        rule: which found it.
        cause: what it is about.
        day: the local day.
        text: what is seen.
    """

    rule: AlertRule
    cause: str
    day: date
    text: str


def of_days(
    columns: Mapping[str, ArrayLike],
    last: date,
    options: AlertOptions,
    *,
    since: Collection[str] = (),
    uploaded: date | None = None,
) -> list[Found]:
    """What somebody's days say.

    A device that was away uploads what it holds from the oldest on, and no two of them at the same pace. So while
    something comes, nobody is silent, and while something old comes, nobody has stopped anything.

    Args:
        columns: daily series by column of the daily summary, as for `insights.attention.attention`.
        last: their last day, one that has ended.
        options: which rules are on.
        since: columns that have a value of a later day already.
        uploaded: the oldest local day of what has just come; None: nothing has.
    """
    if not columns:
        return []
    lived = Days(columns, since)
    found = [*_silences(lived, last + timedelta(days=1), uploaded), *_anomalies(columns, last)]
    return [each for each in found if each.rule in options.rules]


def of_device(
    device: tuple[str, str], last_seen_at: datetime, battery_pct: float | None, now: datetime, options: AlertOptions
) -> list[Found]:
    """What a device says of itself, or that it says nothing any more.

    Args:
        device: its id and name.
        last_seen_at: when it last said how it is.
        battery_pct: the charge that was left then; None: it does not say.
        now: on the person's clock.
        options: which rules are on, and their limits.
    """
    (device_id, name), found = device, list[Found]()
    if now - last_seen_at >= options.silent_after:
        hours = (now - last_seen_at).total_seconds() / 3_600
        text = sentence(f"{name} has not been heard of for {days(round(hours / 24))}")
        found.append(Found("silent_device", device_id, now.date(), text))
    elif battery_pct is not None and battery_pct <= options.low_battery_pct:
        text = sentence(f"the battery of {name} is at {figure(battery_pct, '%')}")
        found.append(Found("low_battery", device_id, now.date(), text))
    return [each for each in found if each.rule in options.rules]


def not_before(moment: datetime, zone: ZoneInfo, options: AlertOptions) -> datetime:
    """The first moment from this one on that is not at night in a zone."""
    local = moment.astimezone(zone)
    start, end = options.quiet_from, options.quiet_until
    is_night = start <= local.hour < end if start <= end else local.hour >= start or local.hour < end
    if not is_night:
        return moment
    tomorrow = local.hour >= end
    day = local.date() + timedelta(days=int(tomorrow))
    return datetime.combine(day, time(end), zone)


def _silences(lived: Days, today: date, uploaded: date | None) -> list[Found]:
    if sign := nothing_arrives(lived):
        return [] if uploaded else [_told("silent_device", "all", today, sign)]
    if uploaded and uploaded < today - timedelta(days=1):
        return []
    logging = stopped_logging(lived)
    return [*([_told("inactivity", "logging", today, logging)] if logging else []), *_no_training(lived, today)]


def _no_training(lived: Days, today: date) -> list[Found]:
    quiet = silence_of(lived, "exercise_min")
    if quiet is None:
        return []
    text = f"no training for {days(quiet.days)}; before, there was some on {percent(quiet.usual_share)} of days"
    return [Found("inactivity", "training", today, sentence(text))]


def _anomalies(columns: Mapping[str, ArrayLike], last: date) -> list[Found]:
    vital = {name: columns[name] for name in VITAL if name in columns}
    found = anomalies(vital, last, within=_ANOMALY_DAYS) if vital else []
    return [Found("anomaly", each.column, each.day, each.words) for each in found if each.severity == "high"]


def _told(rule: AlertRule, cause: str, day: date, sign: Sign) -> Found:
    return Found(rule, cause, day, sign.words)
