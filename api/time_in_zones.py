"""Time in heart-rate zones, over some days and day by day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from api.daily_summaries import person_of, read_columns
from api.finding_models import First, Last, Words
from api.window import Wanted, Window
from api.wiring import Wiring
from contract.catalogue import CATALOGUE
from insights.ages import age_on
from insights.baseline import BASELINE_DAYS
from insights.days import LocalDay
from insights.series import known, one_value
from insights.standing import Columns
from insights.words import figure
from insights.zones import SHARES, Method, Zones, estimated_maximum
from storage.records.people import Person
from storage.series.protocol import Selection

_LEAST_RESTING_DAYS = 3


class ZoneShown(Struct, frozen=True, kw_only=True):
    """One zone of five."""

    zone: int
    from_bpm: float
    to_bpm: Annotated[float | None, Meta(description="First heart rate beyond; null: none.")]
    minutes: float


class ZonesDay(Struct, frozen=True, kw_only=True):
    """A day with a heart rate."""

    day: date
    minutes: Annotated[list[float], Meta(description="In zones 1 to 5.")]


class ZonesShown(Struct, frozen=True, kw_only=True):
    """Time in zones."""

    first: First
    last: Last
    time_zone: str
    words: Words
    method: Method
    max_bpm: Annotated[float | None, Meta(description="As the person says, else by age; null: not known.")]
    resting_bpm: Annotated[float | None, Meta(description="Mean of the last 28 days; null: not known.")]
    zones: list[ZoneShown]
    days: Annotated[list[ZonesDay], Meta(description="Newest first.")]


async def read_zones(wiring: Wiring, user_id: str, wanted: Wanted, method: Method) -> ZonesShown:
    """Somebody's time in zones, today's included: by the maximum from summaries, by the reserve from each minute."""
    person, zone = await person_of(wiring, user_id)
    window = wanted.within(zone, with_today=True)
    columns = await read_columns(wiring, user_id, window, BASELINE_DAYS)
    zones = zones_of(person, columns, window.last, method)
    if zones is None:
        minutes = {}
    elif method == "maximum":
        minutes = _summed(columns, window)
    else:
        minutes = await _counted(wiring, user_id, window, zones)
    counts = columns.get("heart_rate_count")
    is_late = zones is not None and not minutes and counts is not None and len(known(counts[-len(window) :])) > 0
    return ZonesShown(
        first=window.first,
        last=window.last,
        time_zone=zone.key,
        words=_LATE if is_late else _words(person, zones, minutes, window, method),
        method=method,
        max_bpm=zones.max_bpm if zones else _max_bpm(person, window.last),
        resting_bpm=_resting_bpm(columns),
        zones=_shown(zones, list(minutes.values())) if zones else [],
        days=[ZonesDay(day=day, minutes=spent) for day, spent in sorted(minutes.items(), reverse=True)],
    )


async def _counted(wiring: Wiring, user_id: str, window: Window, zones: Zones) -> dict[date, list[float]]:
    local = window.local_days
    both = [
        (Selection(CATALOGUE[kind], user_id, local[0].start_ms, local[-1].end_ms), field) for kind, field in _PULSES
    ]
    own, recorded = await wiring.series.minutes(both)
    # Where both have a minute, the day's own counts, as in the summary of the day (`insights.daily`, rule 4).
    return await wiring.examiner.work_out(_by_day, local, dict(recorded) | dict(own), zones)


_PULSES = (("heart_rate", "bpm"), ("track", "heart_rate"))


def zones_of(person: Person, columns: Columns, day: date, method: Method) -> Zones | None:
    """A person's zones on a day; None if the maximum, or for the reserve the heart rate at rest, is not known."""
    most, rest = _max_bpm(person, day), _resting_bpm(columns)
    if most is None:
        return None
    if method == "maximum":
        return Zones.by_maximum(most)
    return Zones.by_reserve(most, rest) if rest is not None and rest < most else None


def _max_bpm(person: Person, day: date) -> float | None:
    if person.max_heart_rate_bpm or person.birth_date is None:
        return person.max_heart_rate_bpm
    return estimated_maximum(age_on(day, person.birth_date))


def _resting_bpm(columns: Columns) -> float | None:
    resting = columns.get("resting_heart_rate_bpm")
    return None if resting is None else one_value(resting[-BASELINE_DAYS:], _LEAST_RESTING_DAYS)


def _summed(columns: Columns, window: Window) -> dict[date, list[float]]:
    if not columns.keys() >= set(_COLUMNS):
        return {}
    spent = np.column_stack([columns[name][-len(window) :] for name in _COLUMNS])
    days = (window.first + timedelta(days=at) for at in range(len(window)))
    return {day: minutes.tolist() for day, minutes in zip(days, spent, strict=True) if not np.isnan(minutes).any()}


_COLUMNS = [f"zone{number}_min" for number in range(1, len(SHARES) + 1)]


def _by_day(days: Sequence[LocalDay], minutes: Mapping[int, float], zones: Zones) -> dict[date, list[float]]:
    found: dict[date, list[float]] = {}
    ordered, at = sorted(minutes.items()), 0
    for day in days:
        spent = [0.0] * (len(SHARES) + 1)
        begun = at
        while at < len(ordered) and ordered[at][0] < day.end_ms:
            spent[zones.zone(ordered[at][1])] += 1  # below zone 1 there is no exercise: it is sitting and sleep
            at += 1
        if at > begun:
            found[day.date] = spent[1:]
    return found


def _shown(zones: Zones, days: Sequence[Sequence[float]]) -> list[ZoneShown]:
    return [
        ZoneShown(
            zone=number,
            from_bpm=round(low, 1),
            to_bpm=round(zones.from_bpm[number], 1) if number < len(SHARES) else None,
            minutes=sum(day[number - 1] for day in days),
        )
        for number, low in enumerate(zones.from_bpm, 1)
    ]


_LATE = "Heart rate has come, and its zones are being worked out: ask again later."


def _words(
    person: Person, zones: Zones | None, minutes: Mapping[date, Sequence[float]], window: Window, method: Method
) -> str:
    if zones is None:
        if _max_bpm(person, window.last) is None:
            return "Zones take your maximum heart rate, or your birth date to estimate it: PATCH /users/me."
        return f"The reserve takes a resting heart rate on {_LEAST_RESTING_DAYS} of 28 days: measure it after waking."
    if not minutes:
        return f"No heart rate from {window.words}. Connect a device that measures it, or log it by POST /heart-rate."
    hard = sum(sum(day[3:]) for day in minutes.values())
    easy = sum(sum(day[:2]) for day in minutes.values())
    source = "as you say" if person.max_heart_rate_bpm else "estimated by age"
    return (
        f"{figure(hard, 'min')} in zones 4 and 5 and {figure(easy, 'min')} in zones 1 and 2, by {method}; maximum "
        f"{figure(zones.max_bpm, 'bpm')}, {source}."
    )
