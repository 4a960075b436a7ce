"""One device against a real Mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from broker.session import Backoff, SessionOptions, Subscription
from contract import topics
from device_simulator.device import DEFAULT_REPEAT, Device
from device_simulator.people.uploads import DueBatch
from device_simulator.tally import Tally
from tests.device_simulator.answerer import Answerer, ignore, reject, store, store_what_comes_again
from tests.device_simulator.people.lives import month
from tests.servers.mosquitto import MosquittoServer

BATCHES = [batch for day in month(1, 0, 3) for batch in day.batches]
SOON = Backoff(first_s=0.2, most_s=0.4)
LIMIT_S = 30


class WatchedTally(Tally):
    """Counts, and tells when a PUBACK was counted."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = asyncio.Event()

    def count_puback(self, reason_code: int) -> None:
        super().count_puback(reason_code)
        self.counted.set()

    async def wait(self, name: str, count: int) -> None:
        while getattr(self, name) < count:
            self.counted.clear()
            await self.counted.wait()


def new_device(
    own_mosquitto: MosquittoServer, tally: Tally, *, in_flight: int = 64, repeat: Backoff = DEFAULT_REPEAT
) -> Device:
    user_id = BATCHES[0].batch.user_id
    options = SessionOptions(
        client_id="device",
        endpoint=own_mosquitto.endpoint,
        session_expiry_s=60,
        subscriptions=(Subscription(topics.receipts(user_id)),),
        backoff=Backoff(0.05, 0.2),
    )
    return Device(options, tally, in_flight=in_flight, repeat=repeat)


@asynccontextmanager
async def running(device: Device) -> AsyncIterator[None]:
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        run = group.create_task(device.session.run())
        await device.session.wait_connected()
        yield
        await device.close()
        await run


@asynccontextmanager
async def connected(
    own_mosquitto: MosquittoServer, *, in_flight: int = 64, repeat: Backoff = DEFAULT_REPEAT
) -> AsyncIterator[tuple[Device, WatchedTally]]:
    tally = WatchedTally()
    device = new_device(own_mosquitto, tally, in_flight=in_flight, repeat=repeat)
    async with running(device):
        yield device, tally


async def send_all(device: Device, batches: list[DueBatch]) -> None:
    for batch in batches:
        await device.wait_room()
        device.send(batch)
    await device.wait_empty()


async def test_each_batch_is_published_once_and_has_its_receipt(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with connected(own_mosquitto) as (device, tally):
        await send_all(device, BATCHES)
    assert [(heard.topic, heard.payload) for heard in answerer.heard] == [
        (batch.topic, batch.payload()) for batch in BATCHES
    ]
    items = sum(len(batch.batch.items) for batch in BATCHES)
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
                device.send(batch)
            await tally.wait("not_delivered", 5)
            assert (tally.acknowledged, tally.receipted, len(device.outbox)) == (0, 0, 5)
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
    assert tally.rejected_items == sum(len(batch.batch.items) for batch in BATCHES[:5])


async def test_no_more_are_on_their_way_than_allowed(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    async with connected(own_mosquitto, in_flight=7) as (device, tally):
        sending = asyncio.create_task(send_all(device, BATCHES[:20]))
        await tally.wait("acknowledged", 7)
        assert (tally.published, len(device.outbox), sending.done()) == (7, 7, False)
        answerer.policy = store
        device.session.abort()  # what is on its way is said again over the next connection
        await sending
    assert tally.receipted == 20


async def test_a_lost_connection_costs_nothing_but_a_repeat(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    async with connected(own_mosquitto) as (device, tally):
        for batch in BATCHES[:6]:
            device.send(batch)
        await tally.wait("acknowledged", 6)
        answerer.policy = store
        device.session.abort()
        await device.wait_empty()
    assert (tally.receipted, tally.repeated) == (6, 6)


async def test_what_is_sent_while_there_is_no_connection_goes_when_there_is(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    tally = Tally()
    device = new_device(own_mosquitto, tally)
    for batch in BATCHES[:6]:
        device.send(batch)
    async with running(device):
        await device.wait_empty()
    assert (tally.receipted, tally.repeated) == (6, 0)


async def test_strange_messages_in_the_inbox_are_passed_over(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    inbox = topics.receipts(BATCHES[0].batch.user_id)
    strange = [b"", b"{", b"[]", b"\xff", b'{"batch_id": null, "status": "stored", "stored": 1, "rejected": []}']
    async with connected(own_mosquitto) as (device, tally):
        for payload in strange:
            assert await device.session.publish(inbox, payload) == 0
        await send_all(device, BATCHES[:3])
    assert tally.receipted == 3
