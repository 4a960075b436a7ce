"""A batch, ready to be published: its bytes, and the points that it will be in the store."""

from array import array
from functools import cache
from typing import Self

import msgspec

from contract.catalogue import CATALOGUE, Kind
from contract.envelope import Batch
from contract.items import Item
from contract.stamping import epoch_ms, item_times_ms, keys_ns
from device_simulator.people import wire
from device_simulator.people.uploads import DueBatch

KINDS = tuple(CATALOGUE)
_encoder = msgspec.json.Encoder()


class Parcel(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A batch that devices of one life or of several publish, each under its own user id.

    Attributes:
        due_ms: when its devices publish it in their life, milliseconds since 1970 UTC.
        kind: of measurement.
        batch_id: as its receipt will name it.
        source_device: make and model.
        points: where its items will be, `contract.stamping.keys_ns` of each, as 64-bit integers in the machine's order.
        head, tail: the payload before and after the user id.
    """

    due_ms: int
    kind: str
    batch_id: str
    source_device: str
    points: bytes
    head: bytes
    tail: bytes

    @classmethod
    def of(cls, due: DueBatch) -> Self:
        """A due batch, with its user taken out."""
        return cls.pack(due.batch, CATALOGUE[due.kind], due.due_ms)

    @classmethod
    def pack(cls, batch: "Batch[Item]", kind: Kind, due_ms: int) -> Self:
        """A batch, with its user taken out."""
        keys = keys_ns(kind, batch.items, item_times_ms(batch.items, epoch_ms(batch.timestamp)))
        payload = _encoder.encode(batch)
        head, _, tail = payload.partition(batch.user_id.encode())
        return cls(due_ms, kind.name, batch.batch_id or "", batch.source_device, array("q", keys).tobytes(), head, tail)

    @property
    def items(self) -> int:
        """How many it has."""
        return len(self.points) // 8

    def payload(self, user_id: str) -> bytes:
        """What this user's device publishes."""
        return self.head + user_id.encode() + self.tail

    def batch(self, user_id: str) -> "Batch[Item]":
        """The same, read again."""
        return _decoder(self.kind).decode(self.payload(user_id))


@cache
def _decoder(kind: str) -> "msgspec.json.Decoder[Batch[Item]]":
    # Of items as devices write them, so that what is left out stays so when it is encoded again.
    item: type[Item] = getattr(wire, CATALOGUE[kind].item.__name__)
    return msgspec.json.Decoder(Batch[item])  # type: ignore[valid-type]
