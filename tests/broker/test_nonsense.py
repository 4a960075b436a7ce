"""Brokers that hang up, talk nonsense, or do not talk at all."""

import asyncio
from asyncio import StreamReader, StreamWriter

import mqtt5
import pytest
from mqtt5 import (
    DisconnectPacket,
    DisconnectReasonCode,
    PubAckPacket,
    PublishPacket,
    QoS,
    SubAckPacket,
    SubAckReasonCode,
)

from broker.session import Backoff, Session
from contract.errors import BrokerUnavailable, Misconfigured
from tests.broker.talking import PATIENCE_S, Listener, accept, connected, options, read_packet, running, scripted_broker


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(100), b"\x20\xff\xff\xff\xff\xff", b"\x20\x02\x00\x01", b"\x20\x03\x00"],
    ids=["nothing", "another protocol", "no length", "MQTT 3.1.1", "half a packet"],
)
async def test_what_does_not_speak_mqtt_5_is_unavailable(answer: bytes) -> None:
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await read_packet(reader)
        writer.write(answer)
        await writer.drain()

    async with scripted_broker(script) as endpoint:
        listener = Listener(options(endpoint))
        with pytest.raises(BrokerUnavailable):
            await listener.session.connect()
        # What was never told as connected is not told as lost.
        assert (listener.connects.empty(), listener.disconnects.empty()) == (True, True)


async def test_a_broker_that_says_nothing_is_given_up_in_time() -> None:
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    async with scripted_broker(script) as endpoint:
        with pytest.raises(BrokerUnavailable, match=r"did not answer within 0.05 s"):
            await Session(options(endpoint, connect_timeout_s=0.05)).connect()


async def test_nonsense_ends_the_connection_with_the_reason_and_the_next_one_is_good() -> None:
    reasons: list[DisconnectPacket] = []

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        if not reasons:
            writer.write(b"\x00nonsense" + bytes(200))
            found = await read_packet(reader)
            assert isinstance(found, DisconnectPacket)
            reasons.append(found)
        await reader.read()

    async with scripted_broker(script) as endpoint, running(options(endpoint)) as listener:
        assert "malformed" in str(await listener.lost())
        async with asyncio.timeout(PATIENCE_S):
            await listener.session.wait_connected()
    assert [each.reason_code.name for each in reasons] == ["MALFORMED_PACKET"]


async def test_a_huge_packet_is_refused_before_it_is_here() -> None:
    told: asyncio.Queue[mqtt5.Packet] = asyncio.Queue()

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        writer.write(b"\x30\xff\xff\xff\x7f" + bytes(10))
        told.put_nowait(await read_packet(reader))

    async with scripted_broker(script) as endpoint, connected(options(endpoint)) as listener:
        assert "268435460 bytes" in str(await listener.lost())
        goodbye = await told.get()
        assert isinstance(goodbye, DisconnectPacket)
        assert goodbye.reason_code == DisconnectReasonCode.PACKET_TOO_LARGE


@pytest.mark.parametrize("qos", [QoS.AT_LEAST_ONCE, QoS.AT_MOST_ONCE])
async def test_a_broker_that_sends_more_than_we_want_in_hand_is_made_to_wait(qos: QoS) -> None:
    # As Mosquitto before 2.0.13: it sends up to a receive maximum more for each acknowledgement. And as every broker
    # sends what was published at QoS 0.
    count, payload, one_read = 2_000, bytes(20_000), 256 * 1024

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        for packet_id in range(1, count + 1):
            writer.write(
                PublishPacket("a", payload, qos=qos, packet_id=packet_id if qos == QoS.AT_LEAST_ONCE else None).write()
            )
        await reader.read()

    async with scripted_broker(script) as endpoint:
        bounds = options(endpoint, held_bytes_max=1_000_000, receive_max=count)
        async with connected(bounds) as listener:
            held = [await listener.next() for _ in range(51)]  # that is the byte too much
            for _ in range(300):
                await asyncio.sleep(0)  # enough turns of the loop to read everything
                assert listener.session.held_bytes <= 1_000_000 + one_read
            for _ in range(count - len(held)):
                listener.session.acknowledge(held)
                held = [await listener.next()]
            listener.session.acknowledge(held)
            assert listener.session.held_bytes == 0
            assert listener.disconnects.empty()


async def test_a_message_in_many_pieces_is_one_message() -> None:
    packet = PublishPacket("a", bytes(range(256)) * 20, qos=QoS.AT_LEAST_ONCE, packet_id=1).write()
    acknowledged: asyncio.Queue[mqtt5.Packet] = asyncio.Queue()

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        for at in range(0, len(packet), 700):
            writer.write(packet[at : at + 700])
            await writer.drain()
            await asyncio.sleep(0)
        acknowledged.put_nowait(await read_packet(reader))
        await reader.read()

    async with scripted_broker(script) as endpoint, connected(options(endpoint)) as listener:
        heard = await listener.next()
        assert heard.payload == bytes(range(256)) * 20
        listener.session.acknowledge([heard])
        async with asyncio.timeout(PATIENCE_S):
            assert isinstance(await acknowledged.get(), PubAckPacket)


