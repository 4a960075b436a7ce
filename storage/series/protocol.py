"""What every series store can do. Two stores do it: InfluxDB and the embedded one.

A store keeps points. A point is what `contract.stamping` says: (kind, user, source device, nanosecond). Writing a
point that exists changes it, so a write may be repeated without harm:

- An item with an id is replaced as a whole: fields that its correction leaves out are gone.
- A sample (an item without an id) is joined with what its moment already holds: newer values win, others stay. So a
  device may send heart rate and position of one moment in two batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Literal, Protocol

from contract.catalogue import Kind
from contract.quantities import Operation
from contract.stamping import StampedBatch

Period = Literal["hour", "day", "week"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which points are meant.

    Attributes:
        kind: of measurement.
        user_id: whose.
        start_ms: earliest time of an item, milliseconds since 1970 UTC, included; None: since ever.
        end_ms: first time beyond, excluded; None: without end.
        source_device: only this device's; None: all.
    """

    kind: Kind
    user_id: str
    start_ms: int | None = None
    end_ms: int | None = None
    source_device: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One stored item.

    Attributes:
        time_ms: the item's time, milliseconds since 1970 UTC.
        key_ns: the nanosecond of its point.
        source_device: which device measured it.
        values: its fields by name, numbers as floats; those it does not have are absent.
    """

    time_ms: int
    key_ns: int
    source_device: str
    values: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bucket:
    """An aggregate over one calendar hour, day or week (from Monday) in a time zone.

    Attributes:
        start: the bucket's first moment, in the zone asked for.
        value: the aggregate; a bucket without values is not listed.
    """

    start: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Question:
    """One number that is to be made of a kind's items, period by period.

    Attributes:
        selection: of which items.
        field: a number of theirs; None, with the operation `count`: the items themselves.
        operation: how the values of a period become one.
        where: only items whose field of this name has this text count.
    """

    selection: Selection
    field: str | None
    operation: Operation
    where: tuple[str, str] | None = None


Minute = tuple[int, float]
"""Where a minute begins, milliseconds since 1970 UTC, and the mean of its values."""


class SeriesStore(Protocol):
    """Keeps telemetry, and the summaries of days (`contract.daily`).

    All calls raise `contract.errors.StoreUnavailable` when the store can't answer now.
    """

    async def setup(self) -> None:
        """Make what the store needs (database, retention, tables); harmless when it is there already."""

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        """Store all items, or raise. When it returns, they are on disk.

        Raises:
            StoreUnavailable: nothing may be assumed; write again.
            WriteRefused: at least one point can never be stored; others of the same call may have been.
        """

    async def rows(
        self, selection: Selection, *, limit: int | None = None, offset: int = 0, newest_first: bool = False
    ) -> list[Row]:
        """Stored items in the order of their points' nanoseconds."""

    async def count(self, selection: Selection) -> int:
        """How many items `rows` would list without a limit."""

    async def buckets(
        self, selection: Selection, field: str, operation: Operation, period: Period, zone: tzinfo
    ) -> list[Bucket]:
        """Aggregate one number over calendar hours, days or weeks of a zone; days may have 23 or 25 hours."""

    async def figures(self, questions: Sequence[Question], period: Period, zone: tzinfo) -> list[list[Bucket]]:
        """The buckets of each question, all asked at once; the selections have both ends, and those are whole seconds.

        Raises:
            ValueError: a selection has not.
        """

    async def minutes(self, asked: Sequence[tuple[Selection, str]]) -> list[list[Minute]]:
        """Of each (selection, field) the mean of every minute of UTC that has values; of kinds without ids only."""

    async def last_seen(self, user_id: str) -> dict[str, int]:
        """Time of the newest item of each source device, of all kinds, milliseconds since 1970 UTC."""

    async def delete(self, selection: Selection) -> None:
        """Remove the selected summaries of days; harmless when there is none.

        Raises:
            Misconfigured: InfluxDB 3 can't delete points.
            ValueError: items of devices are meant.
        """

    async def delete_user(self, user_id: str) -> None:
        """Remove every point of a user, of all kinds; harmless when there is none."""

    async def expire(self, before_ms: int) -> None:
        """Remove points older than this, milliseconds since 1970 UTC, in a store that doesn't do so by itself."""

    async def delete_before(self, kind: Kind, before_ms: int) -> None:
        """Remove everybody's points of a kind before the second of this time; harmless to repeat, or to do twice.

        Writes go on meanwhile. What had to be removed and was not when this raises is removed by the next call.

        Args:
            kind: of measurement.
            before_ms: milliseconds since 1970 UTC.

        Raises:
            Misconfigured: InfluxDB 3 can't delete points.
        """

    async def close(self) -> None:
        """Let go of connections and files."""
