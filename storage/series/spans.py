"""From the times of items that a `Selection` names to the nanoseconds of their points.

The rules of this file:

1. The point of an item without an id is its time: the span of its keys is exact.
2. The point of an item with an id is somewhere in the second of its time (`contract.stamping`). So the span is widened
   to whole seconds, and of the points in the first and the last second those outside the selection are left out
   afterwards, by the item's own time. Nothing of this is needed when both ends are whole seconds.
3. Ends beyond what an int64 of nanoseconds can tell (1677 to 2262) mean the ends of that range.
"""

from dataclasses import dataclass

from contract.stamping import NS_PER_MS, NS_PER_S
from storage.series.protocol import Selection

EARLIEST_NS = -(2**63) + 2
"""InfluxDB keeps the two below for itself."""
LATEST_NS = 2**63 - 2
MS_PER_S = 1_000
WIDE_MS = 10 * 366 * 86_400_000


@dataclass(frozen=True, slots=True)
class KeySpan:
    """Nanoseconds of points, the first included, the last excluded."""

    start_ns: int
    end_ns: int

    @property
    def is_empty(self) -> bool:
        """No point can be in it."""
        return self.start_ns >= self.end_ns


def key_span(selection: Selection) -> KeySpan:
    """Where the points of the selection are (rules 1 to 3)."""
    start_ms, end_ms = selection.start_ms, selection.end_ms
    if selection.kind.id_field:
        start_ms = None if start_ms is None else start_ms // MS_PER_S * MS_PER_S
        end_ms = None if end_ms is None else -(-end_ms // MS_PER_S) * MS_PER_S
    return KeySpan(
        EARLIEST_NS if start_ms is None else _within(start_ms * NS_PER_MS),
        LATEST_NS if end_ms is None else _within(end_ms * NS_PER_MS),
    )


def second_of(key_ns: int) -> KeySpan:
    """The whole second around a point."""
    start_ns = key_ns // NS_PER_S * NS_PER_S
    return KeySpan(start_ns, start_ns + NS_PER_S)


def cut_seconds(selection: Selection) -> list[KeySpan]:
    """Seconds of which only a part is selected: at most the first and the last; none for items without an id."""
    if selection.kind.id_field is None:
        return []
    ends = {end for end in (selection.start_ms, selection.end_ms) if end is not None and end % MS_PER_S}
    seconds = {end // MS_PER_S for end in ends}
    spans = [KeySpan(_within(second * NS_PER_S), _within((second + 1) * NS_PER_S)) for second in sorted(seconds)]
    return [span for span in spans if not span.is_empty]


def is_selected(selection: Selection, time_ms: int) -> bool:
    """Whether an item of this time is meant."""
    start_ms, end_ms = selection.start_ms, selection.end_ms
    return (start_ms is None or start_ms <= time_ms) and (end_ms is None or time_ms < end_ms)


def require_whole_seconds(selection: Selection) -> tuple[int, int]:
    """Both ends, milliseconds since 1970 UTC.

    Raises:
        ValueError: one is missing, or within a second.
    """
    start_ms, end_ms = selection.start_ms, selection.end_ms
    if start_ms is None or end_ms is None or start_ms % MS_PER_S or end_ms % MS_PER_S:
        raise ValueError("both ends must be there, and be whole seconds")
    return start_ms, end_ms


def bounds_ms(selection: Selection) -> tuple[int, int] | None:
    """Both ends, if there are both and they are not so far apart that one of them stands for none."""
    start_ms, end_ms = selection.start_ms, selection.end_ms
    if start_ms is None or end_ms is None or end_ms - start_ms > WIDE_MS:
        return None
    return start_ms, end_ms


def _within(key_ns: int) -> int:
    return max(EARLIEST_NS, min(LATEST_NS, key_ns))
