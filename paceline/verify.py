"""`paceline simulate verify`: holds the store against a simulation's own ledger."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contract.catalogue import CATALOGUE
from contract.stamping import NS_PER_S
from device_simulator.ledger import Entry
from storage.series.protocol import Row, Selection, SeriesStore

_QUERIES_IN_FLIGHT = 8
LISTED = 20
"""Missing batches that are listed unless all are wanted."""


@dataclass(frozen=True, slots=True)
class MissingBatch:
    """A batch of which the store lacks items.

    Attributes:
        entry: as the ledger has it.
        points: those that are not in the store, nanoseconds since 1970 UTC.
    """

    entry: Entry
    points: Sequence[int]

    def __str__(self) -> str:
        entry = self.entry
        said = "receipted" if entry.status else "acknowledged" if entry.acknowledged else "not acknowledged"
        return (
            f"{entry.kind} of {entry.user_id}: batch {entry.batch_id} ({said}) lacks "
            f"{len(self.points)} of {len(entry.points)} items"
        )


@dataclass(slots=True)
class Verdict:
    """What became of all that was published.

    Attributes:
        published, acknowledged, receipted: batches.
        items: of those batches, without the ones that receipts say were rejected.
        rejected: items that receipts say were rejected.
        stored: items that the store holds.
        missing: batches of which it lacks some.
        doubled: items that it holds more than once.
    """

    published: int = 0
    acknowledged: int = 0
    receipted: int = 0
    items: int = 0
    rejected: int = 0
    stored: int = 0
    missing: list[MissingBatch] = field(default_factory=list)
    doubled: int = 0

    @property
    def missing_items(self) -> int:
        """In all batches."""
        return sum(len(each.points) for each in self.missing)

    @property
    def is_good(self) -> bool:
        """All that was published is there, once."""
        return not self.missing and not self.doubled

    def lines(self, most: int | None = LISTED) -> list[str]:
        """For people; so many of the missing batches with their ids, or all."""
        counts = [
            ("published", self.published, "batches"),
            ("acknowledged", self.acknowledged, "batches"),
            ("receipted", self.receipted, "batches"),
            ("rejected", self.rejected, "items"),
            ("expected", self.items, "items"),
            ("stored", self.stored, "items"),
            ("missing", self.missing_items, "items"),
            ("doubled", self.doubled, "items"),
        ]
        lines = [f"{name:14}{count:>12,} {unit}" for name, count, unit in counts]
        listed = self.missing[:most]
        lines += [f"  {each}" for each in listed]
        if rest := len(self.missing) - len(listed):
            lines.append(f"  and {rest:,} more batches (--all lists them)")
        return lines


async def verify(entries: Sequence[Entry], store: SeriesStore) -> Verdict:
    """Look every item of a ledger up in a store.

    Raises:
        StoreUnavailable: the store can't answer now.
    """
    verdict = Verdict(
        published=len(entries),
        acknowledged=sum(entry.acknowledged for entry in entries),
        receipted=sum(entry.status is not None for entry in entries),
        items=sum(len(entry.expected) for entry in entries),
        rejected=sum(len(entry.points) - len(entry.expected) for entry in entries),
    )
    of_users: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        of_users[entry.user_id, entry.kind].append(entry)
    waiting = iter(of_users.values())
    async with asyncio.TaskGroup() as group:
        for _ in range(_QUERIES_IN_FLIGHT):
            group.create_task(_look_up(waiting, store, verdict))
    return verdict


async def _look_up(waiting: Iterable[list[Entry]], store: SeriesStore, verdict: Verdict) -> None:
    for entries in waiting:
        points = [point for entry in entries for point in entry.points]
        kind = CATALOGUE[entries[0].kind]
        # The point of an item with an id lies in the second of its time, anywhere.
        first_ms, beyond_ms = min(points) // NS_PER_S * 1000, (max(points) // NS_PER_S + 1) * 1000
        rows = await store.rows(Selection(kind, entries[0].user_id, first_ms, beyond_ms))
        _compare(entries, rows, kind.id_field, verdict)


def _compare(entries: Iterable[Entry], rows: Sequence[Row], id_field: str | None, verdict: Verdict) -> None:
    found = {(row.source_device, row.key_ns) for row in rows}
    for entry in entries:
        lacking = [point for point in entry.expected if (entry.source_device, point) not in found]
        verdict.stored += len(entry.expected) - len(lacking)
        if lacking:
            verdict.missing.append(MissingBatch(entry, lacking))
    named = Counter((row.source_device, row.values.get(id_field) if id_field else row.key_ns) for row in rows)
    verdict.doubled += sum(count - 1 for count in named.values())
