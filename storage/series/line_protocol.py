"""InfluxDB's line protocol: one line for each item, written column by column.

The rules of this file:

1. Measurement = kind. Two tags, in sorted order: `source_device`, `user_id`; the summaries of days have the user only.
   Everything else is a field, item ids too: they would make a series for each item.
2. Numbers are floats (`150.0`), texts are quoted; fields that an item does not have are left out.
3. The timestamp is the point's nanosecond.
4. A number that is not one (an item made by hand, unchecked) is refused.
5. Items of one kind are written together: one template serves all their lines, and each field's values are turned into
   text at once. Where only some items have a field, its column holds the field with its comma and name, or nothing.
   Items of one kind keep their order, since of two values for one point the later counts.

Finding the shortest decimal form of a number is the largest part of the work; msgspec does that for a whole column in a
third of the time that `repr` takes for each. docs/performance.md says what a line costs; `influxdb_client.Point` takes
ten times as much.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec

from contract.catalogue import Field, Kind
from contract.errors import WriteRefused
from contract.items import Item
from contract.stamping import StampedBatch
from storage.series.form import FORM, has_form
from storage.series.names import require_names

MAX_BODY_BYTES = 1_000_000
"""About 4000 lines, beyond which requests get no cheaper; far below what InfluxDB takes (25 MB; version 3: 10 MB)."""

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def encode(batches: Iterable[StampedBatch]) -> list[str]:
    """The lines of all batches, kind by kind.

    Raises:
        WriteRefused: a device's or a user's name can't be a tag, or a number is not finite.
    """
    by_kind: dict[Kind, list[StampedBatch]] = {}
    for batch in batches:
        if batch.items:
            by_kind.setdefault(batch.kind, []).append(batch)
    return [line for kind, alike in by_kind.items() for line in _lines(kind, alike)]


def bodies(batches: Iterable[StampedBatch]) -> Iterator[bytes]:
    """The lines of all batches as requests of at most `MAX_BODY_BYTES`, or of one line that is longer.

    Raises:
        WriteRefused: a device's or user's name can't be a tag, a number is not finite, or a text is not Unicode.
    """
    yield from _parts(encode(batches))


def _parts(lines: list[str]) -> list[bytes]:
    try:
        encoded = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise WriteRefused("a text is not Unicode: half a surrogate pair") from None
    if len(encoded) <= MAX_BODY_BYTES or len(lines) == 1:
        return [encoded] if lines else []
    middle = len(lines) // 2
    return _parts(lines[:middle]) + _parts(lines[middle:])


def _line_start(kind: Kind, batch: StampedBatch) -> str:
    if kind.by_device:
        return _escaped_start(kind.name, batch.user_id, batch.source_device)
    require_names(batch.user_id, batch.source_device)
    return f"{kind.name},user_id={batch.user_id} "


@lru_cache(maxsize=65_536)
def _escaped_start(kind: str, user_id: str, source_device: str) -> str:
    require_names(user_id, source_device)
    return f"{kind},source_device={source_device.translate(_TAG_ESCAPES)},user_id={user_id} "


@dataclass(slots=True)
class _Pattern:
    """A template and the columns that fill it, one row a line."""

    template: str = ""
    columns: list[Sequence[str | int]] = field(default_factory=list)

    def add(self, template: str, *columns: Sequence[str | int]) -> None:
        self.template += template
        self.columns += columns

    def lines(self) -> Iterable[str]:
        return map(self.template.__mod__, zip(*self.columns, strict=True))


def _lines(kind: Kind, batches: Sequence[StampedBatch]) -> Iterable[str]:
    items = [item for batch in batches for item in batch.items]
    line, form = _Pattern(), _Pattern()
    line.add("%s", [start for batch in batches for start in repeat(_line_start(kind, batch), len(batch.items))])
    if has_form(kind) and not kind.id_field:
        line.add(f'{FORM}=""')
    separator = "" if line.template == "%s" else ","
    for declared, read in _readers(kind):
        values = list(map(read, items))
        texts, missing = _texts(declared, values)
        name = f"{separator}{declared.name}="
        separator = ","
        if not missing:
            line.add(f"{name}%s", texts)
            form.add(f" {declared.name}" if not declared.required else "")
        elif missing < len(values):
            there = [value is not None for value in values]
            line.add("%s", [f"{name}{text}" if has else "" for text, has in zip(texts, there, strict=True)])
            form.add("%s", [f" {declared.name}" if has else "" for has in there])
    if kind.id_field:
        milliseconds = [time_ms % 1_000 for batch in batches for time_ms in batch.times_ms]
        line.add(f',{FORM}="%d{form.template}"', milliseconds, *form.columns)
    line.add(" %d", [key_ns for batch in batches for key_ns in batch.keys_ns])
    return line.lines()


def _texts(declared: Field, values: Sequence[Any]) -> tuple[list[str], int]:
    """How each value is written, and how many values are missing; what stands for those is of no use."""
    if not declared.is_number:
        missing = values.count(None)
        return _quoted([value or "" for value in values] if missing else values), missing
    written = _to_json(values)
    missing = written.count(b"null")
    if missing and missing != values.count(None):
        raise WriteRefused("a number is not finite")
    return written[1:-1].decode().split(","), missing


def _quoted(texts: Sequence[str]) -> list[str]:
    together = "".join(texts)
    if '"' in together or "\\" in together:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return [f'"{text}"' for text in texts]


@cache
def _readers(kind: Kind) -> list[tuple[Field, Callable[[Item], Any]]]:
    """Each field and how it is read from an item; required ones first, so that a line never begins with a comma."""
    ordered = sorted(kind.fields, key=lambda declared: not declared.required)
    return [(declared, attrgetter(declared.name)) for declared in ordered]


_to_json = msgspec.json.Encoder().encode
