"""How the API has certificates revoked at the broker: what it says to the warden beside it, and what that answers."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct


class Revocations(Struct, frozen=True, gc=False):
    """All certificates that are good no more. Retained, so that a warden that was away finds the newest."""

    revocation_list: Annotated[str, Meta(description="PEM, signed by the installation's authority, with its number.")]
    cut_off: Annotated[list[str], Meta(description="Users whose connections are ended, so that all prove themselves.")]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


class Enforced(Struct, frozen=True, gc=False):
    """The broker refuses what is in the list of this number, and has ended the connections."""

    number: Annotated[int, Meta(ge=0)]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_revocations(payload: bytes) -> Revocations:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return _revocations.decode(payload)


def read_enforced(payload: bytes) -> Enforced:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return _enforced.decode(payload)


_encoder = msgspec.json.Encoder()
_revocations = msgspec.json.Decoder(Revocations)
_enforced = msgspec.json.Decoder(Enforced)
