"""Messages of ours on their way at QoS 1: their packet ids, and the order in which they wait."""

from collections import deque

from mqtt5 import PublishPacket, QoS

from contract.errors import BrokerUnavailable

PACKET_IDS = 65_534
"""Ids 1 to 65,534; the last one that MQTT has is left to SUBSCRIBE."""


class Outbox:
    """Keeps the broker's receive maximum: more messages than that are never unacknowledged; the others wait."""

    __slots__ = ("_last_id", "_tokens", "_waiting", "receive_max")

    def __init__(self) -> None:
        self.receive_max = PACKET_IDS
        self._last_id = 0
        self._tokens: dict[int, object] = {}
        self._waiting: deque[bytes] | None = None  # made when needed: ten thousand idle sessions should cost little

    @property
    def queued(self) -> int:
        """Messages that wait."""
        return len(self._waiting) if self._waiting else 0

    @property
    def in_flight(self) -> int:
        """Messages that were sent and not acknowledged yet."""
        return len(self._tokens) - self.queued

    def add(self, topic: str, payload: bytes, *, retain: bool, token: object) -> bytes | None:
        """The packet to send now; None if it waits.

        Raises:
            BrokerUnavailable: every packet id is taken.
            ValueError: nothing can be published to such a topic.
        """
        packet_id = self._free_id()
        packet = PublishPacket(topic, payload, qos=QoS.AT_LEAST_ONCE, retain=retain, packet_id=packet_id).write()
        may_go = len(self._tokens) < self.receive_max
        self._tokens[packet_id] = token
        if may_go:
            return packet
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(packet)
        return None

    def settle(self, packet_id: int) -> tuple[object, bytes | None] | None:
        """The broker acknowledged: the message's token, and the next packet to send. None: it was not on its way."""
        if packet_id not in self._tokens:
            return None
        return self._tokens.pop(packet_id), self._waiting.popleft() if self._waiting else None

    def clear(self) -> list[object]:
        """Give up; returns the tokens of all messages that were not acknowledged."""
        tokens = list(self._tokens.values())
        self._tokens.clear()
        self._waiting = None
        return tokens

    def _free_id(self) -> int:
        if len(self._tokens) >= PACKET_IDS:
            raise BrokerUnavailable(f"{PACKET_IDS} messages wait for the broker already")
        packet_id = self._last_id
        while True:
            packet_id = packet_id % PACKET_IDS + 1
            if packet_id not in self._tokens:
                self._last_id = packet_id
                return packet_id
