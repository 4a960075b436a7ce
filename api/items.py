"""Stored items as they go out: each field as it was sent, its time, and the device that it came from."""

from collections.abc import Iterable
from typing import Any

from api.moments import rfc3339
from contract.catalogue import Kind
from storage.series.protocol import Row


def item_of(kind: Kind, row: Row) -> dict[str, Any]:
    """One item for JSON, its fields in the order of their declaration."""
    fields = {field.name: _plain(row.values[field.name]) for field in kind.fields if field.name in row.values}
    return {**fields, "timestamp": rfc3339(row.time_ms), "source_device": row.source_device}


def newest_first(rows: Iterable[Row]) -> list[Row]:
    """By the items' times. A store orders by points, which for items with an id is exact to the second only."""
    return sorted(rows, key=lambda row: row.time_ms, reverse=True)


def _plain(value: float | str) -> float | str:
    # Stores keep every number as a float; 150 went in, so 150 comes out.
    return int(value) if isinstance(value, float) and value.is_integer() else value
