"""Time in heart-rate zones, over some days and day by day."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from api.daily_summaries import person_of, read_columns
from api.finding_models import First, Last, Words
from api.window import Wanted, Window
from api.wiring import Wiring
from contract.catalogue import CATALOGUE
from insights.ages import age_on
from insights.baseline import BASELINE_DAYS
from insights.days import LocalDay
from insights.series import one_value
from insights.standing import Columns
from insights.words import figure
from insights.zones import SHARES, Method, Zones, estimated_maximum
from storage.records.people import Person
from storage.series.protocol import Selection

_LEAST_RESTING_DAYS = 3


class ZoneShown(Struct, frozen=True, kw_only=True):
    """One zone; 0 is all below zone 1."""

    zone: int
    from_bpm: float
    to_bpm: Annotated[float | None, Meta(description="First heart rate beyond; null: none.")]
    minutes: float


class ZonesDay(Struct, frozen=True, kw_only=True):
    """A day with a heart rate."""

    day: date
    minutes: Annotated[list[float], Meta(description="Below zone 1 and in zones 1 to 5.")]


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
    """Somebody's time in zones, today's included."""
    person, zone = await person_of(wiring, user_id)
    window = wanted.within(zone, with_today=True)
    local = window.local_days
    both = [
        (Selection(CATALOGUE[kind], user_id, local[0].start_ms, local[-1].end_ms), field) for kind, field in _PULSES
    ]
    (own, recorded), columns = await asyncio.gather(
        wiring.series.minutes(both), read_columns(wiring, user_id, window, BASELINE_DAYS)
    )
    zones = zones_of(person, columns, window.last, method)
    # Where both have a minute, the day's own counts, as in the summary of the day (`insights.daily`, rule 4).
    minutes = await asyncio.to_thread(_by_day, local, dict(recorded) | dict(own), zones) if zones else {}
    return ZonesShown(
        first=window.first,
        last=window.last,
        time_zone=zone.key,
        words=_words(person, zones, minutes, window, method),
        method=method,
        max_bpm=zones.max_bpm if zones else _max_bpm(person, window.last),
        resting_bpm=_resting_bpm(columns),
        zones=_shown(zones, list(minutes.values())) if zones else [],
        days=[ZonesDay(day=day, minutes=spent) for day, spent in sorted(minutes.items(), reverse=True)],
    )


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


def _by_day(days: Sequence[LocalDay], minutes: Mapping[int, float], zones: Zones) -> dict[date, list[float]]:
    found: dict[date, list[float]] = {}
    ordered, at = sorted(minutes.items()), 0
    for day in days:
        spent = [0.0] * (len(SHARES) + 1)
        begun = at
        while at < len(ordered) and ordered[at][0] < day.end_ms:
            spent[zones.zone(ordered[at][1])] += 1
            at += 1
        if at > begun:
            found[day.date] = spent
    return found


def _shown(zones: Zones, days: Sequence[Sequence[float]]) -> list[ZoneShown]:
    edges = [0.0, *zones.from_bpm]
    return [
        ZoneShown(
            zone=number,
            from_bpm=round(low, 1),
            to_bpm=round(edges[number + 1], 1) if number < len(SHARES) else None,
            minutes=sum(day[number] for day in days),
        )
        for number, low in enumerate(edges)
    ]


def _words(
    person: Person, zones: Zones | None, minutes: Mapping[date, Sequence[float]], window: Window, method: Method
) -> str:
    if zones is None:
        if _max_bpm(person, window.last) is None:
            return "Zones take your maximum heart rate, or your birth date to estimate it: PATCH /users/me."
        return f"The reserve takes a resting heart rate on {_LEAST_RESTING_DAYS} of 28 days: measure it after waking."
    if not minutes:
        return f"No heart rate from {window.words}. Connect a device that measures it, or log it by POST /heart-rate."
    hard = sum(sum(day[4:]) for day in minutes.values())
    # Below zone 1 there is no exercise: it is sitting and sleep.
    easy = sum(sum(day[1:3]) for day in minutes.values())
    source = "as you say" if person.max_heart_rate_bpm else "estimated by age"
    return (
        f"{figure(hard, 'min')} in zones 4 and 5 and {figure(easy, 'min')} in zones 1 and 2, by {method}; maximum "
        f"{figure(zones.max_bpm, 'bpm')}, {source}."
    )
