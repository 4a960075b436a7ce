"""The connection by scripted bytes: no socket, no clock."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import mqtt5
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mqtt5 import (
    ConnAckPacket,
    ConnAckReasonCode,
    ConnectPacket,
    DisconnectPacket,
    DisconnectReasonCode,
    PingReqPacket,
    PingRespPacket,
    PubAckPacket,
    PubAckReasonCode,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubAckReasonCode,
    SubscribePacket,
    Will,
)

from broker.events import Acknowledged, Connected, Delivery, Ended, Event, Ready
from broker.outbox import PACKET_IDS
from broker.protocol import Connection
from broker.session import Endpoint, SessionOptions, Subscription
from contract.errors import BrokerUnavailable, Misconfigured, PacelineError, Rejected

ENDPOINT = Endpoint("broker.example", 1883)


def options(**more: Any) -> SessionOptions:
    default: dict[str, Any] = {"client_id": "device-1", "endpoint": ENDPOINT, "session_expiry_s": 60}
    return SessionOptions(**(default | more))


def message(
    packet_id: int | None = None,
    payload: bytes = b"{}",
    *,
    topic: str = "a/b",
    duplicate: bool = False,
    retain: bool = False,
) -> bytes:
    qos = QoS.AT_MOST_ONCE if packet_id is None else QoS.AT_LEAST_ONCE
    return PublishPacket(topic, payload, qos=qos, packet_id=packet_id, duplicate=duplicate, retain=retain).write()


def opened(connack: ConnAckPacket | None = None, number: int = 1, **more: Any) -> Connection:
    """A connection that the broker has accepted; what was said until then is taken away."""
    connection = Connection(options(**more), number, 0)
    connection.open()
    events = connection.receive((connack or ConnAckPacket()).write(), 0)
    assert events[0] == Connected(session_present=False)
    connection.take_output(0)
    return connection


def said(connection: Connection, now: float = 0) -> list[mqtt5.Packet]:
    """The packets that the connection has to send."""
    output, packets = memoryview(connection.take_output(now)), []
    while output:
        packet, size = mqtt5.read(output)
        packets.append(packet)
        output = output[size:]
    return packets


def reason(events: Sequence[Event]) -> PacelineError:
    """Why the connection ended, of which these events must tell last."""
    assert isinstance(events[-1], Ended)
    return events[-1].error


def test_connect_says_who_we_are_and_what_we_can_take() -> None:
    will = Will("v1/users/u/status/d", payload=b"offline", qos=QoS.AT_LEAST_ONCE, retain=True)
    connection = Connection(options(username="u", password="pä", receive_max=7, keep_alive_s=9, will=will), 1, 0)
    connection.open()
    (packet,) = said(connection)
    assert isinstance(packet, ConnectPacket)
    assert (packet.client_id, packet.username, packet.password) == ("device-1", "u", "pä".encode())
    assert (packet.receive_max, packet.keep_alive, packet.session_expiry_interval) == (7, 9, 60)
    assert (packet.clean_start, packet.max_packet_size) == (False, 2_097_152)
    assert packet.will is not None
    assert (packet.will.topic, packet.will.payload, packet.will.retain) == (will.topic, b"offline", True)


def test_without_subscriptions_accepted_is_ready() -> None:
    connection = Connection(options(), 1, 0)
    connection.open()
    assert connection.receive(ConnAckPacket(session_present=True).write(), 0) == [
        Connected(session_present=True),
        Ready(),
    ]
    assert connection.is_open


def test_subscriptions_are_made_when_accepted_and_ready_follows_their_answer() -> None:
    connection = Connection(options(subscriptions=(Subscription("a/#"), Subscription("b/+", 0))), 1, 0)
    connection.open()
    connection.take_output(0)
    assert connection.receive(ConnAckPacket().write(), 0) == [Connected(session_present=False)]
    (packet,) = said(connection)
    assert isinstance(packet, SubscribePacket)
    assert [(each.pattern, int(each.max_qos)) for each in packet.topic_filters] == [("a/#", 1), ("b/+", 0)]
    granted = [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE]
    assert connection.receive(SubAckPacket(packet.packet_id, granted).write(), 0) == [Ready()]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD, Misconfigured),
        (ConnAckReasonCode.NOT_AUTHORIZED, Misconfigured),
        (ConnAckReasonCode.CLIENT_ID_NOT_VALID, Misconfigured),
        (ConnAckReasonCode.UNSUPPORTED_PROTOCOL_VERSION, Misconfigured),
        (ConnAckReasonCode.BANNED, Misconfigured),
        (ConnAckReasonCode.SERVER_BUSY, BrokerUnavailable),
        (ConnAckReasonCode.SERVER_UNAVAILABLE, BrokerUnavailable),
        (ConnAckReasonCode.QUOTA_EXCEEDED, BrokerUnavailable),
        (ConnAckReasonCode.UNSPECIFIED_ERROR, BrokerUnavailable),
    ],
)
def test_a_refusal_tells_whether_to_come_again(code: ConnAckReasonCode, error: type[PacelineError]) -> None:
    connection = Connection(options(), 1, 0)
    connection.open()
    events = connection.receive(ConnAckPacket(reason_code=code, reason_str="so it is").write(), 0)
    assert type(reason(events)) is error
    assert "so it is" in str(reason(events))
    assert not connection.is_open


def test_a_broker_without_qos_1_is_refused() -> None:
    connection = Connection(options(), 1, 0)
    connection.open()
    events = connection.receive(ConnAckPacket(max_qos=QoS.AT_MOST_ONCE).write(), 0)
    assert isinstance(reason(events), Misconfigured)


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        ([SubAckReasonCode.NOT_AUTHORIZED], Misconfigured),
        ([SubAckReasonCode.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED], Misconfigured),
        ([SubAckReasonCode.GRANTED_QOS_AT_MOST_ONCE], Misconfigured),
        ([SubAckReasonCode.QUOTA_EXCEEDED], BrokerUnavailable),
        ([SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE] * 2, BrokerUnavailable),
    ],
)
def test_a_subscription_that_is_not_granted_ends_the_connection(
    codes: list[SubAckReasonCode], error: type[PacelineError]
) -> None:
    connection = Connection(options(subscriptions=(Subscription("a/#"),)), 1, 0)
    connection.open()
    connection.receive(ConnAckPacket().write(), 0)
    subscribe = said(connection)[-1]
    assert isinstance(subscribe, SubscribePacket)
    assert type(reason(connection.receive(SubAckPacket(subscribe.packet_id, codes).write(), 0))) is error
    assert isinstance(said(connection)[-1], DisconnectPacket)


def deliveries(events: Iterable[Event]) -> list[Delivery]:
    return [event for event in events if isinstance(event, Delivery)]


def test_a_message_is_delivered_as_it_was_sent() -> None:
    connection = opened(number=4)
    data = message(7, b"\x00\xff", topic="v1/ü", duplicate=True, retain=True) + message(None, b"")
    first, second = deliveries(connection.receive(data, 0))
    assert (first.topic, first.payload, first.qos, first.packet_id) == ("v1/ü", b"\x00\xff", 1, 7)
    assert (first.retain, first.duplicate, first.connection) == (True, True, 4)
    assert (second.topic, second.payload, second.qos, second.packet_id) == ("a/b", b"", 0, None)
    assert (second.retain, second.duplicate, second.connection) == (False, False, 4)
    assert isinstance(first.payload, bytes)


def test_a_delivery_shows_no_payload() -> None:
    (delivery,) = deliveries(opened().receive(message(7, b"hunger"), 0))
    assert "a/b" in repr(delivery)
    assert "hunger" not in f"{delivery!r} {delivery}"


def acknowledged(connection: Connection) -> list[int]:
    return [packet.packet_id for packet in said(connection) if isinstance(packet, PubAckPacket)]


def test_deliveries_are_acknowledged_jointly_in_the_order_given() -> None:
    connection = opened()
    first, second, third = deliveries(connection.receive(message(1) + message(300) + message(65_535), 0))
    connection.acknowledge([third, first])
    assert connection.take_output(0) == PubAckPacket(65_535).write() + PubAckPacket(1).write()
    connection.acknowledge([second])
    assert connection.take_output(0) == PubAckPacket(300).write()


def test_a_delivery_is_acknowledged_once_even_when_its_id_is_used_again() -> None:
    connection = opened()
    (first,) = deliveries(connection.receive(message(1, b"first"), 0))
    connection.acknowledge([first])
    (second,) = deliveries(connection.receive(message(1, b"second"), 0))
    said(connection)
    connection.acknowledge([first])
    assert acknowledged(connection) == []
    connection.acknowledge([second, second])
    assert acknowledged(connection) == [1]


def test_a_delivery_of_an_older_connection_is_not_acknowledged() -> None:
    (old,) = deliveries(opened(number=1).receive(message(1), 0))
    connection = opened(number=2)
    (new,) = deliveries(connection.receive(message(1, duplicate=True), 0))
    connection.acknowledge([old])
    assert acknowledged(connection) == []
    connection.acknowledge([new])
    assert acknowledged(connection) == [1]


def test_a_message_of_qos_0_needs_no_acknowledgement() -> None:
    connection = opened()
    connection.acknowledge(deliveries(connection.receive(message(None), 0)))
    assert connection.take_output(0) == b""


def test_held_bytes_are_those_not_yet_acknowledged() -> None:
    connection = opened()
    found = deliveries(connection.receive(message(1, b"12345") + message(2, b"123") + message(None, b"1"), 0))
    assert connection.inbox.held_bytes == 8 + 2 * len("a/b")
    connection.acknowledge(found[:1])
    connection.acknowledge(found[:1])
    assert connection.inbox.held_bytes == 3 + len("a/b")


def test_where_what_is_in_hand_is_bounded_messages_of_qos_0_count_until_they_are_let_go_without_a_puback() -> None:
    connection = opened(held_bytes_max=1)
    found = deliveries(connection.receive(message(None, b"12345") + message(7, b"123") + message(None, b"12345"), 0))
    assert (len(connection.inbox), connection.inbox.held_bytes) == (3, 13 + 3 * len("a/b"))
    connection.acknowledge(found)
    connection.acknowledge(found)
    assert (len(connection.inbox), connection.inbox.held_bytes) == (0, 0)
    assert acknowledged(connection) == [7]


def test_more_messages_than_our_receive_maximum_are_taken_all_the_same() -> None:
    # As Mosquitto sends them when a session comes back with a lower one.
    connection = opened(receive_max=2)
    assert len(deliveries(connection.receive(message(1) + message(2) + message(3), 0))) == 3
    assert connection.is_open


def test_a_puback_answers_its_message() -> None:
    connection = opened()
    connection.publish("a", b"1", qos=1, token="first")
    connection.publish("a", b"2", qos=1, token="second")
    one, two = said(connection)
    assert isinstance(one, PublishPacket)
    assert isinstance(two, PublishPacket)
    assert (one.packet_id is None, one.packet_id == two.packet_id) == (False, False)
    refused = PubAckPacket(two.packet_id or 0, reason_code=PubAckReasonCode.NOT_AUTHORIZED).write()
    assert connection.receive(refused, 0) == [Acknowledged("second", 135)]
    assert connection.receive(PubAckPacket(one.packet_id or 0).write(), 0) == [Acknowledged("first", 0)]
    assert connection.outbox.in_flight == 0


def test_a_puback_that_answers_nothing_is_passed_over() -> None:
    connection = opened()
    assert connection.receive(PubAckPacket(9).write(), 0) == []
    assert connection.is_open


def test_the_broker_s_receive_maximum_is_kept_and_the_order_too() -> None:
    connection = opened(ConnAckPacket(receive_max=2))
    for payload in (b"1", b"2", b"3", b"4"):
        connection.publish("a", payload, qos=1, token=payload)
    first, second = (packet for packet in said(connection) if isinstance(packet, PublishPacket))
    assert (first.payload, second.payload) == (b"1", b"2")
    assert (connection.outbox.in_flight, connection.outbox.queued) == (2, 2)
    connection.receive(PubAckPacket(second.packet_id or 0).write(), 0)
    (third,) = said(connection)
    assert isinstance(third, PublishPacket)
    assert third.payload == b"3"
    assert (connection.outbox.in_flight, connection.outbox.queued) == (2, 1)


def test_a_message_of_qos_0_does_not_wait_for_the_receive_maximum() -> None:
    connection = opened(ConnAckPacket(receive_max=1))
    for qos in (1, 1, 0):
        connection.publish("a", b"", qos=qos)
    assert [int(packet.qos) for packet in said(connection) if isinstance(packet, PublishPacket)] == [1, 0]


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 5))
def test_every_message_is_answered_once_whatever_the_order_of_the_answers(choices: list[int], receive_max: int) -> None:
    connection = opened(ConnAckPacket(receive_max=receive_max))
    on_the_way: list[int] = []
    answered: list[Any] = []
    for token, choice in enumerate(choices):
        connection.publish("a", b"", qos=1, token=token)
        on_the_way += [packet.packet_id or 0 for packet in said(connection) if isinstance(packet, PublishPacket)]
        assert len(on_the_way) == len(set(on_the_way)) == connection.outbox.in_flight <= receive_max
        if choice < len(on_the_way):
            events = connection.receive(PubAckPacket(on_the_way.pop(choice)).write(), 0)
            answered += [event.token for event in events if isinstance(event, Acknowledged)]
    assert sorted([*answered, *connection.outbox.clear()]) == list(range(len(choices)))


def test_every_packet_id_can_be_taken_and_no_more() -> None:
    connection = opened(ConnAckPacket(receive_max=3))
    for _ in range(PACKET_IDS):
        connection.publish("a", b"", qos=1)
    with pytest.raises(BrokerUnavailable, match="65534"):
        connection.publish("a", b"", qos=1)


def test_an_id_that_is_still_under_way_is_not_used_again() -> None:
    connection = opened()
    connection.publish("a", b"slow", qos=1)
    (slow,) = said(connection)
    assert isinstance(slow, PublishPacket)
    used = set()
    for _ in range(PACKET_IDS):
        connection.publish("a", b"", qos=1)
        (packet,) = said(connection)
        assert isinstance(packet, PublishPacket)
        used.add(packet.packet_id or 0)
        connection.receive(PubAckPacket(packet.packet_id or 0).write(), 0)
    assert used == set(range(1, PACKET_IDS + 1)) - {slow.packet_id}


def test_what_the_broker_would_not_take_is_not_sent() -> None:
    connection = opened(ConnAckPacket(max_packet_size=100))
    connection.publish("topic", bytes(85), qos=1)
    assert len(connection.take_output(0)) <= 100
    with pytest.raises(Rejected, match="limit of 100"):
        connection.publish("topic", bytes(86), qos=1)
    assert connection.take_output(0) == b""


@pytest.mark.parametrize("topic", ["", "a/+", "#", "x" * 65_536])
@pytest.mark.parametrize("qos", [0, 1])
def test_no_message_goes_to_what_is_not_a_topic(topic: str, qos: int) -> None:
    connection = opened()
    with pytest.raises(ValueError, match=r"[Tt]opic|String"):
        connection.publish(topic, b"", qos=qos)
    assert connection.outbox.in_flight == 0


def test_before_it_is_accepted_and_after_its_end_nothing_can_be_published() -> None:
    connection = Connection(options(), 1, 0)
    connection.open()
    with pytest.raises(BrokerUnavailable):
        connection.publish("a", b"", qos=1)
    connection.receive(ConnAckPacket().write(), 0)
    connection.close()
    with pytest.raises(BrokerUnavailable):
        connection.publish("a", b"", qos=0)


def test_a_farewell_follows_what_was_said_and_nothing_follows_it() -> None:
    connection = opened()
    (delivery,) = deliveries(connection.receive(message(1), 0))
    connection.publish("a", b"", qos=1)
    connection.close()
    connection.acknowledge([delivery])
    publish, disconnect = said(connection)
    assert isinstance(publish, PublishPacket)
    assert isinstance(disconnect, DisconnectPacket)
    assert disconnect.reason_code == DisconnectReasonCode.NORMAL_DISCONNECTION
    assert connection.receive(message(2), 0) == []


def test_a_session_that_was_taken_over_is_not_to_be_taken_back() -> None:
    connection = opened()
    events = connection.receive(DisconnectPacket(reason_code=DisconnectReasonCode.SESSION_TAKEN_OVER).write(), 0)
    assert isinstance(reason(events), Misconfigured)
    assert "'device-1'" in str(reason(events))


def test_any_other_disconnect_is_a_loss() -> None:
    connection = opened()
    packet = DisconnectPacket(reason_code=DisconnectReasonCode.SERVER_SHUTTING_DOWN, reason_str="for repairs")
    events = connection.receive(message(1) + packet.write() + message(2), 0)
    assert [type(event) for event in events] == [Delivery, Ended]
    assert str(reason(events)) == "the broker ended the connection: server shutting down (for repairs)"


def test_a_silent_broker_is_asked_and_then_lost() -> None:
    connection = opened(keep_alive_s=30)
    assert connection.due == 30
    assert connection.check(30) == []
    assert [type(packet) for packet in said(connection, 30)] == [PingReqPacket]
    assert connection.receive(PingRespPacket().write(), 31) == []
    assert connection.check(45) == []
    assert said(connection, 45) == []
    assert connection.check(60) == []
    assert [type(packet) for packet in said(connection, 60)] == [PingReqPacket]
    assert isinstance(reason(connection.check(75)), BrokerUnavailable)
    assert not connection.is_open


def test_a_broker_that_we_do_not_read_from_is_spoken_to_and_not_lost() -> None:
    connection = opened(keep_alive_s=30)
    for now in (30, 60, 90):
        assert connection.check(now, deaf=True) == []
        assert [type(packet) for packet in said(connection, now)] == [PingReqPacket]
    connection.hear(95)
    assert connection.due == 120


def test_the_broker_s_keep_alive_goes_before_ours() -> None:
    assert opened(ConnAckPacket(server_keep_alive=10), keep_alive_s=600).due == 10


def text(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


# PUBLISH at QoS 1 with an alias in place of its topic; the codec writes no such packet, since we allow no aliases.
ALIASED = b"\x32\x09" + text(b"") + b"\x00\x01" + b"\x03\x23\x00\x01" + b"x"
# PUBLISH with a topic and with a content type that are not UTF-8: the codec panics, and an "ignored" exception is told.
PANICS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
BAD_TOPIC = b"\x30\x06" + text(b"\xff\xfe") + b"\x00" + b"x"
BAD_TEXT = b"\x30\x0a" + text(b"t") + b"\x05\x03" + text(b"\xff\xfe") + b"x"


@PANICS
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(100), DisconnectReasonCode.MALFORMED_PACKET),
        (b"\x00\x00", DisconnectReasonCode.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\xff\x01", DisconnectReasonCode.MALFORMED_PACKET),
        (b"\x40\x03\x00\x01\x77", DisconnectReasonCode.MALFORMED_PACKET),
        (BAD_TOPIC, DisconnectReasonCode.MALFORMED_PACKET),
        (BAD_TEXT, DisconnectReasonCode.MALFORMED_PACKET),
        (ALIASED, DisconnectReasonCode.PROTOCOL_ERROR),
        (message(1) + message(1), DisconnectReasonCode.PROTOCOL_ERROR),
        (message(0), DisconnectReasonCode.PROTOCOL_ERROR),
        (
            PublishPacket("a", b"", qos=QoS.EXACTLY_ONCE, packet_id=1).write(),
            DisconnectReasonCode.PROTOCOL_ERROR,
        ),
        (ConnAckPacket().write(), DisconnectReasonCode.PROTOCOL_ERROR),
        (ConnectPacket("x").write(), DisconnectReasonCode.PROTOCOL_ERROR),
        (SubAckPacket(1, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write(), DisconnectReasonCode.PROTOCOL_ERROR),
        (b"\x32\xff\xff\xff\x7f", DisconnectReasonCode.PACKET_TOO_LARGE),
        (message(1, bytes(2_100_000)), DisconnectReasonCode.PACKET_TOO_LARGE),
    ],
)
def test_what_a_broker_must_not_say_ends_the_connection(data: bytes, code: DisconnectReasonCode) -> None:
    connection = opened()
    events = connection.receive(data, 0)
    assert isinstance(reason(events), BrokerUnavailable)
    goodbye = said(connection)[-1]
    assert isinstance(goodbye, DisconnectPacket)
    assert goodbye.reason_code == code


@pytest.mark.parametrize("data", [message(1), PingRespPacket().write(), PubAckPacket(1).write()])
def test_nothing_may_come_before_the_broker_has_accepted_us(data: bytes) -> None:
    connection = Connection(options(), 1, 0)
    connection.open()
    assert isinstance(reason(connection.receive(data, 0)), BrokerUnavailable)


STREAM = b"".join(
    [
        ConnAckPacket(session_present=True, max_packet_size=1_000).write(),
        SubAckPacket(65_535, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write(),
        message(1, b"x" * 300, duplicate=True),
        message(None, b""),
        PingRespPacket().write(),
        message(2, b"y" * 20_000),
        PubAckPacket(1).write(),
        message(3, b"z" * 127),
    ]
)
ENDS = [
    DisconnectPacket(reason_code=DisconnectReasonCode.SERVER_BUSY).write(),
    b"\x32\x80\x80\x80\x7f" + b"junk",
    BAD_TEXT + message(4),
    message(4, bytes(70_000)),
    message(4, bytes(70_000)).replace(text(b"a/b"), text(b"a/\xff")),
    ALIASED,
    b"\x00\x00",
    b"",
]


def told(pieces: Iterable[bytes]) -> list[str]:
    """What a connection that is given these pieces tells, in words."""
    connection = Connection(options(subscriptions=(Subscription("#"),), max_packet_size=60_000), 1, 0)
    connection.open()
    events = [event for piece in pieces for event in connection.receive(piece, 0)]
    return [f"{event!r} {getattr(event, 'payload', b'')[:3]!r}" for event in events]


@PANICS
@given(st.sampled_from(ENDS), st.lists(st.integers(0, len(STREAM) + 20), max_size=12))
@example(ENDS[0], list(range(len(STREAM) + 20)))
def test_however_the_stream_is_cut_the_events_are_the_same(end: bytes, cuts: list[int]) -> None:
    stream = STREAM + end
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[start:stop] for start, stop in pairwise(edges)]
    assert told(pieces) == told([stream])
    assert len(told(pieces)) == 6 + bool(end)


@PANICS
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_break_it(data: bytes, accepted: bool) -> None:
    connection = opened() if accepted else Connection(options(), 1, 0)
    events = [event for at in range(len(data)) for event in connection.receive(data[at : at + 1], 0)]
    assert all(isinstance(event, Ended) for event in events[-1:]) or connection.is_open is accepted
    assert sum(isinstance(event, Ended) for event in events) <= 1


def test_an_incomplete_packet_is_not_kept_beyond_what_we_announced() -> None:
    connection = opened(max_packet_size=1_000)
    head = b"\x30\xe9\x07"  # a packet of 1004 bytes begins
    assert isinstance(reason(connection.receive(head, 0)), BrokerUnavailable)
