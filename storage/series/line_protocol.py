"""InfluxDB's line protocol: one line for each item, many of them at once.

The rules of this file:

1. Measurement = kind. Two tags, in sorted order: `source_device`, `user_id`. Everything else is a field, item ids too:
   they would make a series for each item.
2. Numbers are floats (`150.0`), texts are quoted; fields that an item does not have are left out.
3. The timestamp is the point's nanosecond.
4. A number that is not one (an item made by hand, unchecked) is refused.
5. Items of one kind keep their order, since of two values for one point the later counts.

Finding the shortest decimal form of a number and making a string of it is most of the work. So all values of some
hundred items are turned into JSON by one call, which writes numbers as line protocol wants them, and nearly all texts
too; cut at its commas, each column is a slice of the result. docs/performance.md says what a line costs;
`influxdb_client.Point` takes ten times as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain, repeat
from typing import Any

import msgspec
from msgspec.structs import astuple

from contract.catalogue import Field, Kind
from contract.errors import WriteRefused
from contract.items import Item
from contract.stamping import StampedBatch
from storage.series.form import FORM, has_form
from storage.series.names import require_names

MAX_BODY_BYTES = 1_000_000
"""About 4000 lines, beyond which requests get no cheaper; far below what InfluxDB takes (25 MB; version 3: 10 MB)."""

ITEMS_AT_ONCE = 300
"""Their values stay in the processor's cache from one step to the next."""

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def bodies(batches: Iterable[StampedBatch]) -> Iterator[bytes]:
    """The lines of all batches, kind by kind, as requests of at most `MAX_BODY_BYTES`, or of one larger portion.

    Raises:
        WriteRefused: a device's or user's name can't be a tag, a number is not finite, or a text is not Unicode.
    """
    waiting: list[bytes] = []
    size = 0
    for portion in _portions(batches):
        lines = _encoded(portion)
        if waiting and size + len(lines) >= MAX_BODY_BYTES:
            yield b"\n".join(waiting)
            waiting, size = [], 0
        waiting.append(lines)
        size += len(lines) + 1
    if waiting:
        yield b"\n".join(waiting)


def _portions(batches: Iterable[StampedBatch]) -> Iterator[list[StampedBatch]]:
    """Batches of one kind, so many that they have `ITEMS_AT_ONCE`."""
    by_kind: dict[Kind, list[StampedBatch]] = {}
    for batch in batches:
        if batch.items:
            by_kind.setdefault(batch.kind, []).append(batch)
    for alike in by_kind.values():
        portion: list[StampedBatch] = []
        items = 0
        for batch in alike:
            portion.append(batch)
            items += len(batch.items)
            if items >= ITEMS_AT_ONCE:
                yield portion
                portion, items = [], 0
        if portion:
            yield portion


def _encoded(portion: Sequence[StampedBatch]) -> bytes:
    try:
        return "\n".join(_lines(portion)).encode()
    except UnicodeEncodeError:
        raise WriteRefused("a text is not Unicode: half a surrogate pair") from None


def _line_start(kind: Kind, batch: StampedBatch) -> str:
    if kind.by_device:
        return _escaped_start(kind.name, batch.user_id, batch.source_device)
    require_names(batch.user_id, batch.source_device)
    return f"{kind.name},user_id={batch.user_id} "


@lru_cache(maxsize=65_536)
def _escaped_start(kind: str, user_id: str, source_device: str) -> str:
    require_names(user_id, source_device)
    return f"{kind},source_device={source_device.translate(_TAG_ESCAPES)},user_id={user_id} "


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of all items.

    Attributes:
        declared: the field.
        texts: as line protocol writes each value; `null` where an item does not have the field.
        missing: how many items don't have it.
    """

    declared: Field
    texts: Sequence[str]
    missing: int


def _lines(batches: Sequence[StampedBatch]) -> Iterable[str]:
    kind = batches[0].kind
    columns = _columns(kind, [item for batch in batches for item in batch.items])
    parts: list[Iterable[str]] = [
        [start for batch in batches for start in repeat(_line_start(kind, batch), len(batch.items))]
    ]
    separator = ""
    if has_form(kind) and not kind.id_field:
        parts.append(repeat(f'{FORM}=""'))
        separator = ","
    for column in columns:
        name = f"{separator}{column.declared.name}="
        separator = ","
        parts += [_where_there(name, column)] if column.missing else [repeat(name), column.texts]
    if kind.id_field:
        parts += _forms(batches, columns)
    parts += [repeat(" "), _numbers([key_ns for batch in batches for key_ns in batch.keys_ns])]
    return map("".join, zip(*parts, strict=False))  # repetitions have no end


def _where_there(name: str, column: _Column) -> list[str]:
    return [f"{name}{text}" if text != _NULL else "" for text in column.texts]


def _forms(batches: Sequence[StampedBatch], columns: Sequence[_Column]) -> list[Iterable[str]]:
    parts: list[Iterable[str]] = [
        repeat(f',{FORM}="'),
        _numbers([time_ms % 1_000 for batch in batches for time_ms in batch.times_ms]),
    ]
    for column in columns:
        name = f" {column.declared.name}"
        if column.missing:
            parts.append([name if text != _NULL else "" for text in column.texts])
        elif not column.declared.required:
            parts.append(repeat(name))
    return [*parts, repeat('"')]


def _columns(kind: Kind, items: Sequence[Item]) -> list[_Column]:
    """The fields that some of the items have; required ones first, so that a line never begins with a comma."""
    values = list(chain.from_iterable(map(astuple, items)))
    names = list(kind.item.__struct_fields__)
    for at in reversed(range(len(names))):
        if kind.field(names[at]) is None or _is_empty(values, at, len(names)):
            del values[at :: len(names)], names[at]
    texts, has_gaps = _texts(values)
    columns = []
    for declared in _ordered(kind):
        if declared.name in names:
            at, step = names.index(declared.name), len(names)
            column = texts[at::step]
            missing = column.count(_NULL) if has_gaps else 0
            if missing and missing != values[at::step].count(None):
                raise WriteRefused("a number is not finite")
            columns.append(_Column(declared, column, missing))
    return columns


def _is_empty(values: Sequence[Any], at: int, step: int) -> bool:
    return values[at] is None and values[at::step].count(None) * step == len(values)


def _texts(values: Sequence[Any]) -> tuple[list[str], bool]:
    """How line protocol writes each value, None and what is not finite as `null`; and whether there may be such."""
    together = _to_json(values)
    # JSON escapes control characters, which line protocol does not.
    texts = together[1:-1].decode().split(",") if b"\\" not in together else []
    if len(texts) == len(values):
        return texts, b"null" in together
    # A text has a comma, a quote, a backslash or a control character: texts are written one by one.
    numbers = _numbers([None if isinstance(value, str) else value for value in values])
    pairs = zip(values, numbers, strict=True)
    return [_quoted(value) if isinstance(value, str) else number for value, number in pairs], True


def _numbers(values: Sequence[float | None]) -> list[str]:
    return _to_json(values)[1:-1].decode().split(",")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@cache
def _ordered(kind: Kind) -> list[Field]:
    return sorted(kind.fields, key=lambda declared: not declared.required)


_NULL = "null"
_to_json = msgspec.json.Encoder().encode
