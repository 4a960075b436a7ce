"""What a store must hold after some writes, in plain Python: the reference that the stores are compared with."""

from collections.abc import Iterable
from typing import Any

from contract.catalogue import Kind
from contract.stamping import StampedBatch
from storage.series.protocol import Row, Selection

Values = dict[str, Any]


class Ledger:
    """Points by kind, user, device and nanosecond."""

    def __init__(self, batches: Iterable[StampedBatch] = ()) -> None:
        self._points: dict[tuple[str, str, str, int], tuple[int, Values]] = {}
        for batch in batches:
            self.add(batch)

    def add(self, batch: StampedBatch) -> None:
        """Items with ids replace, samples are joined."""
        for item, time_ms, key_ns in zip(batch.items, batch.times_ms, batch.keys_ns, strict=True):
            point = (batch.kind.name, batch.user_id, batch.source_device, key_ns)
            values = values_of(batch.kind, item)
            if batch.kind.id_field is None and point in self._points:
                values = self._points[point][1] | values
            self._points[point] = (time_ms, values)

    def rows(self, selection: Selection) -> list[Row]:
        """As a store's `rows`, by nanosecond and device."""
        found = [
            Row(time_ms, key_ns, device, values)
            for (kind, user, device, key_ns), (time_ms, values) in self._points.items()
            if (kind, user) == (selection.kind.name, selection.user_id) and _is_meant(selection, device, time_ms)
        ]
        return in_order(found)


def _is_meant(selection: Selection, device: str, time_ms: int) -> bool:
    return (
        (selection.source_device is None or selection.source_device == device)
        and (selection.start_ms is None or selection.start_ms <= time_ms)
        and (selection.end_ms is None or time_ms < selection.end_ms)
    )


def values_of(kind: Kind, item: Any) -> Values:
    """The fields that an item has."""
    found = {field.name: getattr(item, field.name) for field in kind.fields}
    return {name: value for name, value in found.items() if value is not None}


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By nanosecond; of one nanosecond, by device, which the protocol leaves open."""
    return sorted(rows, key=lambda row: (row.key_ns, row.source_device))
