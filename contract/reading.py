"""Reading a batch: from the bytes of one MQTT message to stamped items, and what could not be read.

A batch that is right throughout, as nearly all are, is decoded in one pass. Only when that fails is it taken apart
(`contract.taking_apart`), so that its good items are kept and each bad one gets its own reason.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from contract.catalogue import CATALOGUE, Kind
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BatchRejected
from contract.items import Item
from contract.receipts import Ignored, Rejection
from contract.stamping import Horizon, StampedBatch, epoch_ms, item_times_ms, keys_ns
from contract.taking_apart import Parts, take_apart


class Reading(Struct, frozen=True, eq=False, gc=False):
    """What a batch turned out to hold.

    Attributes:
        batch_id: the batch's own, if it has one.
        stamped: the items that can be stored; may be none.
        rejected: the items that can't, in their order, each with its reason.
        ignored: fields that the contract does not know.
        newest_ms: the latest time that it speaks of, of the batch or an item, stored or not; milliseconds since 1970
            UTC.
    """

    batch_id: str | None
    stamped: StampedBatch
    rejected: list[Rejection]
    ignored: list[Ignored]
    newest_ms: int


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
    parts = _decode(kind, payload)
    batch = parts.batch
    if batch.user_id != user_id:
        raise BatchRejected("must equal the user of the topic", field="user_id", batch_id=batch.batch_id)
    batch_ms = epoch_ms(batch.timestamp)
    times = item_times_ms(batch.items, batch_ms)
    newest_ms = max(times, default=batch_ms)
    items, indexes, kept_ms = _within(horizon, kind, parts, times, newest_ms)
    stamped = StampedBatch(kind, user_id, batch.source_device, items, indexes, kept_ms, keys_ns(kind, items, kept_ms))
    return Reading(batch.batch_id, stamped, parts.rejected, parts.ignored, max(newest_ms, batch_ms))


def _decode(kind: Kind, payload: bytes) -> Parts:
    if len(payload) > MAX_BATCH_BYTES:
        raise BatchRejected(f"larger than {MAX_BATCH_BYTES} bytes: split it")
    try:
        batch = kind.decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return take_apart(kind, payload)
    return Parts(batch, range(len(batch.items)))


def _within(
    horizon: Horizon, kind: Kind, parts: Parts, times: Sequence[int], newest_ms: int
) -> tuple[Sequence[Item], Sequence[int], Sequence[int]]:
    """The items of acceptable time, their positions in the batch and their times; the others are rejected."""
    items, indexes = parts.batch.items, parts.indexes
    if not times or (horizon.oldest_of(kind) <= min(times) and newest_ms <= horizon.newest_ms):
        return items, indexes, times
    complaints = [horizon.complaint(kind, time_ms) for time_ms in times]
    kept = [at for at, complaint in enumerate(complaints) if not complaint]
    parts.rejected += [
        Rejection(indexes[at], kind.id_of(items[at]), "timestamp", complaint)
        for at, complaint in enumerate(complaints)
        if complaint
    ]
    parts.rejected.sort(key=lambda rejection: rejection.index)
    return [items[at] for at in kept], [indexes[at] for at in kept], [times[at] for at in kept]
