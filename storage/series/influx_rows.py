"""From InfluxDB's answers to the protocol's rows and buckets."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any

from contract.catalogue import Kind
from contract.daily import SOURCE_DEVICE
from contract.quantities import Operation
from contract.stamping import NS_PER_MS
from storage.series.form import FORM, read_form
from storage.series.influx_answers import Series
from storage.series.periods import Run, local
from storage.series.protocol import Bucket, Minute, Row
from storage.series.spans import second_of


def records(answer: Iterable[Series]) -> Iterator[dict[str, Any]]:
    """Rows by column, each with the tags of its group."""
    for series in answer:
        for values in series.values:
            yield series.tags | dict(zip(series.columns, values, strict=True))


def item_time_ms(record: dict[str, Any]) -> int:
    """The time of the item at a point: of an item with an id, its milliseconds are in the form."""
    key_ns = record["time"]
    if FORM in record:
        return second_of(key_ns).start_ns // NS_PER_MS + read_form(record[FORM])[0]
    return int(key_ns // NS_PER_MS)


def read_rows(kind: Kind, answer: Iterable[Series]) -> list[Row]:
    """The items at the points of an answer."""
    fields = {field.name: field for field in kind.fields}
    required = {field.name for field in kind.fields if field.required}
    found = []
    for record in records(answer):
        # Rule 2 of `storage.series.form`: all other optional values are stale.
        counted = required | read_form(record[FORM])[1] if kind.id_field else fields.keys()
        values = {
            name: float(value) if fields[name].is_number else value
            for name in fields
            if (value := record[name]) is not None and name in counted
        }
        found.append(Row(item_time_ms(record), record["time"], record.get("source_device", SOURCE_DEVICE), values))
    return found


def read_minutes(answer: Iterable[Series]) -> Iterator[Minute]:
    """The means of minutes."""
    for series in answer:
        for time_ns, mean in series.values:
            yield time_ns // NS_PER_MS, float(mean)


def read_buckets(operation: Operation, run: Run, answer: Iterable[Series], zone: tzinfo) -> Iterator[Bucket]:
    """The aggregates over the periods of a run."""
    for record in records(answer):
        value = record["value"]
        if value is None or (operation == "count" and not value):
            continue
        # Without grouping, the time of an aggregate says nothing of use.
        start_ms = run.start_ms if run.count == 1 else record["time"] // NS_PER_MS
        yield Bucket(local(start_ms, zone), float(value))
