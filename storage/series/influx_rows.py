"""From InfluxDB's answers to the protocol's rows and buckets."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    return [row for series in answer for row in _read_series(kind, series)]


def _read_series(kind: Kind, series: Series) -> Iterator[Row]:
    # A year of days has 365 rows of 60 columns: what all rows of a form share is looked up once.
    at = {column: place for place, column in enumerate(series.columns)}
    time_at, form_at, device_at = at["time"], at.get(FORM), at.get("source_device")
    readers: dict[str | None, _Reader] = {}
    for values in series.values:
        key_ns, form = values[time_at], None if form_at is None else values[form_at]
        reader = readers.get(form)
        if reader is None:
            reader = readers[form] = _reader(kind, at, form)
        device = SOURCE_DEVICE if device_at is None else values[device_at]
        yield Row(reader.time_ms(key_ns), key_ns, device, reader.values(values))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How to read rows of one form.

    Attributes:
        second_ms: milliseconds of the items' times within their second; None: the point itself is the time.
        numbers, texts: which fields count, and at which place they are.
    """

    second_ms: int | None
    numbers: Sequence[tuple[str, int]]
    texts: Sequence[tuple[str, int]]

    def time_ms(self, key_ns: int) -> int:
        if self.second_ms is None:
            return key_ns // NS_PER_MS
        return second_of(key_ns).start_ns // NS_PER_MS + self.second_ms

    def values(self, row: Sequence[Any]) -> dict[str, float | str]:
        found = {name: row[place] for name, place in self.texts if row[place] is not None}
        for name, place in self.numbers:
            if (value := row[place]) is not None:
                found[name] = float(value)
        return found


def _reader(kind: Kind, at: Mapping[str, int], form: str | None) -> _Reader:
    second_ms, fields = None, kind.fields
    if kind.id_field and form is not None:
        second_ms, named = read_form(form)
        # Rule 2 of `storage.series.form`: all other optional values are stale.
        fields = tuple(field for field in kind.fields if field.required or field.name in named)
    places = [(field, at[field.name]) for field in fields]
    return _Reader(
        second_ms,
        [(field.name, place) for field, place in places if field.is_number],
        [(field.name, place) for field, place in places if not field.is_number],
    )


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
