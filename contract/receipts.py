"""What a device is told about a batch."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded


class Rejection(Struct, frozen=True, gc=False):
    """One item that was not stored, and why. The reason never repeats a value."""

    index: Annotated[int, Meta(ge=0, description="Position in the batch's items, from 0.")]
    id: Annotated[str | None, Meta(description="The item's own id, where it has one that can be read.")]
    field: Annotated[str | None, Meta(description="The field at fault; absent when it is the item as a whole.")]
    reason: str


class Ignored(Struct, frozen=True, gc=False):
    """A field that the contract does not know; its item was stored without it."""

    index: Annotated[int | None, Meta(description="Position in the batch's items; absent for a field of the batch.")]
    field: str


class Receipt(Struct, frozen=True, omit_defaults=True, gc=False):
    """The answer to a batch.

    `stored`: all items but those in `rejected` are on disk in the database. `rejected`: none is. Either is final:
    a device repeats a batch until it has one of them, and no longer.
    """

    batch_id: Annotated[str | None, Meta(description="The batch's own; null when it could not be read.")]
    status: Literal["stored", "rejected"]
    stored: Annotated[int, Meta(ge=0, description="Items on disk; two that are the same item count as two.")]
    rejected: list[Rejection]
    reason: Annotated[str | None, Meta(description="Why the whole batch was rejected.")] = None
    ignored: list[Ignored] = []

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_receipt(payload: bytes) -> Receipt:
    """Read a receipt from the wire.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: not a receipt.
    """
    return decoded(_decoder, payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Receipt)
