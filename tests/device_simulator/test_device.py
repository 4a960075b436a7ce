"""One device against a real Mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from broker.options import Backoff, Subscription
from broker.session import Session, SessionOptions
from contract import topics
from contract.status import Status, read_status
from device_simulator.address import Address
from device_simulator.battery import last_will
from device_simulator.device import Device
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import DEFAULT_REPEAT, Habits
from device_simulator.parcel import Parcel
from tests.device_simulator.answerer import Answerer, ignore, reject, store, store_what_comes_again
from tests.device_simulator.people.lives import month
from tests.device_simulator.watched import WatchedTally
from tests.servers.mosquitto import MosquittoServer

DUE = [batch for day in month(1, 0, 3) for batch in day.batches]
BATCHES = [Parcel.of(batch) for batch in DUE]
USER = DUE[0].batch.user_id
SOON = Backoff(first_s=0.2, most_s=0.4)
LIMIT_S = 30


@asynccontextmanager
async def alone(
    own_mosquitto: MosquittoServer,
    *,
    in_flight: int = 64,
    repeat: Backoff = DEFAULT_REPEAT,
    receipts: bool = True,
) -> AsyncIterator[tuple[Fleet, Device, WatchedTally]]:
    """A device that has not connected yet."""
    tally = WatchedTally()
    ways = Ways(address=Address.parse(str(own_mosquitto.endpoint)), reconnect=Backoff(0.05, 0.2))
    habits = Habits(in_flight=in_flight, repeat=repeat, receipts=receipts)
    async with asyncio.timeout(LIMIT_S), Fleet(ways, habits, tally) as fleet:
        yield fleet, fleet.add(0, USER), tally


@asynccontextmanager
async def connected(
    own_mosquitto: MosquittoServer,
    *,
    in_flight: int = 64,
    repeat: Backoff = DEFAULT_REPEAT,
    receipts: bool = True,
) -> AsyncIterator[tuple[Device, WatchedTally]]:
    async with alone(own_mosquitto, in_flight=in_flight, repeat=repeat, receipts=receipts) as (fleet, device, tally):
        await fleet.connect(rate=0)
        await fleet.wait_connected(LIMIT_S)
        yield device, tally


def now() -> float:
    return monotonic()


async def send_all(device: Device, batches: list[Parcel]) -> None:
    for batch in batches:
        await device.wait_room()
        device.send(now(), batch)
    await device.wait_empty()


async def test_each_batch_is_published_once_and_has_its_receipt(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with connected(own_mosquitto) as (device, tally):
        await send_all(device, BATCHES)
    assert [(heard.topic, heard.payload) for heard in answerer.heard] == [
        (batch.topic, batch.payload()) for batch in DUE
    ]
    items = sum(batch.items for batch in BATCHES)
    assert (tally.published, tally.receipted, tally.repeated) == (len(BATCHES), len(BATCHES), 0)
    assert (tally.stored_items, tally.rejected_items) == (items, 0)
    assert tally.acknowledged == len(BATCHES)


async def test_without_a_receipt_a_batch_is_published_again_until_it_has_one(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    answerer.policy = store_what_comes_again
    async with connected(own_mosquitto, repeat=SOON) as (device, tally):
        await send_all(device, BATCHES[:5])
    assert tally.receipted == 5
    assert tally.repeated >= 5
    assert {heard.batch_id for heard in answerer.repeats} == {batch.batch_id for batch in BATCHES[:5]}
    first, again = answerer.firsts, answerer.repeats
    assert {heard.payload for heard in again} == {heard.payload for heard in first}


async def test_an_acknowledgement_of_the_broker_is_no_receipt(own_mosquitto: MosquittoServer) -> None:
    """Nobody listens at first: the broker takes the batches, says so, and they are gone."""
    late = Answerer(own_mosquitto)
    try:
        async with connected(own_mosquitto, repeat=SOON) as (device, tally):
            for batch in BATCHES[:5]:
                device.send(now(), batch)
            await tally.wait(lambda tally: tally.not_delivered == 5)
            assert (tally.acknowledged, tally.receipted, len(device.flights)) == (0, 0, 5)
            await asyncio.to_thread(late.start)
            await device.wait_empty()
            assert tally.receipted == 5
    finally:
        late.stop()


async def test_a_rejection_is_final(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = reject
    async with connected(own_mosquitto) as (device, tally):
        await send_all(device, BATCHES[:5])
    assert (tally.receipted, tally.stored_items) == (5, 0)
    assert tally.rejected_items == sum(batch.items for batch in BATCHES[:5])


async def test_no_more_are_on_their_way_than_allowed(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    async with connected(own_mosquitto, in_flight=7) as (device, tally):
        sending = asyncio.create_task(send_all(device, BATCHES[:20]))
        await tally.wait(lambda tally: tally.acknowledged == 7)
        assert (tally.published, len(device.flights), sending.done()) == (7, 7, False)
        answerer.policy = store
        device.drop(0.0)  # what is on its way is said again over the next connection
        await sending
    assert tally.receipted == 20


async def test_a_lost_connection_costs_nothing_but_a_repeat(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    async with connected(own_mosquitto) as (device, tally):
        for batch in BATCHES[:6]:
            device.send(now(), batch)
        await tally.wait(lambda tally: tally.acknowledged == 6)
        answerer.policy = store
        device.drop(0.0)
        await device.wait_empty()
    assert (tally.receipted, tally.repeated) == (6, 6)


async def test_what_is_sent_while_there_is_no_connection_goes_when_there_is(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with alone(own_mosquitto) as (fleet, device, tally):
        for batch in BATCHES[:6]:
            device.send(now(), batch)
        await fleet.connect(rate=0)
        await device.wait_empty()
    assert (tally.receipted, tally.repeated) == (6, 0)


async def test_what_is_owed_beyond_the_limit_leaves_late_and_is_an_overrun(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with connected(own_mosquitto, in_flight=2) as (device, tally):
        for batch in BATCHES[:30]:
            device.owe(now() - 1, batch)
        assert (len(device.flights), device.unsettled) == (2, 30)
        await tally.wait(lambda tally: tally.receipted == 30)
    assert tally.overruns == tally.published == 30
    assert tally.puback.percentiles(0.1)[0] >= 1_000_000, "latency counts from the moment that was intended"
    assert [heard.batch_id for heard in answerer.heard] == [batch.batch_id for batch in BATCHES[:30]]


async def test_what_is_told_of_the_past_is_counted_and_not_timed(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with connected(own_mosquitto) as (device, tally):
        for batch in BATCHES[:6]:
            device.send(None, batch)
        device.send(now(), BATCHES[6])
        await device.wait_empty()
        await tally.wait(lambda tally: tally.acknowledged == 7)
    assert (tally.published, tally.back_filled, tally.receipted, tally.overruns) == (7, 6, 7, 0)
    assert (tally.puback.count, tally.receipt.count) == (1, 1)


async def test_the_oldest_is_one_that_could_not_leave_if_none_is_on_its_way(own_mosquitto: MosquittoServer) -> None:
    async with alone(own_mosquitto, in_flight=1) as (_, device, _):
        for batch in BATCHES[:2]:
            device.owe(now(), batch)
        assert not device.flights
        assert device.oldest is BATCHES[0]


async def test_a_run_without_receipts_ends_each_batch_with_its_puback(own_mosquitto: MosquittoServer) -> None:
    async with connected(own_mosquitto, in_flight=3, receipts=False) as (device, tally):
        for batch in BATCHES[:9]:
            device.owe(now(), batch)
        await device.wait_empty()
        await tally.wait(lambda tally: tally.not_delivered == 9)
    assert (tally.published, tally.acknowledged, tally.receipted, tally.puback.count) == (9, 0, 0, 9)


async def test_the_newest_batch_can_come_twice(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    async with connected(own_mosquitto) as (device, tally):
        device.owe(now(), BATCHES[0])
        device.repeat_last()
        await tally.wait(lambda tally: tally.acknowledged == 1)
        answerer.policy = store
        device.drop(0.0)
        await device.wait_empty()
    assert (tally.published, tally.receipted) == (1, 1)
    assert len(answerer.repeats) == 2


async def test_strange_messages_in_the_inbox_are_passed_over(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    strange = [b"", b"{", b"[]", b"\xff", b'{"batch_id": null, "status": "stored", "stored": 1, "rejected": []}']
    options = SessionOptions(client_id="stranger", endpoint=own_mosquitto.endpoint, session_expiry_s=0)
    stranger = Session(options)
    await stranger.connect()
    async with connected(own_mosquitto) as (device, tally):
        for payload in strange:
            assert await stranger.publish(topics.receipts(USER), payload) == 0
        await send_all(device, BATCHES[:3])
    await stranger.close()
    assert tally.receipted == 3


async def test_who_gets_low_has_a_last_will_that_says_so(own_mosquitto: MosquittoServer) -> None:
    told: asyncio.Queue[Status] = asyncio.Queue()
    options = SessionOptions(
        client_id="watcher",
        endpoint=own_mosquitto.endpoint,
        session_expiry_s=0,
        subscriptions=(Subscription(topics.status(USER, "watch")),),
    )
    watcher = Session(options, lambda delivery: told.put_nowait(read_status(delivery.payload)))
    await watcher.connect()
    async with connected(own_mosquitto) as (device, tally):
        device.tell_battery(35)
        assert await told.get() == Status("online", 35)
        device.tell_battery(15)
        assert await told.get() == Status("online", 15)
        assert await told.get() == Status("online", 15), "again, over a connection whose last will says so"
        device.tell_battery(5)
        assert await told.get() == Status("online", 5)
        device.drop(0.0)
        device.tell_battery(100)
        assert await told.get() == Status("offline", 15)
        assert await told.get() == Status("online", 100)
        device.drop(0.0)
        assert await told.get() == Status("offline")
    await watcher.close()
    assert tally.failures == 0


async def test_who_tells_no_battery_leaves_no_will(own_mosquitto: MosquittoServer) -> None:
    async with connected(own_mosquitto) as (device, _):
        assert last_will(USER, device.battery_pct) is None


async def test_an_attack_goes_beyond_what_the_broker_takes_and_the_batches_come_through(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with connected(own_mosquitto) as (device, tally):
        assert device.attack(topics.telemetry(USER, "meals"), b"x" * 2_000_000)
        device.send(now(), BATCHES[0])
        await device.wait_empty()
        assert not device.attack("no/#/topic", b""), "a topic that can't be said is no attack"
    assert (tally.receipted, tally.repeated, tally.connect.count) == (1, 1, 2)
    (reason,) = tally.errors
    assert reason.startswith("connection lost"), "Mosquitto does not say why"
