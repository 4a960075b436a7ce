"""The known peak, 18:00: every device has a batch at the same moment, and waits for its receipt."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks.devices import connected
from benchmarks.load import USERS, Loads
from benchmarks.meter import settle
from benchmarks.stack import Stack
from broker.session import Delivery, Session, Subscription
from contract import topics
from contract.receipts import read_receipt

TIMEOUT_S = 60.0


class _Phone:
    """One device: a connection of its own, subscribed to its user's receipts."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self._published_s = 0.0
        self._receipt: asyncio.Future[float] | None = None

    def publish(self, topic: str, payload: bytes) -> "asyncio.Future[float]":
        """A batch; resolves to the seconds until its receipt."""
        assert self.session is not None
        self._receipt = asyncio.get_running_loop().create_future()
        self._published_s = time.perf_counter()
        self.session.publish_nowait(topic, payload, qos=1)
        return self._receipt

    def hear(self, delivery: Delivery) -> None:
        """The receipt."""
        elapsed_s = time.perf_counter() - self._published_s
        if read_receipt(delivery.payload).status != "stored":
            raise ValueError("a good batch was not stored")
        if self._receipt and not self._receipt.done():
            self._receipt.set_result(elapsed_s)


async def receipt_times_s(stack: Stack, loads: Loads, rounds: int) -> list[float]:
    """Seconds from publish to receipt, of 500 batches at once from 500 connections, several times.

    One process stands for all devices, so their own processor time is part of the figures. The first round, for which
    some connection may still be warming up, does not count.
    """
    async with AsyncExitStack() as connections:
        phones = [await _connect(stack, user, connections) for user in USERS]
        elapsed_s: list[float] = []
        for number in range(rounds + 1):
            messages = loads.make("meals", len(phones)).messages
            await settle(stack.parts)
            times_s = await _burst(phones, messages)
            elapsed_s += times_s if number else []
        return elapsed_s


async def _connect(stack: Stack, user: str, connections: AsyncExitStack) -> _Phone:
    phone = _Phone()
    own = Subscription(topics.receipts(user), 0)
    phone.session = await connections.enter_async_context(connected(stack.broker_url, phone.hear, own))
    return phone


async def _burst(phones: Sequence[_Phone], messages: Sequence[tuple[str, bytes]]) -> list[float]:
    async with asyncio.timeout(TIMEOUT_S):
        waiting = [phone.publish(*message) for phone, message in zip(phones, messages, strict=True)]
        return await asyncio.gather(*waiting)
