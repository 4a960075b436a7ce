"""What a device is asked to do: publish what it still holds."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded


class SyncRequest(Struct, frozen=True):
    """A request to one of a user's devices. All of them hear it, so the others pass it over."""

    device_id: Annotated[str, Meta(description="Whom it is for: the device's id, from its registration.")]
    asked_at: Annotated[datetime, Meta(tz=True)]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_sync(payload: bytes) -> SyncRequest:
    """Read a request from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_decoder, payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(SyncRequest)
