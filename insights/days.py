"""Calendar days of a time zone: which of them are concerned, and where each begins and ends."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from contract.stamping import DAY_MS, epoch_ms
from storage.series.periods import edges_ms, local

MOST_DAYS = 92
"""Days that follow each other and are worked on at once: what is read of them has to fit into memory."""

Span = tuple[int, int]
"""From the first to the last moment, both included, milliseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, order=True)
class LocalDay:
    """A calendar day as it lies in time; most have 24 hours.

    Attributes:
        date: of the zone's calendar.
        start_ms: its first moment, milliseconds since 1970 UTC.
        end_ms: the first moment after it.
    """

    date: date
    start_ms: int
    end_ms: int


def days_of(zone: tzinfo, start_ms: int, end_ms: int) -> list[LocalDay]:
    """The days that a span meets, both ends included, in their order."""
    edges = edges_ms("day", zone, start_ms, end_ms + 1)
    return [LocalDay(local(start, zone).date(), start, end) for start, end in pairwise(edges)]


def days_between(zone: tzinfo, first: date, last: date) -> list[LocalDay]:
    """The days from one date to another, both included; a date that the zone skipped is left out."""
    noons = [epoch_ms(datetime.combine(each, time(12), zone)) for each in (first, last)]
    day = DAY_MS  # an hour of the day is enough to find it, but the zone may have skipped that very one
    return [each for each in days_of(zone, noons[0] - day, noons[1] + day) if first <= each.date <= last]


def days_concerned(zone: tzinfo, spans: Iterable[Span]) -> list[LocalDay]:
    """The days that any of the spans meets, each once, in their order."""
    return sorted({day for start_ms, end_ms in spans for day in days_of(zone, start_ms, end_ms)})


def stretches(days: Sequence[LocalDay]) -> Iterator[Sequence[LocalDay]]:
    """Days in their order, cut where one is missing and after `MOST_DAYS`."""
    begun = 0
    for at in range(1, len(days) + 1):
        is_end = at == len(days) or days[at].start_ms != days[at - 1].end_ms
        if is_end or at - begun == MOST_DAYS:
            yield days[begun:at]
            begun = at


def today(zone: tzinfo, now_ms: int) -> date:
    """The date there is now."""
    return local(now_ms, zone).date()


def days_back(last: date, number: int) -> list[date]:
    """So many dates up to this one, oldest first."""
    return [last - timedelta(days=back) for back in range(number - 1, -1, -1)]
