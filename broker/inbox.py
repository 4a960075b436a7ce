"""Messages that the broker delivered and that are in hand: those of QoS 1 it keeps until we have acknowledged them.

One of QoS 0 nobody keeps but us. It is held as well where what is in hand is bounded: to acknowledge it makes room, and
says nothing to the broker.
"""

from collections.abc import Iterable
from struct import pack

from broker.events import Delivery

_PUBACK = 0x4002_0000
"""The first two of a PUBACK's four bytes, type and length; the packet id is the other two."""


class Inbox:
    """Holds each delivery until it is acknowledged.

    Attributes:
        held_bytes: topics and payloads of what it holds.
    """

    __slots__ = ("_held", "held_bytes")

    def __init__(self) -> None:
        self._held: dict[int, Delivery] = {}
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, delivery: Delivery) -> bool:
        """Whether it could be held: False if MQTT has no such packet id, or if another message has it."""
        key = _key(delivery)
        if key == 0 or key in self._held:
            return False
        self._held[key] = delivery
        self.held_bytes += _size(delivery)
        return True

    def settle(self, deliveries: Iterable[Delivery]) -> bytes:
        """The PUBACKs of those that it holds, in this order; it lets go of them."""
        held = self._held
        packets = []
        for delivery in deliveries:
            key = _key(delivery)
            # The very object: the id alone may be another message's by now.
            if held.get(key) is delivery:
                del held[key]
                self.held_bytes -= _size(delivery)
                if key > 0:
                    packets.append(_PUBACK | key)
        return pack(f">{len(packets)}I", *packets)


def _key(delivery: Delivery) -> int:
    """The packet id; of a message without one something below zero that no other message in hand has."""
    packet_id = delivery.packet_id
    return -id(delivery) if packet_id is None else packet_id


def _size(delivery: Delivery) -> int:
    # A topic may be as long as a batch.
    return len(delivery.payload) + len(delivery.topic)
