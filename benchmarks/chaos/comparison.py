"""What devices hold receipts for, against what the database has.

An item with an id is told by its id, a sample by its millisecond. Nothing of this comes from the code under test but
the store's `rows`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.chaos.batches import IDS
from benchmarks.chaos.journal import Answer, Entry, Intent
from storage.series.protocol import Row

Name = str | int
"""An item's id, or a sample's milliseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Said:
    """One item as a device said it last.

    Attributes:
        time_ms: its time, milliseconds since 1970 UTC.
        values: its fields.
        before: values of earlier versions, oldest first.
    """

    time_ms: int
    values: Mapping[str, Any]
    before: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Held:
    """What one device holds receipts for.

    Attributes:
        items: by kind and name.
        unanswered: batches that never got a receipt.
        refused: batches of which something was rejected.
    """

    items: dict[str, dict[Name, Said]] = field(default_factory=lambda: defaultdict(dict))
    unanswered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Finding:
    """The outcome for one user, or the sum for many.

    Attributes:
        receipted_items: items that a device holds a receipt for.
        missing: of these, not in the database.
        doubled: points that no item accounts for.
        changed: items whose point has another time, or other values than the receipted ones.
        unanswered: batches that never got a receipt.
        refused: batches of good items of which something was rejected.
        details: the first of them, in words.
    """

    receipted_items: int = 0
    missing: int = 0
    doubled: int = 0
    changed: int = 0
    unanswered: int = 0
    refused: int = 0
    details: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """The promise was kept."""
        return not (self.missing or self.doubled or self.changed or self.unanswered or self.refused)

    def add(self, other: "Finding") -> None:
        """Take up another one."""
        for name in ("receipted_items", "missing", "doubled", "changed", "unanswered", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.details = [*self.details, *other.details][:MOST_DETAILS]


MOST_DETAILS = 20


def read_held(entries: Iterable[Entry]) -> Held:
    """What a journal amounts to."""
    held, intents = Held(), {}
    for entry in entries:
        if isinstance(entry, Intent):
            intents[entry.batch_id] = entry
        elif intent := intents.pop(entry.batch_id, None):
            _take(held, intent, entry)
    held.unanswered = list(intents)
    return held


def _take(held: Held, intent: Intent, answer: Answer) -> None:
    if not answer.complete:
        held.refused.append(intent.batch_id)
        return
    items = held.items[intent.kind]
    for item in intent.items:
        time_ms = _time_ms(intent.body["timestamp"], item)
        values = {name: value for name, value in item.items() if name not in {"timestamp", "time"}}
        name = item[IDS[intent.kind]] if intent.kind in IDS else time_ms
        earlier = items.get(name)
        items[name] = Said(time_ms, values, (*earlier.before, earlier.values) if earlier else ())


def _time_ms(timestamp: str, item: Mapping[str, Any]) -> int:
    own: str = item.get("timestamp", timestamp)
    offset_s: float = item.get("time", 0)
    return round(datetime.fromisoformat(own).timestamp() * 1_000) + round(offset_s * 1_000)


def compare(user_id: str, held: Held, found: Mapping[str, Sequence[Row]]) -> Finding:
    """One user's finding.

    Args:
        user_id: for the details.
        held: what the device holds.
        found: all rows of the user, by kind.
    """
    finding = Finding(unanswered=len(held.unanswered), refused=len(held.refused))
    finding.details = [f"{user_id} {batch_id}: no receipt ever came" for batch_id in held.unanswered]
    finding.details += [f"{user_id} {batch_id}: rejected" for batch_id in held.refused]
    for kind in held.items.keys() | found.keys():
        _compare_kind(f"{user_id} {kind}", kind, held.items.get(kind, {}), found.get(kind, ()), finding)
    return finding


def _compare_kind(where: str, kind: str, said: Mapping[Name, Said], rows: Sequence[Row], finding: Finding) -> None:
    by_name: defaultdict[Name, list[Row]] = defaultdict(list)
    for row in rows:
        by_name[str(row.values.get(IDS[kind])) if kind in IDS else row.time_ms].append(row)
    finding.receipted_items += len(said)
    finding.missing += len(said.keys() - by_name.keys())
    finding.details += [f"{where} {name}: missing" for name in said.keys() - by_name.keys()]
    for name, points in by_name.items():
        item = said.get(name)
        extra = len(points) - (item is not None)
        if extra:
            finding.doubled += extra
            finding.details.append(f"{where} {name}: {extra} points too many")
        if item and not any(point.time_ms == item.time_ms and point.values == item.values for point in points):
            finding.changed += 1
            finding.details.append(f"{where} {name}: {_difference(item, points[0])}")


def _difference(item: Said, point: Row) -> str:
    if point.values in item.before:
        return f"has version {item.before.index(point.values)} of {len(item.before)}, counted from 0"
    return f"said {dict(item.values)} at {item.time_ms}, found {point.values} at {point.time_ms}"
