"""What one connection to a broker tells: values only."""

from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from contract.errors import PacelineError


class Delivery(Struct, frozen=True, gc=False):
    """A message from the broker. A struct rather than a dataclass, since one is made for every message.

    Attributes:
        topic: where it was published.
        payload: as published.
        qos: 0 or 1; a message of QoS 1 is the broker's until it is acknowledged.
        retain: kept by the broker from before the subscription.
        packet_id: of QoS 1 messages, unique among the unacknowledged of one connection only; None for QoS 0.
        connection: counts the session's connections; an older one's delivery can't be acknowledged any more.
        duplicate: the broker has sent it before.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    packet_id: int | None
    connection: int
    duplicate: bool

    def __repr__(self) -> str:
        # Without the payload, which holds health data and would end up in logs.
        return f"<Delivery {self.topic} {len(self.payload)} bytes, QoS {self.qos}, id {self.packet_id}>"


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted us (CONNACK). Comes before the connection's first delivery.

    Attributes:
        session_present: the broker remembers our subscriptions, and sends again what we had not acknowledged.
    """

    session_present: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """All subscriptions are granted (SUBACK), or there were none to make."""


class Acknowledged(Struct, frozen=True, gc=False):
    """The broker answered a QoS 1 message of ours (PUBACK). A struct, as it comes for every message too.

    Attributes:
        token: what was given when it was published.
        reason_code: 0: taken; 16: taken, but nobody has subscribed; 128 and above: refused.
    """

    token: object
    reason_code: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection's last event."""

    error: PacelineError


Event: TypeAlias = Delivery | Connected | Ready | Acknowledged | Ended
