"""What the house is told after each write: whose days changed."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.stamping import StampedBatch


class Change(Struct, frozen=True, gc=False):
    """A user's kind of which items in a span of time were written."""

    user_id: str
    kind: str
    start_ms: Annotated[int, Meta(description="Time of the earliest item, milliseconds since 1970 UTC.")]
    end_ms: Annotated[int, Meta(description="Time of the latest item, included.")]


class StoredEvent(Struct, frozen=True, gc=False):
    """One write, confirmed by the database."""

    changes: list[Change]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def stored_event(batches: Iterable[StampedBatch]) -> StoredEvent:
    """The event that tells of these batches, one change for each user and kind."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for batch in batches:
        if not batch.times_ms:
            continue
        low, high = min(batch.times_ms), max(batch.times_ms)
        key = (batch.user_id, batch.kind.name)
        if key in spans:
            earlier, later = spans[key]
            low, high = min(low, earlier), max(high, later)
        spans[key] = (low, high)
    return StoredEvent([Change(user, kind, low, high) for (user, kind), (low, high) in spans.items()])


def read_stored_event(payload: bytes) -> StoredEvent:
    """Read an event from the wire.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: not an event.
    """
    return _decoder.decode(payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(StoredEvent)
