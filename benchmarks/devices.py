"""The devices: sessions that publish, and one that watches what the ingestor says it has stored."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from benchmarks.load import STEP_MS, Load
from broker.session import Delivery, Endpoint, Session, SessionOptions, Subscription
from contract import topics
from contract.errors import BrokerUnavailable
from contract.events import read_stored_event
from contract.receipts import read_receipt

WINDOW = 1_000
"""Batches that the devices have under way at a time, as many as Mosquitto's configuration takes from one session."""


@asynccontextmanager
async def connected(
    broker_url: str, on_message: Callable[[Delivery], None] | None = None, *subscriptions: Subscription
) -> AsyncIterator[Session]:
    """A session that lasts as long as this context, under an id of its own."""
    endpoint, username, password = Endpoint.parse(broker_url)
    options = SessionOptions(
        client_id=f"bench-{uuid4()}",
        endpoint=endpoint,
        username=username,
        password=password,
        clean_start=True,
        session_expiry_s=0,
        subscriptions=subscriptions,
        connect_timeout_s=30,
    )
    session = Session(options, on_message)
    await session.connect()
    try:
        yield session
    finally:
        await session.close()


async def publish_all(session: Session, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish at QoS 1, `WINDOW` at a time.

    Raises:
        BrokerUnavailable: one was not taken, or nobody was there to receive it.
    """
    free = asyncio.Semaphore(WINDOW)
    codes: list[int] = []

    def answered(answer: "asyncio.Future[int]") -> None:
        codes.append(answer.result())
        free.release()

    for topic, payload in messages:
        await free.acquire()
        session.publish(topic, payload).add_done_callback(answered)
    for _ in range(WINDOW):
        await free.acquire()
    if any(codes) or len(codes) != len(messages):
        raise BrokerUnavailable(f"{sum(map(bool, codes))} of {len(messages)} batches were not taken")


class Watch:
    """Follows `v1/events/stored`, which costs next to nothing: one message a write, however many batches it has."""

    def __init__(self) -> None:
        self._waited: asyncio.Future[None] | None = None
        self._expected = 0
        self.batches = 0
        self.times_s: list[float] = []
        self.counts: list[int] = []

    def expect(self, load: Load) -> "asyncio.Future[None]":
        """Resolves when all batches of this load are confirmed; nothing else is published meanwhile."""
        self.batches, self.times_s, self.counts = 0, [], []
        self._expected = len(load.messages)
        self._waited = asyncio.get_running_loop().create_future()
        return self._waited

    def hear(self, delivery: Delivery) -> None:
        """One event."""
        now_s = time.perf_counter()
        changes = read_stored_event(delivery.payload).changes
        # Batches of a user are a step apart, and one write has successive ones.
        count = sum((change.end_ms - change.start_ms) // STEP_MS + 1 for change in changes)
        self.batches += count
        self.times_s.append(now_s)
        self.counts.append(count)
        if self.batches >= self._expected and self._waited and not self._waited.done():
            self._waited.set_result(None)

    @property
    def batches_per_s(self) -> float:
        """Between the first confirmed write and the last."""
        return sum(self.counts[1:]) / (self.times_s[-1] - self.times_s[0])


@asynccontextmanager
async def watching(broker_url: str) -> AsyncIterator[Watch]:
    """A watch that is subscribed."""
    watch = Watch()
    async with connected(broker_url, watch.hear, Subscription(topics.EVENTS_STORED, 0)):
        yield watch


class ReceiptCounter:
    """Counts the receipts of a load.

    Attributes:
        times_s: when each arrived.
    """

    def __init__(self, expected: int) -> None:
        self.times_s: list[float] = []
        self._expected = expected
        self._seen: set[str | None] = set()
        self.complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hear(self, delivery: Delivery) -> None:
        """One receipt."""
        receipt = read_receipt(delivery.payload)
        if receipt.status != "stored" or receipt.rejected:
            raise ValueError("a good batch was not stored in full")
        self._seen.add(receipt.batch_id)
        self.times_s.append(time.perf_counter())
        if len(self._seen) >= self._expected and not self.complete.done():
            self.complete.set_result(None)
