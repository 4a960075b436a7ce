"""The session with a real Mosquitto."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import paho.mqtt.client as paho
import pytest
from mqtt5 import QoS
from paho.mqtt.enums import CallbackAPIVersion

from broker.session import Delivery, Session, Will
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BrokerUnavailable, Misconfigured, Rejected
from tests.broker.talking import PATIENCE_S, connected, options
from tests.servers.mosquitto import MosquittoServer, new_server


@pytest.fixture
def topic() -> str:
    """A topic of this test's own."""
    return f"test/{uuid4().hex}"


async def test_a_message_comes_as_it_was_published(mosquitto: MosquittoServer, topic: str) -> None:
    async with connected(options(mosquitto.endpoint, f"{topic}/+")) as listener:
        assert await listener.session.publish(f"{topic}/a", b"\x00\xff") == 0
        listener.session.publish_nowait(f"{topic}/b", b"")
        listener.session.publish_nowait(f"{topic}/c", b"c", qos=1)
        heard = [await listener.next() for _ in range(3)]
        assert [(each.topic, each.payload, each.qos) for each in heard] == [
            (f"{topic}/a", b"\x00\xff", 1),
            (f"{topic}/b", b"", 0),
            (f"{topic}/c", b"c", 1),
        ]
        assert all(isinstance(each.payload, bytes) for each in heard)


