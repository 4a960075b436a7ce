"""What the house is told after each write: whose days changed."""

from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded
from contract.stamping import StampedBatch

GAP_MS = 43_200_000
"""Items further apart than this are told of in changes of their own."""

MOST_CHANGES = 2_000
"""In one message: a change takes less than 250 bytes, and a broker takes 1 MiB."""


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

    def divided(self) -> "Iterator[StoredEvent]":
        """The same in events of which each fits into a message; none if nothing has changed."""
        for start in range(0, len(self.changes), MOST_CHANGES):
            yield StoredEvent(self.changes[start : start + MOST_CHANGES])


def stored_event(batches: Iterable[StampedBatch]) -> StoredEvent:
    """The event that tells of these batches: a user's kind has one change, or several with half a day between them.

    So no day lies within a change on which nothing was written, as when one of two items is a week late.
    """
    spans: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for batch in batches:
        times_ms = batch.times_ms
        if times_ms:
            low, high = min(times_ms), max(times_ms)
            found = [(low, high)] if high - low <= GAP_MS else [(time_ms, time_ms) for time_ms in times_ms]
            spans.setdefault((batch.user_id, batch.kind.name), []).extend(found)
    return StoredEvent([Change(*key, *span) for key, found in spans.items() for span in _joined(found)])


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that are no more than a gap apart are one."""
    if len(spans) > 1:
        spans.sort()
    low, high = spans[0]
    for start, end in spans[1:]:
        if start - high > GAP_MS:
            yield low, high
            low, high = start, end
        high = max(high, end)
    yield low, high


def read_stored_event(payload: bytes) -> StoredEvent:
    """Read an event from the wire.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: not an event.
    """
    return decoded(_decoder, payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(StoredEvent)
