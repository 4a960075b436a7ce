"""Losing a real Mosquitto, and getting it back."""

import asyncio

import mqtt5
import pytest

from broker.session import Backoff, Will
from contract.errors import BrokerUnavailable
from tests.broker.talking import PATIENCE_S, Listener, connected, options, running
from tests.servers.mosquitto import MosquittoServer

KILLED = pytest.mark.parametrize("how", ["kill", "stop"])


@KILLED
async def test_a_session_comes_back_when_the_broker_does(own_mosquitto: MosquittoServer, how: str) -> None:
    async with running(options(own_mosquitto.endpoint, "a")) as listener:
        getattr(own_mosquitto, how)()
        assert isinstance(await listener.lost(), BrokerUnavailable)
        assert not listener.session.connected
        own_mosquitto.start()
        async with asyncio.timeout(PATIENCE_S):
            await listener.session.wait_connected()
        assert await listener.session.publish("a", b"again") == 0
        heard = await listener.next()
        assert (heard.payload, heard.connection) == (b"again", listener.connects.qsize())


async def test_a_broker_that_ends_in_order_has_kept_what_was_not_acknowledged(own_mosquitto: MosquittoServer) -> None:
    async with running(options(own_mosquitto.endpoint, "a", session_expiry_s=60)) as listener:
        await asyncio.gather(*[listener.session.publish("a", payload) for payload in (b"1", b"2")])
        one, _ = [await listener.next() for _ in range(2)]
        listener.session.acknowledge([one])
        await listener.settle()
        own_mosquitto.stop()
        own_mosquitto.start()
        assert (await listener.next()).payload == b"2"
        assert [await listener.connects.get() for _ in range(2)] == [False, True]


async def test_what_the_broker_had_not_answered_fails_when_it_is_lost(own_mosquitto: MosquittoServer) -> None:
    async with connected(options(own_mosquitto.endpoint)) as listener:
        own_mosquitto.child.pause()
        answers = [listener.session.publish("a", b"") for _ in range(1_500)]
        assert (listener.session.in_flight, listener.session.queued) == (1_000, 500)
        own_mosquitto.kill()
        assert isinstance(await listener.lost(), BrokerUnavailable)
        failures = await asyncio.gather(*answers, return_exceptions=True)
        assert all(isinstance(each, BrokerUnavailable) for each in failures)


async def test_a_broker_that_hangs_is_given_up_and_found_again(own_mosquitto: MosquittoServer) -> None:
    async with running(options(own_mosquitto.endpoint, keep_alive_s=1)) as listener:
        own_mosquitto.child.pause()
        assert "silent" in str(await listener.lost())
        own_mosquitto.child.resume()
        async with asyncio.timeout(PATIENCE_S):
            await listener.session.wait_connected()


async def test_an_idle_session_is_kept_alive(mosquitto: MosquittoServer) -> None:
    # A broker ends the connection of a client that says nothing for one and a half of its keep-alive, and the will
    # tells of it. It looks every few seconds only, so a client that does say nothing shows that it has looked.
    silent, idle = Will("dead/silent", payload=b"silent"), Will("dead/idle", payload=b"idle")
    async with (
        connected(options(mosquitto.endpoint, "dead/+")) as listener,
        connected(options(mosquitto.endpoint, keep_alive_s=1, will=idle)) as kept,
    ):
        _, writer = await asyncio.open_connection("127.0.0.1", mosquitto.port)
        writer.write(mqtt5.ConnectPacket("silent", keep_alive=1, will=silent).write())
        assert (await listener.next()).payload == b"silent"
        assert listener.heard.empty()
        assert kept.session.connected
        writer.close()


async def test_a_dropped_connection_is_made_again(mosquitto: MosquittoServer) -> None:
    async with running(options(mosquitto.endpoint)) as listener:
        listener.session.abort()
        assert isinstance(await listener.lost(), BrokerUnavailable)
        async with asyncio.timeout(PATIENCE_S):
            await listener.session.wait_connected()


async def test_it_waits_for_a_broker_that_is_not_there_yet(own_mosquitto: MosquittoServer) -> None:
    own_mosquitto.stop()
    listener = Listener(options(own_mosquitto.endpoint))
    with pytest.raises(BrokerUnavailable, match=f"127.0.0.1:{own_mosquitto.port}"):
        await listener.session.connect()
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
        tasks.create_task(listener.session.run())
        own_mosquitto.start()
        await listener.session.wait_connected()
        await listener.session.close()


async def test_closing_ends_the_wait_for_the_next_attempt(
    mosquitto: MosquittoServer, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener(options(mosquitto.endpoint, backoff=Backoff(3_600, 3_600), client_id="patient"))
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
        tasks.create_task(listener.session.run())
        await listener.session.wait_connected()
        listener.session.abort()
        await listener.lost()
        await asyncio.sleep(0)  # until it rests
        await listener.session.close()
    (record,) = caplog.records
    assert record.getMessage().startswith("patient: the connection was dropped on purpose; again in ")


async def test_a_cancelled_run_leaves_the_connection_for_last_words(mosquitto: MosquittoServer) -> None:
    listener = Listener(options(mosquitto.endpoint, "last/words"))
    task = asyncio.create_task(listener.session.run())
    async with asyncio.timeout(PATIENCE_S):
        await listener.session.wait_connected()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await listener.session.publish("last/words", b"") == 0
    await listener.session.close()
    assert await listener.lost() is None
