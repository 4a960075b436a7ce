"""What a device says of itself."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded


class Status(Struct, omit_defaults=True, frozen=True):
    """How a device is; retained, and also its last will with `offline`."""

    state: Literal["online", "offline"]
    battery_pct: (
        Annotated[float, Meta(ge=0, le=100, description="Charge left.", extra_json_schema={"unit": "%"})] | None
    ) = None
    firmware: Annotated[str, Meta(max_length=64)] | None = None
    at: Annotated[datetime, Meta(tz=True, description="When this was so; RFC 3339 with zone.")] | None = None


def read_status(payload: bytes) -> Status:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_decoder, payload)


_decoder = msgspec.json.Decoder(Status)
