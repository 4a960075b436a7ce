"""One MQTT 5 connection without I/O: bytes in and events out, commands in and bytes out.

The rules of this file:

1. A `Connection` is one network connection. After a reconnect there is a new one: what the old one had not
   acknowledged the broker sends again, and what it had not heard acknowledged is for its owner to say again.
2. It has no socket and no clock. `receive` takes bytes and returns events; commands gather bytes until `take_output`
   hands them over. Times are seconds of one monotonic clock.
3. `open` comes first. From the event `Connected` to the end one may publish and acknowledge; at other times
   publishing raises and acknowledging does nothing.
4. A delivery is acknowledged once, and only as the very object that was delivered: packet ids are used again, and an
   acknowledgement that comes twice or too late would make the broker forget another message.
5. However the stream of bytes is cut, the events are the same. Of it, only an incomplete packet is kept, and none
   larger than we told the broker.
6. Bytes that are not MQTT 5, or not allowed here, end the connection. `Ended` is the last event, and says why.
7. A broker that is silent for a keep-alive is asked for a sign of life, and counts as lost without one within another
   half.

A broker may go beyond our receive maximum, as Mosquitto before 2.0.13 does: to refuse that would end all connections.
"""

from collections.abc import Iterable
from enum import Enum, auto

import mqtt5
from mqtt5 import DisconnectReasonCode, PubAckPacket, PublishPacket

from broker.events import Acknowledged, Connected, Delivery, Ended, Event, Ready
from broker.greeting import SUBSCRIBE_ID, connect_bytes, subscribe_bytes
from broker.inbox import Inbox
from broker.keepalive import KeepAlive, Pulse
from broker.options import SessionOptions
from broker.outbox import Outbox
from broker.refusals import connack_refusal, farewell, suback_refusal
from broker.stream import LARGEST_PACKET_BYTES, PacketStream, StreamError
from contract.errors import BrokerUnavailable, PacelineError, Rejected

_PUBLISH_OVERHEAD_BYTES = 10
"""At most, beside topic and payload: type 1, length 4, topic's length 2, packet id 2, properties' length 1."""


class _State(Enum):
    CONNECTING = auto()
    OPEN = auto()
    ENDED = auto()


