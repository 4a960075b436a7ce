"""A device: makes batches, publishes each until it has its receipt, and survives its own death.

How it corrects what it has said: `benchmarks.chaos.said`.
"""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random

import msgspec

from benchmarks.chaos.batches import make_batch, make_correction, say_again
from benchmarks.chaos.journal import Answer, Intent, Journal
from benchmarks.chaos.said import Said
from broker.session import Backoff, Delivery, Session, SessionOptions
from contract import topics
from contract.receipts import read_receipt

REPEAT = Backoff(first_s=3.0, most_s=12.0)
TICK_S = 0.25
MOST_PENDING = 100
CORRECTIONS = 0.3
"""So many of the batches are corrections, if there is something to correct."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a device has to do in a round.

    Attributes:
        user_id: whose device it is.
        batches: how many it makes.
        pause_s: between two of them.
        start: time of its first batch.
        seed: of what it says.
        careless: it does not say corrections again that a late copy may have undone.
    """

    user_id: str
    batches: int
    pause_s: float
    start: datetime
    seed: str
    careless: bool = False


@dataclass(slots=True)
class _Pending:
    intent: Intent
    payload: bytes
    due_s: float = 0.0
    tries: int = 0


class Device:
    """One user's device.

    Args:
        assignment: what it has to do.
        journal: its outbox on disk.
        options: of its session, without the subscription.
    """

    def __init__(self, assignment: Assignment, journal: Journal, options: SessionOptions) -> None:
        self._assignment = assignment
        self._journal = journal
        self._session = Session(options, self._hear, on_connect=self._start_over)
        self._pending: dict[str, _Pending] = {}
        self._said = Said()
        self._made = self._made_again = 0
        self._settled = asyncio.Event()
        for entry in journal.entries:
            self._remember(entry)

    async def live(self, stopping: asyncio.Event) -> None:
        """Until everything is made, somebody has said that it is time to stop, and everything has its receipt."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._session.run())
            repeating = tasks.create_task(self._repeat())
            await self._make_all()
            await stopping.wait()
            while self._pending or self._said.is_doubtful:
                await self._wait_settled()
            repeating.cancel()
            await self._session.close()

    def _remember(self, entry: Intent | Answer) -> None:
        if isinstance(entry, Intent):
            self._made += not entry.again
            self._made_again += entry.again
            self._pending[entry.batch_id] = _Pending(entry, json.dumps(entry.body).encode())
            self._said.begin(entry)
        elif pending := self._pending.pop(entry.batch_id, None):
            self._said.settle(pending.intent)

    # Making

    async def _make_all(self) -> None:
        while self._made < self._assignment.batches:
            while len(self._pending) >= MOST_PENDING:
                await self._wait_settled()
            self._send(self._make(self._made))
            await asyncio.sleep(self._assignment.pause_s)

    def _send(self, intent: Intent) -> None:
        self._journal.add_intent(intent)
        self._remember(intent)
        self._publish(self._pending[intent.batch_id])

    def _make(self, number: int) -> Intent:
        user_id, start = self._assignment.user_id, self._assignment.start
        chance = Random(f"{self._assignment.seed}/{user_id}/{number}")  # noqa: S311  # no secret
        if chance.random() < CORRECTIONS and (correctable := self._said.correctable(chance)):
            kind, items = correctable
            return Intent(f"b{number}", kind, make_correction(user_id, number, kind, items, chance))
        kind, body = make_batch(user_id, number, start, chance)
        return Intent(f"b{number}", kind, body)

    def _say_again(self) -> None:
        for kind, items in self._said.take_doubtful():
            batch_id = f"again{self._made_again}"
            body = say_again(self._assignment.user_id, batch_id, items)
            self._send(Intent(batch_id, kind, body, again=True))

    # Publishing

    def _publish(self, pending: _Pending) -> None:
        pending.due_s = time.monotonic() + REPEAT.delay_s(pending.tries, 1)
        pending.tries += 1
        topic = topics.telemetry(self._assignment.user_id, pending.intent.kind)
        self._session.publish(topic, pending.payload).add_done_callback(_forget_outcome)

    def _start_over(self, _session_present: bool) -> None:
        """A new connection: what was said over the old one, and its receipts, may never have arrived."""
        self._publish_all(list(self._pending.values()))
        if not self._assignment.careless:
            self._said.connect_anew()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._session.connected:
                now = time.monotonic()
                self._publish_all([pending for pending in self._pending.values() if pending.due_s <= now])
                self._say_again()

    def _publish_all(self, those: Iterable[_Pending]) -> None:
        for pending in those:
            self._publish(pending)

    # Receipts

    def _hear(self, delivery: Delivery) -> None:
        try:
            receipt = read_receipt(delivery.payload)
        except msgspec.MsgspecError:
            return
        batch_id = receipt.batch_id or ""
        pending = self._pending.get(batch_id)
        if pending is None:
            if not self._assignment.careless:
                self._said.hear_again(batch_id)
            return
        complete = receipt.status == "stored" and not receipt.rejected
        answer = Answer(batch_id, complete)
        self._journal.add_answer(answer)
        self._remember(answer)
        self._settled.set()

    async def _wait_settled(self) -> None:
        self._settled.clear()
        await self._settled.wait()


def _forget_outcome(answer: "asyncio.Future[int]") -> None:
    # Whatever the broker says of a message, only the receipt ends its repeats.
    if not answer.cancelled():
        answer.exception()
