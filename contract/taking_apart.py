"""Taking a batch apart: for those in which something is wrong, so that the right items are kept.

Slower than `contract.reading`'s one pass, and only used when that fails. A reason says what was expected; it never
repeats a value, since reasons go into logs and records.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from contract.catalogue import Kind
from contract.decoding import decoded
from contract.envelope import MAX_BATCH_ID, MAX_ITEMS, Batch, BatchId
from contract.errors import BatchRejected
from contract.items import MAX_TIME_OFFSET_S, Item
from contract.receipts import Ignored, Rejection

MAX_IGNORED = 100
"""So many unknown fields are told at most: a receipt must fit into a message, whatever a device sends."""


class Parts(Struct, eq=False, gc=False):
    """A batch with the items that could be read, and what is to be said about the others.

    Attributes:
        batch: the envelope, with the good items only.
        indexes: the position of each good item in the batch as published.
        rejected: the bad items.
        ignored: fields that the contract does not know, as many as are told.
    """

    batch: Batch[Any]
    indexes: Sequence[int]
    rejected: list[Rejection] = []
    ignored: list[Ignored] = []


def take_apart(kind: Kind, payload: bytes) -> Parts:
    """Read the envelope, then each item on its own.

    Raises:
        BatchRejected: it has no envelope or no list of items.
    """
    try:
        return _take_apart(kind, _decode_object(payload))
    except RecursionError:
        raise BatchRejected("not a batch: nested too deeply") from None


def _take_apart(kind: Kind, raw: dict[str, Any]) -> Parts:
    raw_items = raw.pop("items", None)
    batch_id = _readable_batch_id(raw)
    ignored = [Ignored(None, _cut(name)) for name in _unknown(raw, Batch.__struct_fields__)]
    parts = Parts(_read_envelope(raw, batch_id), [], [], ignored)
    if not isinstance(raw_items, list) or not 1 <= len(raw_items) <= MAX_ITEMS:
        raise BatchRejected(f"must be a list of 1 to {MAX_ITEMS}", field="items", batch_id=batch_id)
    indexes: list[int] = []
    for index, raw_item in enumerate(raw_items):
        item = _read_item(kind, index, raw_item, parts)
        if item is not None:
            parts.batch.items.append(item)
            indexes.append(index)
    parts.indexes = indexes
    del parts.ignored[MAX_IGNORED:]
    return parts


def find_batch_id(payload: bytes) -> str | None:
    """The id of a batch that can't be used for another reason, so that its receipt can name it."""
    try:
        return decoded(_identified, payload).batch_id
    except msgspec.MsgspecError:
        return None


class _Identified(Struct):
    batch_id: BatchId | None = None


_identified = msgspec.json.Decoder(_Identified)


def _decode_object(payload: bytes) -> dict[str, Any]:
    # The standard library's reader, since it takes NaN and 1e999 as numbers: their items alone are rejected then. So
    # are those with an integer of more digits than Python reads, which as a float is infinite.
    try:
        raw = json.loads(payload.decode(), parse_int=float)
    except UnicodeDecodeError:
        raise BatchRejected("not UTF-8") from None
    except ValueError:
        raise BatchRejected("not JSON") from None
    if not isinstance(raw, dict):
        raise BatchRejected("not a batch: expected a JSON object")
    if not _is_unicode({name: raw[name] for name in raw if name != "items"}):
        raise BatchRejected("not Unicode: half a surrogate pair")
    return raw


def _readable_batch_id(raw: Mapping[str, Any]) -> str | None:
    batch_id = raw.get("batch_id")
    return batch_id if isinstance(batch_id, str) and 1 <= len(batch_id) <= MAX_BATCH_ID else None


def _is_unicode(raw: Any) -> bool:
    """Whether no text in it has half a surrogate pair, which JSON can spell but UTF-8 can't."""
    try:
        json.dumps(raw, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_envelope(raw: Mapping[str, Any], batch_id: str | None) -> "Batch[Any]":
    known = {name: raw[name] for name in Batch.__struct_fields__ if name in raw}
    try:
        # Items are read one by one afterwards; a place-holder satisfies the list's minimum length.
        envelope: Batch[Any] = msgspec.convert(known | {"items": [None]}, _ENVELOPE)
    except msgspec.ValidationError as error:
        name = _field_at_fault(error) or "user_id"
        expected = _ENVELOPE_EXPECTATIONS[name]
        reason = expected if name in raw else f"is required and {expected}"
        raise BatchRejected(reason, field=name, batch_id=batch_id) from None
    envelope.items.clear()
    return envelope


_ENVELOPE: Any = Batch[None]  # type: ignore[type-var]
_ENVELOPE_EXPECTATIONS = {
    "user_id": "must equal the topic's",
    "timestamp": "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z",
    "source_device": "must be a text of 1 to 64 characters without control characters and backslash",
    "batch_id": "must be a text of 1 to 64 characters",
}


def _read_item(kind: Kind, index: int, raw: Any, parts: Parts) -> Item | None:
    if not isinstance(raw, dict):
        parts.rejected.append(Rejection(index, None, None, "must be a JSON object"))
        return None
    if not _is_unicode(raw):
        parts.rejected.append(Rejection(index, None, None, "not Unicode: half a surrogate pair"))
        return None
    known = {name: raw[name] for name in kind.item.__struct_fields__ if name in raw}
    try:
        item = msgspec.convert(known, kind.item)
    except msgspec.ValidationError as error:
        parts.rejected.append(_rejection(kind, index, raw, error))
        return None
    parts.ignored.extend(Ignored(index, _cut(name)) for name in _unknown(raw, kind.item.__struct_fields__))
    return item


def _unknown(raw: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    expected = frozenset(known)
    return [name for name in raw if name not in expected]


def _cut(text: str) -> str:
    """What a device sent, short enough to be said back: a hostile name may be as long as the message."""
    return text[:64]


def _rejection(kind: Kind, index: int, raw: Mapping[str, Any], error: msgspec.ValidationError) -> Rejection:
    raw_id = raw.get(kind.id_field) if kind.id_field else None
    item_id = _cut(raw_id) if isinstance(raw_id, str) else None
    if isinstance(error.__cause__, ValueError):  # a rule between fields: "field: reason"
        rule_field, _, rule = str(error.__cause__).partition(": ")
        return Rejection(index, item_id, rule_field, rule)
    name = _field_at_fault(error)
    reason = _expectation(kind, name)
    return Rejection(index, item_id, name, f"is required and {reason}" if name not in raw else reason)


def _expectation(kind: Kind, name: str | None) -> str:
    if name is None:
        return "is not a valid item"
    found = kind.field(name)
    return found.expectation if found else _TIME_EXPECTATIONS[name]


_TIME_EXPECTATIONS = {
    "timestamp": "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z",
    "time": f"must be a number from 0 to {MAX_TIME_OFFSET_S} s",
}


def _field_at_fault(error: msgspec.ValidationError) -> str | None:
    found = _MISSING.search(str(error)) or _PATH.search(str(error))
    return found[1] if found else None


# Anchored, since an error about an enumeration repeats the value, which may read like the rest of an error.
_MISSING = re.compile(r"^Object missing required field `(\w+)`")
_PATH = re.compile(r" - at `\$\.(\w+)[^`]*`\Z")
