"""What devices of people who live do with a coach's message, against a real Mosquitto."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from broker.options import Backoff, Endpoint, Subscription
from broker.session import Delivery, Session, SessionOptions
from contract import topics
from contract.feedback import Confirmation, Feedback, read_confirmation
from contract.reason_codes import NO_MATCHING_SUBSCRIBERS
from contract.receipts import Receipt
from device_simulator.address import Address
from device_simulator.correspondent import Correspondent
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.diary import Diary
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import Habits
from device_simulator.people.person import Person
from device_simulator.tally import Tally
from tests.servers.mosquitto import MosquittoServer

ANN = Person.from_seed(5, 0)
NOON_MS = 1_768_392_000_000
DAY_MS = 86_400_000
LIMIT_S = 60


class Office:
    """Who writes to Ann, and hears what her device says of it."""

    def __init__(self, port: int) -> None:
        self._heard: asyncio.Queue[Confirmation] = asyncio.Queue()
        heard = (Subscription(topics.confirmations(ANN.user_id)),)
        endpoint = Endpoint("127.0.0.1", port)
        options = SessionOptions(
            client_id="office", endpoint=endpoint, session_expiry_s=0, subscriptions=heard, backoff=Backoff(0.05, 0.2)
        )
        self.session = Session(options, self._hear)

    async def write(self, message_id: str) -> int:
        """The PUBACK's reason code."""
        told = Feedback(
            feedback_id=message_id, sent_at=datetime.now(UTC), author_name="Carl", author_role="coach", text="Well done"
        )
        return await self.session.publish(topics.feedback(ANN.user_id), told.encode())

    async def told(self) -> tuple[str, str]:
        """The next message id, and what was said of it."""
        async with asyncio.timeout(LIMIT_S):
            said = await self._heard.get()
        self.newest = said
        return said.feedback_id, said.state

    async def note(self, batch_id: str | None) -> None:
        """Give a receipt."""
        await self.session.publish(topics.receipts(ANN.user_id), Receipt(batch_id, "stored", 1, []).encode())

    def _hear(self, delivery: Delivery) -> None:
        self.session.acknowledge((delivery,))
        self._heard.put_nowait(read_confirmation(delivery.payload))


@pytest.fixture
async def office(own_mosquitto: MosquittoServer) -> AsyncIterator[Office]:
    opened = Office(own_mosquitto.port)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(opened.session.run())
        await opened.session.wait_connected()
        yield opened
        await opened.session.close()
        await running


class Clock:
    """Simulated time, which a test sets."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def now_ms(self) -> int:
        return self.ms


@asynccontextmanager
async def living(own_mosquitto: MosquittoServer, clock: Clock) -> AsyncIterator[Correspondent]:
    """Ann's device, connected."""
    ways = Ways(address=Address.parse(str(own_mosquitto.endpoint)), reconnect=Backoff(0.05, 0.2))
    habits = Habits(repeat=Backoff(0.05, 0.1))
    async with asyncio.timeout(LIMIT_S), Fleet(ways, habits, Tally()) as fleet:
        device = Correspondent(fleet, ANN.user_id, ANN, clock.now_ms)
        fleet.devices.append(device)
        await fleet.connect(rate=0)
        await fleet.wait_connected(LIMIT_S)
        yield device


async def test_that_a_message_has_come_is_said_each_time(own_mosquitto: MosquittoServer, office: Office) -> None:
    first, second = str(uuid4()), str(uuid4())
    async with living(own_mosquitto, Clock()) as device:
        for message_id in (first, first, second):
            assert await office.write(message_id) == 0
            assert await office.told() == (message_id, "delivered")
        assert device.unread.keys() == {first, second}


async def test_a_message_is_read_when_it_is_time_and_that_is_said_until_it_is_noted(
    own_mosquitto: MosquittoServer, office: Office
) -> None:
    clock, message_id = Clock(), str(uuid4())
    async with living(own_mosquitto, clock) as device:
        await office.write(message_id)
        assert await office.told() == (message_id, "delivered")
        device.read_due()
        clock.ms = device.unread[message_id]
        looking = asyncio.create_task(look(device))
        # It was too early the first time; then it is said, and said again.
        for _ in range(3):
            assert await office.told() == (message_id, "read")
        await office.note("another")
        await office.note(office.newest.batch_id)
        await looking
        assert device.unread == {}


async def look(device: Correspondent) -> None:
    """Look at what is unread, again and again, until nothing is."""
    while device.unread:
        device.read_due()
        await asyncio.sleep(0.01)


async def test_what_is_no_message_is_passed_over(own_mosquitto: MosquittoServer, office: Office) -> None:
    message_id = str(uuid4())
    async with living(own_mosquitto, Clock()):
        for nonsense in (b"", b"{", b"\xff", b'{"feedback_id": "1"}'):
            await office.session.publish(topics.feedback(ANN.user_id), nonsense)
        await office.write(message_id)
        assert await office.told() == (message_id, "delivered")


async def test_devices_of_a_load_hear_nothing_of_it(own_mosquitto: MosquittoServer, office: Office) -> None:
    ways = Ways(address=Address.parse(str(own_mosquitto.endpoint)))
    async with asyncio.timeout(LIMIT_S), Fleet(ways, Habits(), Tally()) as fleet:
        fleet.add(ANN.index, ANN.user_id)
        await fleet.connect(rate=0)
        await fleet.wait_connected(LIMIT_S)
        assert await office.write(str(uuid4())) == NO_MATCHING_SUBSCRIBERS


async def test_what_had_come_before_a_restart_is_read_after_it(
    own_mosquitto: MosquittoServer, office: Office, tmp_path: Path
) -> None:
    message_id, path = str(uuid4()), tmp_path / "demo.json"
    demo = DemoOptions(broker=str(own_mosquitto.endpoint), people=1, seed=5, days=0, diary=path)
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
        run = tasks.create_task(run_demo(demo))
        while await office.write(message_id) == NO_MATCHING_SUBSCRIBERS:  # noqa: ASYNC110  # nothing tells when she is there
            await asyncio.sleep(0.05)
        assert await office.told() == (message_id, "delivered")
        run.cancel()
    diary = Diary.read(path, demo.seed)
    [(kept, at_ms)] = diary.unread[ANN.user_id].items()
    assert kept == message_id
    # The pause is over in which it would have been read.
    diary.unread[ANN.user_id] = {kept: at_ms - DAY_MS}
    diary.write(path)
    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as tasks:
        run = tasks.create_task(run_demo(demo))
        assert await office.told() == (message_id, "read")
        run.cancel()
