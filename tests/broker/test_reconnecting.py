"""Losing a real Mosquitto, and getting it back."""

import asyncio

import pytest

from broker.session import Backoff, Endpoint, Session
from contract.errors import BrokerUnavailable
from paceline.processes import free_port
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


async def test_an_idle_session_is_kept_alive(own_mosquitto: MosquittoServer) -> None:
    # The broker asks a client that says nothing for one and a half of its keep-alive to go; the other one is its clock.
    async with (
        connected(options(own_mosquitto.endpoint, keep_alive_s=1)) as idle,
        connected(options(own_mosquitto.endpoint, keep_alive_s=1)) as clock,
    ):
        for _ in range(3):
            await asyncio.sleep(1)
            await clock.settle()
        assert idle.session.connected
        assert idle.disconnects.empty()


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


async def test_closing_ends_the_wait_for_the_next_attempt() -> None:
    nowhere = Endpoint("127.0.0.1", free_port())
    session = Session(options(nowhere, backoff=Backoff(3_600, 3_600)))
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(PATIENCE_S):
        waiting = tasks.create_task(session.run())
        with pytest.raises(BrokerUnavailable):
            await _first_attempt(session)
        await session.close()
        await waiting


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
