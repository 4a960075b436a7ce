"""Which point an item is: its time to the millisecond, and its key to the nanosecond.

The rules of this file:

1. An item's time is its own `timestamp`, else the batch's timestamp plus its `time`, else the batch's; kept to the
   millisecond, rounded down, so that no item leaves its day. (Text beyond the microsecond is rounded as it is read.)
2. A point's key is (kind, user, source device, nanosecond). An item without an id (a sample) is at its time.
3. An item with an id is at the second of its time plus an offset below one second, the CRC-32 of its id modulo 10^9.
   So the same item sent again, alone or with others, is the same point, and two items at one time are two.
4. Two items of one batch that meet all the same (about 5 in 10^8 batches of ten) are moved apart in the order of
   their ids, to the next free place of the same second.
5. A time more than a day ahead of the clock, or older than the retention of its kind, is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from zlib import crc32

from msgspec import Struct

from contract.catalogue import Kind
from contract.items import Item

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
DAY_MS = 86_400_000
MAX_AHEAD_MS = DAY_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """How long items are kept, in days.

    Attributes:
        most: those of kinds that are not named.
        by_kind: those of kinds that are named.
    """

    most: int
    by_kind: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The span in which items are accepted, both ends included.

    Attributes:
        oldest_ms: of kinds that are not named below, milliseconds since 1970 UTC.
        newest_ms: of all kinds, likewise.
        oldest_ms_by_kind: where the span begins at another time for a kind, likewise.
    """

    oldest_ms: int
    newest_ms: int
    oldest_ms_by_kind: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def at(cls, now_ms: int, retention_days: "int | RetentionDays") -> "Horizon":
        """From the end of the retention to a day ahead of the clock."""
        kept = retention_days if isinstance(retention_days, RetentionDays) else RetentionDays(retention_days)
        by_kind = {kind: now_ms - days * DAY_MS for kind, days in kept.by_kind.items()}
        return cls(now_ms - kept.most * DAY_MS, now_ms + MAX_AHEAD_MS, by_kind)

    def oldest_of(self, kind: Kind) -> int:
        """The earliest time of a kind that is accepted, milliseconds since 1970 UTC."""
        return self.oldest_ms_by_kind.get(kind.name, self.oldest_ms)

    def complaint(self, kind: Kind, time_ms: int) -> str | None:
        """Why an item of this time is refused, or None."""
        if time_ms > self.newest_ms:
            return "is more than 24 hours ahead of the server's clock"
        if time_ms < self.oldest_of(kind):
            return "is older than the data of this kind that this installation keeps"
        return None


class StampedBatch(Struct, frozen=True, eq=False, gc=False):
    """Items of one batch, each with its point: what a store writes.

    Attributes:
        kind: of all the items.
        user_id: whose they are.
        source_device: which device measured them.
        items: in the order of the batch.
        indexes: each item's position in the batch as it was published.
        times_ms: each item's time, milliseconds since 1970 UTC.
        keys_ns: each item's point, nanoseconds since 1970 UTC.
    """

    kind: Kind
    user_id: str
    source_device: str
    items: Sequence[Item]
    indexes: Sequence[int]
    times_ms: Sequence[int]
    keys_ns: Sequence[int]

    def only(self, positions: Sequence[int]) -> "StampedBatch":
        """The same batch with the items at these positions only, each at its own point still."""
        return StampedBatch(
            self.kind,
            self.user_id,
            self.source_device,
            [self.items[at] for at in positions],
            [self.indexes[at] for at in positions],
            [self.times_ms[at] for at in positions],
            [self.keys_ns[at] for at in positions],
        )


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC, rounded down; exact, where `timestamp()` would round a float."""
    return (moment - _EPOCH) // _MILLISECOND


def item_times_ms(items: Sequence[Item], batch_ms: int) -> list[int]:
    """Rule 1 for all items of a batch: milliseconds since 1970 UTC."""
    # The grace makes 1.001 s, a float just below, 1001 ms.
    return [
        epoch_ms(item.timestamp)
        if item.timestamp is not None
        else batch_ms
        if item.time is None
        else batch_ms + int(item.time * 1_000 + 1e-6)
        for item in items
    ]


def keys_ns(kind: Kind, items: Sequence[Item], times_ms: Sequence[int]) -> list[int]:
    """Rules 2 to 4: each item's point, nanoseconds since 1970 UTC."""
    if kind.id_field is None:
        return [time_ms * NS_PER_MS for time_ms in times_ms]
    ids = list(map(attrgetter(kind.id_field), items))
    hashes = map(crc32, map(str.encode, ids))
    keys = [time_ms // 1_000 * NS_PER_S + hashed % NS_PER_S for time_ms, hashed in zip(times_ms, hashes, strict=True)]
    if len(set(keys)) < len(keys):
        return _moved_apart(ids, keys)
    return keys


def _moved_apart(ids: Sequence[str], keys: Sequence[int]) -> list[int]:
    """Rule 4. The same id at the same second is one item said twice, and stays one point."""
    placed: dict[tuple[int, str], int] = {}
    taken: set[int] = set()
    for key, item_id in sorted(set(zip(keys, ids, strict=True)), key=lambda pair: pair[1]):
        second, offset = divmod(key, NS_PER_S)
        while second * NS_PER_S + offset in taken:
            offset = (offset + 1) % NS_PER_S
        placed[key, item_id] = second * NS_PER_S + offset
        taken.add(placed[key, item_id])
    return [placed[pair] for pair in zip(keys, ids, strict=True)]