async def test_another_client_understands_it(mosquitto: MosquittoServer, topic: str) -> None:
    arrived: asyncio.Queue[tuple[bytes, int, bool]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)

    def subscribe(*_: Any) -> None:
        client.subscribe(f"{topic}/to-paho", 1)

    def greet(*_: Any) -> None:
        client.publish(f"{topic}/from-paho", b"hello", 1)

    def hand_over(_client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        heard = (bytes(message.payload), message.qos, message.retain)
        loop.call_soon_threadsafe(arrived.put_nowait, heard)

    client.on_connect, client.on_subscribe, client.on_message = subscribe, greet, hand_over
    async with connected(options(mosquitto.endpoint, f"{topic}/from-paho")) as listener:
        client.connect("127.0.0.1", mosquitto.port)
        client.loop_start()
        try:
            assert (await listener.next()).payload == b"hello"
            assert await listener.session.publish(f"{topic}/to-paho", b"hello yourself") == 0
            async with asyncio.timeout(PATIENCE_S):
                assert await arrived.get() == (b"hello yourself", 1, False)
        finally:
            client.disconnect()
            client.loop_stop()


async def test_a_publisher_learns_that_nobody_has_subscribed(mosquitto: MosquittoServer, topic: str) -> None:
    async with connected(options(mosquitto.endpoint)) as listener:
        assert await listener.session.publish(topic, b"") == 16


async def test_a_retained_message_comes_with_the_subscription(mosquitto: MosquittoServer, topic: str) -> None:
    async with connected(options(mosquitto.endpoint)) as publisher:
        await publisher.session.publish(topic, b"online", retain=True)
        async with connected(options(mosquitto.endpoint, topic)) as listener:
            heard = await listener.next()
            assert (heard.payload, heard.retain) == (b"online", True)
        await publisher.session.publish(topic, b"", retain=True)


async def test_no_more_than_the_receive_maximum_is_delivered_unacknowledged(
    mosquitto: MosquittoServer, topic: str
) -> None:
    async with (
        connected(options(mosquitto.endpoint, topic, receive_max=3)) as listener,
        connected(options(mosquitto.endpoint)) as publisher,
    ):
        await asyncio.gather(*[publisher.session.publish(topic, b"%d" % at) for at in range(10)])
        first = [await listener.next() for _ in range(3)]
        await listener.settle()
        assert listener.heard.empty()
        assert listener.session.held_bytes == 3 * (1 + len(topic))
        listener.session.acknowledge(first[:2])
        assert await listener.payloads(2) == [b"3", b"4"]


async def test_a_backlog_comes_whole_through_a_bound_of_what_is_held(mosquitto: MosquittoServer, topic: str) -> None:
    # What the broker sends before it confirms the subscription has room: `connect` waits for that.
    kept = options(mosquitto.endpoint, topic, session_expiry_s=60, receive_max=10, held_bytes_max=20_000)
    async with connected(kept), connected(options(mosquitto.endpoint)) as publisher:
        await asyncio.gather(*[publisher.session.publish(topic, b"%1000d" % at) for at in range(1_000)])
    async with connected(kept) as listener:
        held: list[Delivery] = []
        for at in range(1_000):
            held.append(await listener.next())
            assert int(held[-1].payload) == at
            if len(held) == 5:
                listener.session.acknowledge(held)
                held.clear()
        assert listener.session.held_bytes == 0


async def test_what_was_acknowledged_does_not_come_again_and_the_rest_does(
    mosquitto: MosquittoServer, topic: str
) -> None:
    kept = options(mosquitto.endpoint, topic, session_expiry_s=60)
    async with connected(kept) as listener:
        await asyncio.gather(*[listener.session.publish(topic, payload) for payload in (b"1", b"2", b"3")])
        one, two, three = [await listener.next() for _ in range(3)]
        listener.session.acknowledge([one, three])
        await listener.settle()
        listener.session.abort()
        await listener.lost()
    async with connected(kept) as listener:
        assert await listener.connects.get() is True
        again = await listener.next()
        assert (again.payload, again.duplicate) == (two.payload, True)
        await listener.settle()
        assert listener.heard.empty()


async def test_an_acknowledgement_of_an_older_connection_acknowledges_nothing(
    mosquitto: MosquittoServer, topic: str
) -> None:
    async with connected(options(mosquitto.endpoint, topic, session_expiry_s=60)) as listener:
        session = listener.session
        await session.publish(topic, b"kept")
        stale = await listener.next()
        for connection in (2, 3):
            session.abort()
            await listener.lost()
            session.acknowledge([stale])  # while there is no connection
            await session.connect()
            session.acknowledge([stale])  # the packet id is the same on the new one
            again = await listener.next()
            assert (again.payload, again.packet_id, again.connection) == (b"kept", stale.packet_id, connection)
            await listener.settle()
        session.acknowledge([again])
        await listener.settle()
        session.abort()
        await listener.lost()
        await session.connect()
        await listener.settle()
        assert listener.heard.empty()


async def test_a_second_client_of_the_same_id_takes_the_session_over(mosquitto: MosquittoServer, topic: str) -> None:
    same = options(mosquitto.endpoint, topic, session_expiry_s=60)
    async with connected(same) as first:
        await first.session.publish(topic, b"unacknowledged")
        stale = await first.next()
        async with connected(same) as second:
            assert isinstance(await first.lost(), (BrokerUnavailable, Misconfigured))
            assert not first.session.connected
            assert await second.connects.get() is True
            assert (await second.next()).payload == b"unacknowledged"
            first.session.acknowledge([stale])
            await second.settle()
            assert second.session.connected


async def test_the_broker_s_receive_maximum_is_kept(tmp_path: Path, topic: str) -> None:
    server = new_server(tmp_path, more="max_inflight_messages 2\n")
    server.start()
    try:
        async with connected(options(server.endpoint, topic)) as listener:
            answers = [listener.session.publish(topic, b"%d" % at) for at in range(10)]
            assert (listener.session.in_flight, listener.session.queued) == (2, 8)
            assert await asyncio.gather(*answers) == [0] * 10
            assert (listener.session.in_flight, listener.session.queued) == (0, 0)
            heard = [await listener.next() for _ in range(10)]
            assert [each.payload for each in heard] == [b"%d" % at for at in range(10)]
    finally:
        server.stop()


async def test_the_largest_batch_passes_and_a_larger_message_is_not_sent(
    mosquitto: MosquittoServer, topic: str
) -> None:
    async with connected(options(mosquitto.endpoint, topic)) as listener:
        batch = bytes(MAX_BATCH_BYTES)
        assert await listener.session.publish(topic, batch) == 0
        assert (await listener.next()).payload == batch
        with pytest.raises(Rejected, match="exceeds the broker's limit"):
            listener.session.publish(topic, bytes(5_000_000))
        assert await listener.session.publish(topic, b"still here") == 0


async def test_a_will_is_published_for_who_vanishes(mosquitto: MosquittoServer, topic: str) -> None:
    will = Will(topic, payload=b"offline", qos=QoS.AT_LEAST_ONCE)
    async with connected(options(mosquitto.endpoint, topic)) as listener:
        async with connected(options(mosquitto.endpoint, will=will)) as vanishing:
            vanishing.session.abort()
            assert isinstance(await vanishing.lost(), BrokerUnavailable)
        assert (await listener.next()).payload == b"offline"


async def test_no_will_is_published_for_who_says_farewell(mosquitto: MosquittoServer, topic: str) -> None:
    will = Will(topic, payload=b"offline", qos=QoS.AT_LEAST_ONCE)
    leaving = options(mosquitto.endpoint, will=will)
    async with connected(options(mosquitto.endpoint, topic)) as listener:
        async with connected(leaving) as gone:
            pass
        assert await gone.lost() is None
        async with connected(leaving):
            await listener.settle()
            assert listener.heard.empty()


async def test_what_was_published_before_the_farewell_arrives(mosquitto: MosquittoServer, topic: str) -> None:
    async with connected(options(mosquitto.endpoint, topic)) as listener:
        async with connected(options(mosquitto.endpoint)) as publisher:
            for at in range(100):
                publisher.session.publish_nowait(topic, b"%d" % at)
        assert await listener.payloads(100) == [b"%d" % at for at in range(100)]


async def test_refused_credentials_are_for_a_person_to_put_right(tmp_path: Path) -> None:
    server = new_server(tmp_path, more="allow_anonymous false\n")
    server.start()
    try:
        wrong = options(server.endpoint, username="anna", password="hunter2")
        for attempt in (Session(wrong).connect, Session(wrong).run):
            with pytest.raises(Misconfigured, match="not authorized") as caught:
                await attempt()
            assert "hunter2" not in str(caught.value)
    finally:
        server.stop()


async def test_without_a_connection_nothing_is_published(mosquitto: MosquittoServer) -> None:
    session = Session(options(mosquitto.endpoint))
    with pytest.raises(BrokerUnavailable):
        await session.publish("a", b"")
    with pytest.raises(BrokerUnavailable):
        session.publish_nowait("a", b"")
    with pytest.raises(BrokerUnavailable):
        await session.drain()
    session.acknowledge([])
    assert (session.connected, session.writable, session.in_flight, session.queued) == (False, False, 0, 0)
    await session.close()


async def test_an_error_of_the_application_ends_the_connection_and_comes_out_of_run(
    mosquitto: MosquittoServer, topic: str
) -> None:
    def fail(delivery: Delivery) -> None:
        raise ZeroDivisionError

    session = Session(options(mosquitto.endpoint, topic), fail)
    await session.connect()
    session.publish_nowait(topic, b"")
    with pytest.raises(ZeroDivisionError):
        async with asyncio.timeout(PATIENCE_S):
            await session.run()
    assert not session.connected
