"""From what a day is made of to its summary: pure functions.

The rules of this file:

1. A day's summary depends on the items of that day alone, in the person's zone, and on who the person is. So a change
   of an item changes one day, and the order in which items came changes nothing.
2. What is not known is left out. A zone without a minute is 0 if heart rate was measured that day.
3. Figures are rounded to six decimals: the same items summed up in another order are the same day still.
4. A minute counts as spent in the heart-rate zone of its mean, whatever the device's rate; where a recorded activity
   and the day's own measurement have the same minute, the day's own counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

from contract.daily import DERIVED, Figures
from insights.ages import age_on
from insights.days import LocalDay
from insights.load import Sex, session_rpe, trimp
from insights.material import Material
from insights.sleep import time_asleep
from insights.zones import SHARES, Zones, estimated_maximum
from storage.series.periods import local
from storage.series.protocol import Minute, Row

RESTING_IF_UNKNOWN_BPM = 60.0
"""For the training impulse of a day on which resting heart rate was not measured."""

_HOUR_MS = 3_600_000


class Physique(Protocol):
    """What of a person a summary depends on."""

    @property
    def sex(self) -> Sex | None: ...  # noqa: D102  # as in `storage.records.people`
    @property
    def birth_date(self) -> date | None: ...  # noqa: D102
    @property
    def max_heart_rate_bpm(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Unknown:
    """Somebody without an account."""

    sex: Sex | None = None
    birth_date: date | None = None
    max_heart_rate_bpm: float | None = None


def kinds_behind(column: str) -> frozenset[str]:
    """The kinds whose items a column is made of."""
    found = DERIVED.get(column)
    return frozenset({found.kind.name}) if found else _KINDS_BEHIND[column]


_ZONES = dict.fromkeys((f"zone{number}_min" for number in range(1, 6)), frozenset({"heart_rate", "track"}))
_KINDS_BEHIND: Mapping[str, frozenset[str]] = {
    "session_load": frozenset({"exercises"}),
    "trimp": frozenset({"exercises", "heart_rate"}),
    "sleep_min": frozenset({"sleep"}),
    "bed_time_h": frozenset({"sleep"}),
    "wake_time_h": frozenset({"sleep"}),
    "wear_hours": frozenset({"heart_rate", "track", "steps"}),
    **_ZONES,
}


def summarise(material: Material, physique: Physique, zone: tzinfo) -> dict[date, Figures]:
    """The figures of each day that has any.

    Args:
        material: what the days are made of.
        physique: whose they are.
        zone: in whose calendar.
    """
    derived = _by_date(material)
    minutes = _of_each_day(material.days, _merged(material.heart_rate, material.track_heart_rate))
    steps = _of_each_day(material.days, material.step_minutes)
    exercises, sleep = (_rows_of_each_day(material.days, rows) for rows in (material.exercises, material.sleep))
    found: dict[date, Figures] = {}
    for day in material.days:
        figures = dict(derived.get(day.date, {}))
        figures |= _sessions(exercises.get(day, ()), figures, day, physique)
        figures |= _zones(minutes.get(day, ()), day, physique)
        figures |= _asleep(sleep.get(day, ()))
        figures |= _main_sleep(sleep.get(day, ()), day, zone)
        figures |= _wear(day, minutes.get(day, ()), steps.get(day, ()))
        if figures:
            found[day.date] = {name: round(value, 6) for name, value in figures.items()}
    return found


def _by_date(material: Material) -> dict[date, dict[str, float]]:
    found: dict[date, dict[str, float]] = {}
    for column, buckets in material.figures.items():
        for bucket in buckets:
            found.setdefault(bucket.start.date(), {})[column] = bucket.value
    return found


def _sessions(exercises: Sequence[Row], figures: Figures, day: LocalDay, physique: Physique) -> Figures:
    """Load by effort felt, and by heart rate."""
    found: dict[str, float] = {}
    felt = [row.values for row in exercises if "rpe" in row.values]
    if felt:
        found["session_load"] = sum(session_rpe(float(each["rpe"]), float(each["duration_min"])) for each in felt)
    most = _max_bpm(day, physique)
    rest = figures.get("resting_heart_rate_bpm", RESTING_IF_UNKNOWN_BPM)
    measured = [row.values for row in exercises if "avg_heart_rate" in row.values]
    if measured and most and physique.sex and rest < most:
        found["trimp"] = sum(
            trimp(
                float(each["duration_min"]),
                float(each["avg_heart_rate"]),
                resting_bpm=rest,
                max_bpm=most,
                sex=physique.sex,
            )
            for each in measured
        )
    return found


def _zones(minutes: Sequence[Minute], day: LocalDay, physique: Physique) -> Figures:
    most = _max_bpm(day, physique)
    if not minutes or not most:
        return {}
    zones = Zones.by_maximum(most)
    spent = [0.0] * (len(SHARES) + 1)
    for _, bpm in minutes:
        spent[zones.zone(bpm)] += 1
    return {f"zone{number}_min": spent[number] for number in range(1, len(SHARES) + 1)}


def _max_bpm(day: LocalDay, physique: Physique) -> float | None:
    """As the person says, else by their age on that day."""
    if physique.max_heart_rate_bpm or physique.birth_date is None:
        return physique.max_heart_rate_bpm
    return estimated_maximum(age_on(day.date, physique.birth_date))


def _asleep(sleep: Sequence[Row]) -> Figures:
    """Minutes, of all sleep that ended on this day, naps too."""
    slept = [time_asleep(float(row.values["duration_min"]), float(row.values.get("awake_min", 0.0))) for row in sleep]
    return {"sleep_min": sum(slept)} if slept else {}


def _main_sleep(sleep: Sequence[Row], day: LocalDay, zone: tzinfo) -> Figures:
    """When the longest sleep of those that ended on this day began and ended; of two as long, the later."""
    if not sleep:
        return {}
    main = max(sleep, key=lambda row: (row.values["duration_min"], row.time_ms))
    began_ms = main.time_ms - round(float(main.values["duration_min"]) * 60_000)
    return {
        "bed_time_h": _clock_h(local(began_ms, zone), day.date),
        "wake_time_h": _clock_h(local(main.time_ms, zone), day.date),
    }


def _clock_h(moment: datetime, day: date) -> float:
    """What a clock on the wall shows, hours after the midnight with which a date begins."""
    seconds = moment.hour * 3_600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return (moment.date() - day).days * 24 + seconds / 3_600


def _wear(day: LocalDay, *minutes: Sequence[Minute]) -> Figures:
    hours = {(at_ms - day.start_ms) // _HOUR_MS for each in minutes for at_ms, _ in each}
    return {"wear_hours": float(len(hours))} if hours else {}


def _merged(first: Sequence[Minute], second: Sequence[Minute]) -> list[Minute]:
    """By time; where both have a minute, the first one's counts (rule 4)."""
    return sorted((dict(second) | dict(first)).items()) if second else list(first)


def _of_each_day(days: Sequence[LocalDay], minutes: Sequence[Minute]) -> Mapping[LocalDay, Sequence[Minute]]:
    """Minutes in their order, cut where days end. A minute that a midnight cuts is the earlier day's."""
    found: dict[LocalDay, Sequence[Minute]] = {}
    at = 0
    for day in days:
        begun = at
        while at < len(minutes) and minutes[at][0] < day.end_ms:
            at += 1
        if at > begun:
            found[day] = minutes[begun:at]
    return found


def _rows_of_each_day(days: Sequence[LocalDay], rows: Sequence[Row]) -> Mapping[LocalDay, Sequence[Row]]:
    found: dict[LocalDay, list[Row]] = {}
    for row in rows:
        day = next(day for day in days if day.start_ms <= row.time_ms < day.end_ms)
        found.setdefault(day, []).append(row)
    return found
