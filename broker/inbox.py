"""Messages that the broker delivered at QoS 1 and still keeps, since we have not acknowledged them."""

from collections.abc import Iterable
from struct import pack

from broker.events import Delivery

_PUBACK = 0x4002_0000
"""The first two of a PUBACK's four bytes, type and length; the packet id is the other two."""


class Inbox:
    """Holds each delivery until it is acknowledged.

    Attributes:
        held_bytes: the payloads of what it holds.
    """

    __slots__ = ("_held", "held_bytes")

    def __init__(self) -> None:
        self._held: dict[int, Delivery] = {}
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, packet_id: int, delivery: Delivery) -> bool:
        """Whether it could be held: False if MQTT has no such id, or if another message has it."""
        if packet_id == 0 or packet_id in self._held:
            return False
        self._held[packet_id] = delivery
        self.held_bytes += len(delivery.payload)
        return True

    def settle(self, deliveries: Iterable[Delivery]) -> bytes:
        """The PUBACKs of those that it holds, in this order; it lets go of them."""
        held = self._held
        packets = []
        for delivery in deliveries:
            packet_id = delivery.packet_id
            # The very object: the id alone may be another message's by now.
            if packet_id is not None and held.get(packet_id) is delivery:
                del held[packet_id]
                self.held_bytes -= len(delivery.payload)
                packets.append(_PUBACK | packet_id)
        return pack(f">{len(packets)}I", *packets)
