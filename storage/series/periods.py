"""Calendar hours, days and weeks of a time zone, as spans of milliseconds since 1970 UTC.

The rules of this file:

1. An hour is an hour of the wall clock, cut where the clock jumps: the hour that autumn repeats is two hours.
2. A day begins at local midnight, or where the clock jumped over it. It has 23 or 25 hours when daylight saving
   changes, and doesn't exist where the zone skipped it (Pacific/Apia, 30 December 2011). When the clock goes back over
   midnight, the day that has begun stays begun.
3. A week begins with its Monday.
4. Periods follow each other without a gap, so each moment is in exactly one.

All is worked out from the zone's offsets alone, not by the database: its own zone files may be missing or old.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby, pairwise

from storage.series.protocol import Period

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
_LENGTH = {"hour": _HOUR, "day": _DAY, "week": _WEEK}
_FIRST_MONDAY = 4 * _DAY  # 5 January 1970

_MARGIN = 9 * _DAY
"""More than the longest period: a week with a repeated day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Periods of one length that follow each other.

    Attributes:
        start_ms: where the first begins.
        step_ms: how long each is.
        count: how many there are.
    """

    start_ms: int
    step_ms: int
    count: int

    @property
    def end_ms(self) -> int:
        """Where the last ends."""
        return self.start_ms + self.step_ms * self.count


def edges_ms(period: Period, zone: tzinfo, start_ms: int, end_ms: int) -> list[int]:
    """Where the periods begin that meet [start, end), and, last, where the last of them ends.

    Returns:
        Ascending; empty if there is no moment in [start, end).
    """
    if start_ms >= end_ms:
        return []
    edges = list(_begins(period, zone, start_ms - _MARGIN, end_ms + _MARGIN))
    first = max(at for at, edge in enumerate(edges) if edge <= start_ms)
    last = min(at for at, edge in enumerate(edges) if edge >= end_ms)
    return edges[first : last + 1]


def runs(edges: list[int]) -> list[Run]:
    """The periods between these edges, joined where they have one length."""
    found = []
    for step_ms, same in groupby(pairwise(edges), key=lambda pair: pair[1] - pair[0]):
        starts = [start_ms for start_ms, _ in same]
        found.append(Run(starts[0], step_ms, len(starts)))
    return found


def local(moment_ms: int, zone: tzinfo) -> datetime:
    """A moment on the zone's wall clock."""
    return (_EPOCH + moment_ms * _MILLISECOND).astimezone(zone)


def _begins(period: Period, zone: tzinfo, start_ms: int, end_ms: int) -> Iterator[int]:
    length = _LENGTH[period]
    latest: int | None = None
    for since_ms, until_ms, offset_ms in _offsets(zone, start_ms, end_ms):
        moment = since_ms
        while moment < until_ms:
            wall_clock = moment + offset_ms
            begun = wall_clock - (wall_clock - _FIRST_MONDAY) % length
            if latest is None or begun > latest or period == "hour":
                yield moment
                latest = begun
            moment = begun + length - offset_ms


def _offsets(zone: tzinfo, start_ms: int, end_ms: int) -> Iterator[tuple[int, int, int]]:
    """Spans in which the zone's offset from UTC is the same: (since, until, offset), in milliseconds."""
    since_ms = start_ms
    while since_ms < end_ms:
        until_ms = _next_change(zone, since_ms, end_ms)
        yield since_ms, until_ms, _offset_ms(zone, since_ms)
        since_ms = until_ms


def _next_change(zone: tzinfo, since_ms: int, end_ms: int) -> int:
    """The first moment with another offset, or the end."""
    offset_ms = _offset_ms(zone, since_ms)
    same = since_ms
    while same < end_ms:
        # No zone has changed its clocks twice within a day.
        probe = min(same + _DAY, end_ms)
        if _offset_ms(zone, probe) != offset_ms:
            return _bisect(zone, same, probe)
        same = probe
    return end_ms


def _bisect(zone: tzinfo, same: int, other: int) -> int:
    offset_ms = _offset_ms(zone, same)
    while other - same > 1:
        middle = (same + other) // 2
        if _offset_ms(zone, middle) == offset_ms:
            same = middle
        else:
            other = middle
    return other


def _offset_ms(zone: tzinfo, moment_ms: int) -> int:
    offset = local(moment_ms, zone).utcoffset()
    return (offset or timedelta()) // _MILLISECOND
