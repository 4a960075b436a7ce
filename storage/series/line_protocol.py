"""InfluxDB's line protocol: one line for each item, written by a function that is compiled once for each kind.

The rules of this file:

1. Measurement = kind. Two tags, in sorted order: `source_device`, `user_id`. Everything else is a field, item ids too:
   they would make a series for each item.
2. Numbers are floats (`150.0`), texts are quoted; fields that an item does not have are left out.
3. The timestamp is the point's nanosecond.
4. A number that is not one (an item made by hand, unchecked) makes a line that InfluxDB refuses.

The generated function is a loop with one `if` for each optional field. It takes 1.3 us a line for meals (six fields
and the form), 1.1 us for a track of three numbers, 1.8 us for one of seven, of which more than half is finding their
shortest decimal form; `influxdb_client.Point` takes ten times as much.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from contract.catalogue import Field, Kind
from contract.errors import WriteRefused
from contract.items import Item
from contract.stamping import StampedBatch
from storage.series.form import FORM, has_form
from storage.series.names import require_names

Encode = Callable[[str, Sequence[Item], Sequence[int], Sequence[int]], list[str]]
"""From the start of a line, items, times in milliseconds and keys in nanoseconds to lines."""

MAX_BODY_BYTES = 1_000_000
"""About 5000 lines, beyond which requests get no cheaper; far below what InfluxDB takes (25 MB; version 3: 10 MB)."""

_TAG_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})


def encode(batch: StampedBatch) -> list[str]:
    """The lines of a batch.

    Raises:
        WriteRefused: the device's or the user's name can't be a tag.
    """
    start = _line_start(batch.kind.name, batch.user_id, batch.source_device)
    return _encoder(batch.kind)(start, batch.items, batch.times_ms, batch.keys_ns)


def bodies(batches: Iterable[StampedBatch]) -> Iterator[bytes]:
    """The lines of all batches as requests of at most `MAX_BODY_BYTES`, or of one line that is longer.

    Raises:
        WriteRefused: a device's or user's name can't be a tag, or a text is not Unicode.
    """
    gathered: list[bytes] = []
    size = 0
    for batch in batches:
        for part in _parts(encode(batch)):
            if gathered and size + len(part) >= MAX_BODY_BYTES:
                yield b"\n".join(gathered)
                gathered, size = [], 0
            gathered.append(part)
            size += len(part) + 1
    if gathered:
        yield b"\n".join(gathered)


def _parts(lines: list[str]) -> list[bytes]:
    try:
        encoded = "\n".join(lines).encode()
    except UnicodeEncodeError:
        raise WriteRefused("a text is not Unicode: half a surrogate pair") from None
    if len(encoded) <= MAX_BODY_BYTES or len(lines) == 1:
        return [encoded] if lines else []
    middle = len(lines) // 2
    return _parts(lines[:middle]) + _parts(lines[middle:])


@lru_cache(maxsize=65_536)
def _line_start(kind: str, user_id: str, source_device: str) -> str:
    require_names(user_id, source_device)
    return f"{kind},source_device={source_device.translate(_TAG_ESCAPES)},user_id={user_id} "


@cache
def _encoder(kind: Kind) -> Encode:
    namespace = {"quotable": _quotable}
    exec(_source(kind), namespace)  # noqa: S102  # made of the catalogue's own names
    return namespace["encode"]  # type: ignore[return-value]


def _source(kind: Kind) -> str:
    """The encoder of a kind, as Python."""
    required = [field for field in kind.fields if field.required]
    optional = [field for field in kind.fields if not field.required]
    written = [_template(field, _reading(field)) for field in required]
    if has_form(kind) and not kind.id_field:
        written.append(f'{FORM}=""')
    lines = [
        "def encode(start, items, times_ms, keys_ns):",
        "    lines = []",
        "    for item, time_ms, key_ns in zip(items, times_ms, keys_ns, strict=True):",
        f"        line = f'{{start}}{','.join(written)}'",
    ]
    if kind.id_field:
        lines.append("        form = f'{time_ms % 1000}'")
    for field in optional:
        lines += [f"        value = item.{field.name}", "        if value is not None:"]
        lines.append(f"            line += f',{_template(field, 'value')}'")
        if kind.id_field:
            lines.append(f"            form += ' {field.name}'")
    end = f',{FORM}="{{form}}"' if kind.id_field else ""
    lines += [f"        lines.append(f'{{line}}{end} {{key_ns}}')", "    return lines"]
    return "\n".join(lines)


def _reading(field: Field) -> str:
    return f"item.{field.name}"


def _template(field: Field, value: str) -> str:
    """The part of an f-string that writes a field."""
    if field.is_number:
        return f"{field.name}={{{value}!r}}"
    if field.choices:
        return f'{field.name}="{{{value}}}"'
    return f'{field.name}="{{quotable({value})}}"'


def _quotable(text: str) -> str:
    if '"' in text or "\\" in text:
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text
