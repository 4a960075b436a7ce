"""A parcel: one MQTT message on its way through the ingestor, from delivery to acknowledgement."""

from msgspec import Struct

from broker.session import Delivery
from contract import topics
from contract.errors import BatchRejected
from contract.reading import Reading, find_kind, read_batch
from contract.receipts import Receipt, Rejection
from contract.stamping import Horizon, StampedBatch
from contract.taking_apart import find_batch_id


class Parcel(Struct, eq=False):
    """One message and what became of it so far. A struct rather than a dataclass, since one is made for every message.

    It is opened only when it is about to be written: until then it needs a fifth of the memory, and what was read just
    now is still in the processor's cache when its lines are written.

    Attributes:
        delivery: the message; acknowledged when all is done.
        received_s: when it came, on the monotonic clock.
        user_id: whose topic it came on; None when that can't be read.
        kind_name: the topic's kind, which need not exist.
        reading: its items; None before it is opened, and when the batch as a whole was rejected.
        complaint: why the batch as a whole was rejected.
        refused: items that could be read and that the database refused.
    """

    delivery: Delivery
    received_s: float
    user_id: str | None = None
    kind_name: str | None = None
    reading: Reading | None = None
    complaint: BatchRejected | None = None
    refused: list[Rejection] = []

    @property
    def user_part(self) -> str:
        """The topic less the kind: the same for all of a user's messages, whether or not it can be read."""
        return self.delivery.topic.rpartition("/")[0]

    def open(self, horizon: Horizon) -> None:
        """Read the message. Never raises: what can't be read is a parcel with a complaint."""
        delivery = self.delivery
        try:
            self.user_id, self.kind_name = topics.read_telemetry(delivery.topic)
            self.reading = read_batch(find_kind(self.kind_name), self.user_id, delivery.payload, horizon)
        except BatchRejected as complaint:
            complaint.batch_id = complaint.batch_id or find_batch_id(delivery.payload)
            self.complaint = complaint

    @property
    def stamped(self) -> StampedBatch | None:
        """What there is to store."""
        return self.reading.stamped if self.reading and self.reading.stamped.items else None

    @property
    def rejected(self) -> list[Rejection]:
        """All items that are not stored, in the order of the batch."""
        if self.reading is None:
            return []
        return sorted([*self.reading.rejected, *self.refused], key=lambda rejection: rejection.index)

    @property
    def is_clean(self) -> bool:
        """All of it can be stored: there is nothing for a dead letter."""
        return self.reading is not None and not self.reading.rejected and not self.refused

    @property
    def batch_id(self) -> str | None:
        """The batch's own id, where it has one that can be read."""
        if self.complaint:
            return self.complaint.batch_id
        return self.reading.batch_id if self.reading else None

    @property
    def stored(self) -> int:
        """How many items are on disk once the write is confirmed."""
        return len(self.reading.stamped.items) - len(self.refused) if self.reading else 0

    @property
    def reason(self) -> str:
        """Why not all of it was stored, in words that hold no value from the payload."""
        if self.complaint:
            return f"{self.complaint.field}: {self.complaint.reason}" if self.complaint.field else self.complaint.reason
        rejected = self.rejected
        first = rejected[0]
        named = f"item {first.index}: {first.field or 'item'}: {first.reason}"
        return named if len(rejected) == 1 else f"{named} (and {len(rejected) - 1} more)"

    @property
    def receipt(self) -> Receipt | None:
        """What the device is told: of a batch with an id always, of one without only what went wrong."""
        reading = self.reading
        if reading and self.is_clean:
            if reading.batch_id is None and not reading.ignored:
                return None
            return Receipt(reading.batch_id, "stored", self.stored, [], ignored=reading.ignored)
        return Receipt(
            batch_id=self.batch_id,
            status="stored" if self.stored else "rejected",
            stored=self.stored,
            rejected=self.rejected,
            reason=self.reason if self.complaint else None,
            ignored=reading.ignored if reading else [],
        )

    def reject(self, complaint: BatchRejected) -> None:
        """Nothing of it is to be stored after all."""
        self.complaint = complaint
        self.reading = None