class Connection:
    """See the rules above.

    Args:
        options: who we are and what we subscribe to.
        number: counts the session's connections; stamped on its deliveries.
        now: the time.

    Attributes:
        inbox: what was delivered and not yet acknowledged by us; of QoS 0 only where what is in hand is bounded.
        outbox: what was published and not yet acknowledged by the broker.
    """

    __slots__ = (
        "_keep_alive",
        "_options",
        "_output",
        "_send_limit",
        "_state",
        "_stream",
        "inbox",
        "number",
        "outbox",
    )

    def __init__(self, options: SessionOptions, number: int, now: float) -> None:
        self.number = number
        self.inbox = Inbox()
        self.outbox = Outbox()
        self._options = options
        self._state = _State.CONNECTING
        self._keep_alive = KeepAlive(options.keep_alive_s, now)
        self._output: list[bytes] = []
        self._stream = PacketStream(options.max_packet_size or LARGEST_PACKET_BYTES)
        self._send_limit = LARGEST_PACKET_BYTES

    @property
    def is_open(self) -> bool:
        """The broker has accepted us, and the connection has not ended."""
        return self._state is _State.OPEN

    @property
    def _has_ended(self) -> bool:
        return self._state is _State.ENDED

    # Commands

    def open(self) -> None:
        """Say CONNECT."""
        self._output.append(connect_bytes(self._options))

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False, token: object = None) -> None:
        """Publish a message; if its QoS is 1, `Acknowledged` with this token follows.

        Raises:
            BrokerUnavailable: not connected, or 65,534 messages wait already.
            Rejected: larger than what the broker takes.
            ValueError: nothing can be published to such a topic.
        """
        if self._state is not _State.OPEN:
            raise BrokerUnavailable("not connected to the broker")
        size = len(payload) + len(topic.encode()) + _PUBLISH_OVERHEAD_BYTES
        if size > self._send_limit:
            raise Rejected(f"a message of {size} bytes exceeds the broker's limit of {self._send_limit}")
        if qos == 0:
            self._output.append(PublishPacket(topic, payload, retain=retain).write())
        elif packet := self.outbox.add(topic, payload, retain=retain, token=token):
            self._output.append(packet)

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """Say PUBACK for those of them that are still the broker's, in this order."""
        if self._state is _State.OPEN:
            self._output.append(self.inbox.settle(deliveries))

    def close(self) -> None:
        """Say DISCONNECT, so that the broker forgets the will."""
        if self._state is _State.OPEN:
            self._output.append(mqtt5.DisconnectPacket().write())
        self._state = _State.ENDED

    def lose(self) -> None:
        """The network connection is gone."""
        self._state = _State.ENDED

    def take_output(self, now: float) -> bytes:
        """What is to be sent now; empty if nothing is."""
        if output := b"".join(self._output):
            self._output.clear()
            self._keep_alive.said(now)
        return output

    # Time

    @property
    def due(self) -> float | None:
        """When to call `check`; None: never."""
        return self._keep_alive.due

    def check(self, now: float, *, deaf: bool = False) -> list[Event]:
        """Ask a silent broker for a sign of life, or give it up; not if we are deaf to it on purpose."""
        events: list[Event] = []
        if deaf:
            self.hear(now)
        pulse = self._keep_alive.check(now)
        if pulse is Pulse.ASK:
            self._output.append(mqtt5.PingReqPacket().write())
        elif pulse is Pulse.LOST:
            silence_s = 1.5 * self._keep_alive.period_s
            self._end(BrokerUnavailable(f"the broker has been silent for {silence_s:g} s"), events)
        return events

    def hear(self, now: float) -> None:
        """Count the broker's silence from now on."""
        self._keep_alive.heard(now)

    # Bytes from the broker

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What the next bytes of the stream tell."""
        self._keep_alive.heard(now)
        events: list[Event] = []
        if self._has_ended:
            return events
        try:
            for packet in self._stream.packets(data):
                # One of the first two comes for every message.
                if type(packet) is PublishPacket:
                    self._deliver(packet, events)
                elif type(packet) is PubAckPacket and self._state is _State.OPEN:
                    self._settle(packet, events)
                else:
                    self._handle(packet, events)
                if self._has_ended:
                    break
        except StreamError as error:
            self._fail(str(error), error.code, events)
        return events

    def _deliver(self, packet: PublishPacket, events: list[Event]) -> None:
        packet_id, qos, topic = packet.packet_id, int(packet.qos), packet.topic
        delivery = Delivery(topic, packet.payload, qos, packet.retain, packet_id, self.number, packet.duplicate)
        # We subscribe at QoS 1 at most and allow no topic alias, which would come with an empty topic.
        allowed = self._state is _State.OPEN and qos < 2 and topic
        is_held = packet_id is not None or self._options.held_bytes_max is not None
        if not allowed or (is_held and not self.inbox.hold(delivery)):
            self._fail("a message that breaks MQTT 5", DisconnectReasonCode.PROTOCOL_ERROR, events)
            return
        events.append(delivery)

    def _handle(self, packet: mqtt5.Packet, events: list[Event]) -> None:
        is_open = self._state is _State.OPEN
        match packet:
            case mqtt5.ConnAckPacket() if not is_open:
                self._accepted(packet, events)
            case mqtt5.DisconnectPacket():
                self._end(farewell(packet, self._options.client_id), events)
            case mqtt5.SubAckPacket() if is_open and packet.packet_id == SUBSCRIBE_ID:
                self._subscribed(packet, events)
            case mqtt5.PingRespPacket() if is_open:
                pass  # to hear it was all
            case _:
                self._fail(f"unexpected {type(packet).__name__}", DisconnectReasonCode.PROTOCOL_ERROR, events)

    def _accepted(self, packet: mqtt5.ConnAckPacket, events: list[Event]) -> None:
        if refusal := connack_refusal(packet):
            self._end(refusal, events)
            return
        self._state = _State.OPEN
        self._send_limit = packet.max_packet_size or LARGEST_PACKET_BYTES
        self.outbox.receive_max = packet.receive_max
        if packet.server_keep_alive is not None:
            self._keep_alive.period_s = packet.server_keep_alive
        events.append(Connected(packet.session_present))
        if self._options.subscriptions:
            # Said again even when the session is present: we may be a newer version that subscribes to more.
            self._output.append(subscribe_bytes(self._options))
        else:
            events.append(Ready())

    def _subscribed(self, packet: mqtt5.SubAckPacket, events: list[Event]) -> None:
        if refusal := suback_refusal(self._options.subscriptions, packet.reason_codes):
            self.close()
            self._end(refusal, events)
        else:
            events.append(Ready())

    def _settle(self, packet: PubAckPacket, events: list[Event]) -> None:
        settled = self.outbox.settle(packet.packet_id)
        if settled is None:
            return
        token, following = settled
        if following:
            self._output.append(following)
        if token is not None:
            events.append(Acknowledged(token, int(packet.reason_code)))

    def _fail(self, words: str, code: DisconnectReasonCode, events: list[Event]) -> None:
        self._output.append(mqtt5.DisconnectPacket(reason_code=code).write())
        self._end(BrokerUnavailable(f"the broker breaks the protocol: {words}"), events)

    def _end(self, error: PacelineError, events: list[Event]) -> None:
        self._state = _State.ENDED
        events.append(Ended(error))
