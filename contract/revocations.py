"""How the API has certificates revoked at the broker: what it says to the warden beside it, and what that answers.

All that is revoked may be more than a broker takes in one message, so it is said in parts, each retained under its own
place. Parts of one message name it, since several may be on their way at once.
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded

_Text = TypeVar("_Text", str, list[str])

PART_CHARACTERS = 600_000
"""Of a list in one part: some 11,000 certificates. A broker takes packets of 1 MiB."""

PART_USERS = 2_000
"""Named in one part; a user id has at most 64 characters."""


class Revocations(Struct, frozen=True, gc=False):
    """All certificates that are good no more, or a part of that. Retained, for a warden that was away."""

    revocation_list: Annotated[str, Meta(description="PEM, signed by the installation's authority, with its number.")]
    cut_off: Annotated[list[str], Meta(description="Users whose connections are ended, so that all prove themselves.")]
    message: Annotated[str, Meta(max_length=64, description="The same in all parts of one message.")] = ""
    part: Annotated[int, Meta(ge=0, description="From 0.")] = 0
    parts: Annotated[int, Meta(ge=1, description="How many there are.")] = 1

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)

    def divided(self, message: str) -> "list[Revocations]":
        """In parts that a broker takes."""
        texts = _pieces(self.revocation_list, PART_CHARACTERS)
        users = _pieces(self.cut_off, PART_USERS)
        parts = max(1, len(texts), len(users))
        texts += [""] * (parts - len(texts))
        users += [[]] * (parts - len(users))
        return [
            Revocations(text, list(some), message, part, parts)
            for part, (text, some) in enumerate(zip(texts, users, strict=True))
        ]


class PartsSoFar:
    """Puts the parts of messages together, in whatever order they come; of messages without end, the latest few."""

    _MESSAGES = 8

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, Revocations]] = {}

    def add(self, part: Revocations) -> Revocations | None:
        """The whole message if this was the last part that was missing."""
        found = self._parts.pop(part.message, {}) | {part.part: part}
        if set(found) >= set(range(part.parts)):
            return _whole([found[number] for number in range(part.parts)])
        self._parts[part.message] = found
        if len(self._parts) > self._MESSAGES:
            del self._parts[next(iter(self._parts))]
        return None


class Enforced(Struct, frozen=True, gc=False):
    """The broker refuses what is in the list of this number, and has ended the connections."""

    number: Annotated[int, Meta(ge=0)]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_revocations(payload: bytes) -> Revocations:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_revocations, payload)


def read_enforced(payload: bytes) -> Enforced:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_enforced, payload)


def _whole(parts: Sequence[Revocations]) -> Revocations:
    text = "".join(part.revocation_list for part in parts)
    return Revocations(text, [user for part in parts for user in part.cut_off])


def _pieces(whole: _Text, most: int) -> list[_Text]:
    return [whole[start : start + most] for start in range(0, len(whole), most)]


_encoder = msgspec.json.Encoder()
_revocations = msgspec.json.Decoder(Revocations)
_enforced = msgspec.json.Decoder(Enforced)
