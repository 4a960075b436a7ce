"""Reading a batch: from the bytes of one MQTT message to stamped items, and what could not be read.

A batch that is right throughout, as nearly all are, is decoded in one pass. Only when that fails is it taken apart,
item by item, so that its good items are kept and each bad one gets its own reason.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contract.catalogue import CATALOGUE, TIME_FIELDS, Kind
from contract.envelope import MAX_BATCH_BYTES, MAX_BATCH_ID, MAX_ITEMS, Batch
from contract.errors import BatchRejected
from contract.items import MAX_TIME_OFFSET_S, Item
from contract.receipts import Ignored, Rejection
from contract.stamping import Horizon, StampedBatch, epoch_ms, item_time_ms, keys_ns


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch turned out to hold.

    Attributes:
        batch_id: the batch's own, if it has one.
        stamped: the items that can be stored; may be none.
        rejected: the items that can't, each with its reason.
        ignored: fields that the contract does not know.
    """

    batch_id: str | None
    stamped: StampedBatch
    rejected: list[Rejection] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)


def find_kind(name: str) -> Kind:
    """The kind of this name.

    Raises:
        BatchRejected: there is none.
    """
    found = CATALOGUE.get(name)
    if found is None:
        raise BatchRejected(f"unknown kind: expected one of {', '.join(CATALOGUE)}", field="kind")
    return found


def read_batch(kind: Kind, user_id: str, payload: bytes, horizon: Horizon) -> Reading:
    """Read the batch that was published to this user's topic of this kind.

    Raises:
        BatchRejected: nothing of it can be stored, for a reason that concerns the batch as a whole.
    """
    if len(payload) > MAX_BATCH_BYTES:
        raise BatchRejected(f"larger than {MAX_BATCH_BYTES} bytes: split it")
    try:
        batch = kind.decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _read_in_parts(kind, user_id, payload, horizon)
    _require_user(batch.user_id, user_id, batch.batch_id)
    return _stamped(kind, batch, range(len(batch.items)), horizon, [], [])


def _stamped(
    kind: Kind,
    batch: "Batch[Any]",
    indexes: Iterable[int],
    horizon: Horizon,
    rejected: list[Rejection],
    ignored: list[Ignored],
) -> Reading:
    batch_ms = epoch_ms(batch.timestamp)
    items, indexes = batch.items, list(indexes)
    times = [item_time_ms(item, batch_ms) for item in items]
    if times and not (horizon.oldest_ms <= min(times) and max(times) <= horizon.newest_ms):
        complaints = [horizon.complaint(time_ms) for time_ms in times]
        for at, complaint in enumerate(complaints):
            if complaint:
                rejected.append(Rejection(indexes[at], _item_id(kind, items[at]), "timestamp", complaint))
        kept = [at for at, complaint in enumerate(complaints) if not complaint]
        items, indexes, times = ([sequence[at] for at in kept] for sequence in (items, indexes, times))
        rejected.sort(key=lambda rejection: rejection.index)
    keys = keys_ns(kind, items, times)
    stamped = StampedBatch(kind, batch.user_id, batch.source_device, items, indexes, times, keys)
    return Reading(batch.batch_id, stamped, rejected, ignored)


def _read_in_parts(kind: Kind, user_id: str, payload: bytes, horizon: Horizon) -> Reading:
    raw = _decode_object(payload)
    raw_items = raw.pop("items", None)
    if not _is_unicode(raw):
        raise BatchRejected("not Unicode: half a surrogate pair")
    batch_id = _readable_batch_id(raw)
    ignored = [Ignored(None, name) for name in _unknown(raw, Batch.__struct_fields__)]
    envelope = _read_envelope(raw, batch_id)
    _require_user(envelope.user_id, user_id, batch_id)
    if not isinstance(raw_items, list) or not 1 <= len(raw_items) <= MAX_ITEMS:
        raise BatchRejected(f"items must be a list of 1 to {MAX_ITEMS}", field="items", batch_id=batch_id)
    rejected: list[Rejection] = []
    indexes: list[int] = []
    for index, raw_item in enumerate(raw_items):
        item = _read_item(kind, index, raw_item, rejected, ignored)
        if item is not None:
            envelope.items.append(item)
            indexes.append(index)
    return _stamped(kind, envelope, indexes, horizon, rejected, ignored)


