"""`paceline simulate verify`: holds the store against a simulation's own ledger."""

import asyncio
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from contract.catalogue import CATALOGUE
from contract.stamping import NS_PER_S
from device_simulator.ledger_reader import Entry
from storage.series.protocol import Row, Selection, SeriesStore

_QUERIES_IN_FLIGHT = 8
_PORTION = 20_000
_FAR_NS = 24 * 3_600 * NS_PER_S
"""Between batches that are so far from each other, many may lie that are not looked for."""
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
        missing_items: those that it lacks.
        missing_batches: batches of which it lacks some.
        missing: those batches, or the first of them.
        doubled: items that it holds more than once.
    """

    published: int = 0
    acknowledged: int = 0
    receipted: int = 0
    items: int = 0
    rejected: int = 0
    stored: int = 0
    missing_items: int = 0
    missing_batches: int = 0
    missing: list[MissingBatch] = field(default_factory=list)
    doubled: int = 0

    def count(self, entry: Entry, expected: int, lacking: int) -> None:
        """One more batch, of which so many items must be in the store, and so many are not."""
        self.published += 1
        self.acknowledged += entry.acknowledged
        self.receipted += entry.status is not None
        self.items += expected
        self.rejected += len(entry.points) - expected
        self.stored += expected - lacking
        self.missing_items += lacking
        self.missing_batches += lacking > 0

    @property
    def is_good(self) -> bool:
        """All that was published is there, once."""
        return not self.missing_batches and not self.doubled

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
        if rest := self.missing_batches - len(listed):
            lines.append(f"  and {rest:,} more batches (--all lists them)")
        return lines


async def verify(
    ledgers: Iterable[Sequence[Entry]], store: SeriesStore, *, listed: int | None = None, portion: int = _PORTION
) -> Verdict:
    """Look every item of some ledgers up in a store.

    Args:
        ledgers: the batches of each.
        store: that should have them.
        listed: most missing batches that are kept in the verdict; None: all.
        portion: items that are looked up at a time, and rather more than fewer.

    Raises:
        StoreUnavailable: the store can't answer now.
    """
    verdict = Verdict()
    batches = _Batches(list(ledgers))
    waiting = batches.portions(portion)
    async with asyncio.TaskGroup() as group:
        for _ in range(_QUERIES_IN_FLIGHT):
            group.create_task(_look_up(waiting, store, verdict, listed))
    return verdict


class _Batches:
    """Those of some ledgers, by user and kind: where they are, since all of them may be more than memory holds."""

    def __init__(self, ledgers: Sequence[Sequence[Entry]]) -> None:
        self._ledgers = ledgers
        self._of_users: defaultdict[tuple[str, str], list[array[int]]] = defaultdict(
            lambda: [array("Q") for _ in ledgers]
        )
        for number, ledger in enumerate(ledgers):
            for place, entry in enumerate(ledger):
                self._of_users[entry.user_id, entry.kind][number].append(place)

    def portions(self, most: int) -> Iterator[list[Entry]]:
        """Some batches of one user and kind at a time, near each other in time."""
        for (_, kind), places in self._of_users.items():
            entries = (ledger[place] for ledger, those in zip(self._ledgers, places, strict=True) for place in those)
            # Two points of one item may be anywhere, so items with an id are looked at together; nobody has many.
            yield from [list(entries)] if CATALOGUE[kind].id_field else _near(entries, most)


def _near(entries: Iterable[Entry], most: int) -> Iterator[list[Entry]]:
    some: list[Entry] = []
    items = last = 0
    for entry in entries:
        if some and (items >= most or abs(entry.points[0] - last) > _FAR_NS):
            yield some
            some, items = [], 0
        some.append(entry)
        items, last = items + len(entry.points), entry.points[0]
    if some:
        yield some


async def _look_up(waiting: Iterable[list[Entry]], store: SeriesStore, verdict: Verdict, listed: int | None) -> None:
    for entries in waiting:
        points = [point for entry in entries for point in entry.points]
        kind = CATALOGUE[entries[0].kind]
        # The point of an item with an id lies in the second of its time, anywhere.
        first_ms, beyond_ms = min(points) // NS_PER_S * 1000, (max(points) // NS_PER_S + 1) * 1000
        rows = await store.rows(Selection(kind, entries[0].user_id, first_ms, beyond_ms))
        _compare(entries, rows, kind.id_field, verdict, listed)


def _compare(
    entries: Iterable[Entry], rows: Sequence[Row], id_field: str | None, verdict: Verdict, listed: int | None
) -> None:
    found = {(row.source_device, row.key_ns) for row in rows}
    for entry in entries:
        expected = entry.expected
        lacking = [point for point in expected if (entry.source_device, point) not in found]
        verdict.count(entry, len(expected), len(lacking))
        if lacking and (listed is None or len(verdict.missing) < listed):
            verdict.missing.append(MissingBatch(entry, lacking))
    named = Counter((row.source_device, row.values.get(id_field) if id_field else row.key_ns) for row in rows)
    verdict.doubled += sum(count - 1 for count in named.values())
