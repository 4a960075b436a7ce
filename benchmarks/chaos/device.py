"""A device: makes batches, publishes each until it has its receipt, and survives its own death.

A correction of an item is sent only after the receipt for what was said of it before.
"""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random

import msgspec

from benchmarks.chaos.batches import IDS, Item, make_batch, make_correction
from benchmarks.chaos.journal import Answer, Intent, Journal
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
    """

    user_id: str
    batches: int
    pause_s: float
    start: datetime
    seed: str


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
        self._session = Session(options, self._hear, on_connect=self._say_all_again)
        self._pending: dict[str, _Pending] = {}
        self._said: dict[str, tuple[str, Item]] = {}  # item id -> kind and newest version, receipted
        self._made = 0
        self._settled = asyncio.Event()
        for entry in journal.entries:
            self._remember(entry)

    async def live(self) -> None:
        """Until everything is made and has its receipt."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._session.run())
            repeating = tasks.create_task(self._repeat())
            await self._make_all()
            while self._pending:
                await self._wait_settled()
            repeating.cancel()
            await self._session.close()

    def _remember(self, entry: Intent | Answer) -> None:
        if isinstance(entry, Intent):
            self._made += 1
            self._pending[entry.batch_id] = _Pending(entry, json.dumps(entry.body).encode())
        elif pending := self._pending.pop(entry.batch_id, None):
            intent = pending.intent
            if intent.kind in IDS:
                self._said |= {item[IDS[intent.kind]]: (intent.kind, item) for item in intent.items}

    # Making

    async def _make_all(self) -> None:
        while self._made < self._assignment.batches:
            while len(self._pending) >= MOST_PENDING:
                await self._wait_settled()
            intent = self._make(self._made)
            self._journal.add_intent(intent)
            self._remember(intent)
            self._publish(self._pending[intent.batch_id])
            await asyncio.sleep(self._assignment.pause_s)

    def _make(self, number: int) -> Intent:
        user_id, start = self._assignment.user_id, self._assignment.start
        chance = Random(f"{self._assignment.seed}/{user_id}/{number}")  # noqa: S311  # no secret
        if chance.random() < CORRECTIONS and (correctable := self._correctable(chance)):
            kind, items = correctable
            return Intent(f"b{number}", kind, make_correction(user_id, number, kind, items, chance))
        kind, body = make_batch(user_id, number, start, chance)
        return Intent(f"b{number}", kind, body)

    def _correctable(self, chance: Random) -> tuple[str, list[Item]] | None:
        """Some items of a kind, of which nothing newer is on its way."""
        under_way = {
            item[IDS[pending.intent.kind]]
            for pending in self._pending.values()
            if pending.intent.kind in IDS
            for item in pending.intent.items
        }
        kind = chance.choice(list(IDS))
        found = [item for item_id, (of, item) in self._said.items() if of == kind and item_id not in under_way]
        return (kind, chance.sample(found, min(len(found), chance.randint(1, 8)))) if found else None

    # Publishing

    def _publish(self, pending: _Pending) -> None:
        pending.due_s = time.monotonic() + REPEAT.delay_s(pending.tries, 1)
        pending.tries += 1
        topic = topics.telemetry(self._assignment.user_id, pending.intent.kind)
        self._session.publish(topic, pending.payload).add_done_callback(_forget_outcome)

    def _say_all_again(self, _session_present: bool) -> None:
        """A new connection: what was said over the old one, and its receipts, may never have arrived."""
        self._publish_all(list(self._pending.values()))

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._session.connected:
                now = time.monotonic()
                self._publish_all([pending for pending in self._pending.values() if pending.due_s <= now])

    def _publish_all(self, those: Iterable[_Pending]) -> None:
        for pending in those:
            self._publish(pending)

    # Receipts

    def _hear(self, delivery: Delivery) -> None:
        try:
            receipt = read_receipt(delivery.payload)
        except msgspec.MsgspecError:
            return
        pending = self._pending.get(receipt.batch_id or "")
        if pending is None:
            return  # of a repeat
        complete = receipt.status == "stored" and not receipt.rejected
        answer = Answer(pending.intent.batch_id, complete)
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