def _decode_object(payload: bytes) -> dict[str, Any]:
    # The standard library's reader, since it takes NaN and 1e999 as numbers: their items alone are rejected then.
    try:
        raw = json.loads(payload.decode())
    except UnicodeDecodeError:
        raise BatchRejected("not UTF-8") from None
    except RecursionError:
        raise BatchRejected("not a batch: nested too deeply") from None
    except ValueError:
        raise BatchRejected("not JSON") from None
    if not isinstance(raw, dict):
        raise BatchRejected("not a batch: expected a JSON object")
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
        envelope = msgspec.convert(known | {"items": [None]}, Batch[None])  # type: ignore[type-var]
    except msgspec.ValidationError as error:
        name = _field_at_fault(error)
        raise BatchRejected(_ENVELOPE_EXPECTATIONS.get(name, "not a batch"), field=name, batch_id=batch_id) from None
    envelope.items.clear()
    return envelope


_ENVELOPE_EXPECTATIONS = {
    "user_id": "is required and must equal the topic's",
    "timestamp": "is required and must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z",
    "source_device": "is required: 1 to 64 characters without control characters and backslash",
    "batch_id": "must be a text of 1 to 64 characters",
}


def _read_item(kind: Kind, index: int, raw: Any, rejected: list[Rejection], ignored: list[Ignored]) -> Item | None:
    if not isinstance(raw, dict):
        rejected.append(Rejection(index, None, None, "must be a JSON object"))
        return None
    if not _is_unicode(raw):
        rejected.append(Rejection(index, None, None, "not Unicode: half a surrogate pair"))
        return None
    unknown = _unknown(raw, kind.item.__struct_fields__)
    try:
        item = msgspec.convert({name: raw[name] for name in raw if name not in unknown}, kind.item)
    except msgspec.ValidationError as error:
        rejected.append(_rejection(kind, index, raw, error))
        return None
    ignored.extend(Ignored(index, name) for name in unknown)
    return item


def _unknown(raw: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    # Cut, since a hostile name may be as long as the message; the device's developer will know it all the same.
    return [name[:64] for name in raw if name not in frozenset(known)]


def _rejection(kind: Kind, index: int, raw: Mapping[str, Any], error: msgspec.ValidationError) -> Rejection:
    raw_id = raw.get(kind.id_field) if kind.id_field else None
    item_id = raw_id[:64] if isinstance(raw_id, str) else None
    if isinstance(error.__cause__, ValueError):  # a rule between fields: "field: reason"
        name, _, reason = str(error.__cause__).partition(": ")
        return Rejection(index, item_id, name, reason)
    name = _field_at_fault(error)
    reason = _expectation(kind, name)
    return Rejection(index, item_id, name, f"is required and {reason}" if name not in raw else reason)


def _expectation(kind: Kind, name: str | None) -> str:
    if name in TIME_FIELDS:
        return _TIME_EXPECTATIONS[name]
    found = kind.field(name) if name else None
    return found.expectation if found else "is not a valid item"


_TIME_EXPECTATIONS = {
    "timestamp": "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z",
    "time": f"must be a number from 0 to {MAX_TIME_OFFSET_S} s",
}


def _field_at_fault(error: msgspec.ValidationError) -> str | None:
    found = _MISSING.search(str(error)) or _PATH.search(str(error))
    return found[1] if found else None


_MISSING = re.compile(r"missing required field `(\w+)`")
_PATH = re.compile(r"at `\$\.(\w+)")


def _require_user(stated: str, user_id: str, batch_id: str | None) -> None:
    if stated != user_id:
        raise BatchRejected("must equal the user of the topic", field="user_id", batch_id=batch_id)


def _item_id(kind: Kind, item: Item) -> str | None:
    return getattr(item, kind.id_field) if kind.id_field else None