async def test_a_session_that_was_taken_over_does_not_fight() -> None:
    connections = 0

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await accept(reader, writer)
        writer.write(DisconnectPacket(reason_code=DisconnectReasonCode.SESSION_TAKEN_OVER).write())

    async with scripted_broker(script) as endpoint:
        with pytest.raises(Misconfigured, match="client id 'twin'"):
            async with asyncio.timeout(PATIENCE_S):
                await Session(options(endpoint, client_id="twin")).run()
    assert connections == 1


async def test_a_refused_subscription_is_for_a_person_to_put_right() -> None:
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        subscribe = await read_packet(reader)
        assert isinstance(subscribe, mqtt5.SubscribePacket)
        writer.write(SubAckPacket(subscribe.packet_id, [SubAckReasonCode.NOT_AUTHORIZED]).write())
        await reader.read()

    async with scripted_broker(script) as endpoint:
        listener = Listener(options(endpoint, "v1/#"))
        with pytest.raises(Misconfigured, match="'v1/#': not authorized"):
            await listener.session.run()
        assert isinstance(await listener.lost(), Misconfigured)


async def test_who_is_thrown_off_at_once_waits_longer_each_time_until_a_connection_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    backoff, connections = Backoff(first_s=0.01, most_s=1), 0

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await accept(reader, writer)
        if connections == 4:
            await asyncio.sleep(1.1 * backoff.most_s)
        elif connections == 6:
            await reader.read()

    async with scripted_broker(script) as endpoint:
        listener = Listener(options(endpoint, backoff=backoff))
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
            tasks.create_task(listener.session.run())
            for _ in range(6):
                await listener.connects.get()
            await listener.session.close()
    delays = [record.args[-1] for record in caplog.records if isinstance(record.args, tuple)]
    for delay, failures in zip(delays, [0, 1, 2, 0, 1], strict=True):
        assert isinstance(delay, float)
        assert backoff.delay_s(failures, 0) <= delay <= backoff.delay_s(failures, 1)


async def test_a_busy_broker_is_asked_again() -> None:
    answers = iter([mqtt5.ConnAckReasonCode.SERVER_BUSY, mqtt5.ConnAckReasonCode.SERVER_UNAVAILABLE])

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer, reason_code=next(answers, mqtt5.ConnAckReasonCode.SUCCESS))
        await reader.read()

    async with scripted_broker(script) as endpoint, running(options(endpoint)) as listener:
        assert listener.session.connected


async def test_a_delivery_before_the_subscription_is_answered_comes_after_the_connect() -> None:
    # As brokers do when the session is present.
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer, session_present=True)
        writer.write(PublishPacket("a", b"kept", qos=QoS.AT_LEAST_ONCE, packet_id=1, duplicate=True).write())
        subscribe = await read_packet(reader)
        assert isinstance(subscribe, mqtt5.SubscribePacket)
        writer.write(SubAckPacket(subscribe.packet_id, [SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE]).write())
        await reader.read()

    order: list[object] = []
    async with scripted_broker(script) as endpoint:
        session = Session(
            options(endpoint, "a"), lambda delivery: order.append(delivery.payload), on_connect=order.append
        )
        await session.connect()
        assert order == [True, b"kept"]
        await session.close()


async def test_who_writes_more_than_the_network_takes_is_told_to_wait() -> None:
    read_on = asyncio.Event()

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        await read_on.wait()
        await reader.read()

    async with scripted_broker(script) as endpoint, connected(options(endpoint)) as listener:
        session = listener.session
        assert session.writable
        await session.drain()
        while session.writable:
            session.publish_nowait("a", bytes(100_000))
            await asyncio.sleep(0)
        waiting = asyncio.create_task(session.drain())
        read_on.set()
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        assert session.writable


async def test_who_waits_to_write_learns_that_the_connection_is_lost() -> None:
    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        await gone.wait()

    gone = asyncio.Event()
    async with scripted_broker(script) as endpoint, connected(options(endpoint)) as listener:
        session = listener.session
        while session.writable:
            session.publish_nowait("a", bytes(100_000))
            await asyncio.sleep(0)
        waiting = asyncio.create_task(session.drain())
        await asyncio.sleep(0)
        gone.set()
        with pytest.raises(BrokerUnavailable):
            await waiting


async def test_what_is_published_in_one_turn_of_the_loop_is_one_write() -> None:
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(reader: StreamReader, writer: StreamWriter) -> None:
        await accept(reader, writer)
        while piece := await reader.read(1_000_000):
            pieces.put_nowait(piece)

    async with scripted_broker(script) as endpoint, connected(options(endpoint)) as listener:
        for _ in range(50):
            listener.session.publish_nowait("a", b"12345")
        async with asyncio.timeout(PATIENCE_S):
            assert len(await pieces.get()) == 50 * len(PublishPacket("a", b"12345").write())
