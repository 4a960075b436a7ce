"""The pipeline: parcels are joined into groups, and each group goes the same way to its acknowledgement.

The rules of this file:

1. Of a group, devices beyond a user's allowance are turned away; the other items are written, then the dead letters,
   then the event is published. Each step is repeated until it is confirmed.
2. Only then are its messages acknowledged and its receipts sent. So a kill at any moment loses nothing: the broker
   delivers again what was not acknowledged, and writing it again changes nothing.
3. What waits unwritten when the connection is lost is forgotten: the broker will deliver it again.
4. What is in hand is bounded by the session: by its receive maximum and by the bytes that it holds.
5. Each writer has a line of its own, and all of a user's parcels wait in the same one. So they are written in the
   order in which they came, whatever has to be tried again: a late repeat never undoes a correction that came after.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from broker.session import Delivery, Session
from contract import topics
from contract.errors import BrokerUnavailable
from contract.events import stored_event
from contract.stamping import Horizon, StampedBatch
from ingestor.admission import Admission
from ingestor.letters import letter
from ingestor.line import Line
from ingestor.metrics import IngestorMetrics
from ingestor.options import IngestorOptions
from ingestor.parcel import Parcel, open_parcel
from ingestor.writing import Backoff, persist, write_all
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.source_devices import SourceDevices
from storage.series.protocol import SeriesStore


class Pipeline:
    """Takes messages in with `take`; its writers, kept by `run`, have them stored and acknowledged."""

    def __init__(
        self,
        options: IngestorOptions,
        session: Session,
        store: SeriesStore,
        records: Database,
        metrics: IngestorMetrics,
    ) -> None:
        self._options = options
        self._session = session
        self._store = store
        self._dead_letters = DeadLetters(records)
        self._source_devices = SourceDevices(records)
        self._admission = Admission()
        self._metrics = metrics
        self._lines = [Line(options.write_items, options.write_age_s) for _ in range(options.writes_in_flight)]
        self._backoff = Backoff(options.retry_first_s, options.retry_most_s)
        self._in_hand: dict[Parcel, None] = {}
        self._settled = asyncio.Event()
        metrics.watch(lambda: self.unacknowledged, lambda: self.oldest_s)

    @property
    def unacknowledged(self) -> int:
        """Messages in hand that the broker waits for."""
        return len(self._in_hand)

    @property
    def oldest_s(self) -> float:
        """Age of the oldest message in hand, in seconds."""
        oldest = next(iter(self._in_hand), None)
        return time.monotonic() - oldest.received_s if oldest else 0.0

    def take(self, delivery: Delivery) -> None:
        """Read one message and put it in line."""
        if self._lines[0].is_closed:
            return  # not acknowledged, so the broker keeps it for the next start
        horizon = Horizon.at(time.time_ns() // 1_000_000, self._options.retention_days)
        parcel = open_parcel(delivery, horizon, time.monotonic())
        self._in_hand[parcel] = None
        self._lines[hash(parcel.user_id) % len(self._lines)].put(parcel)

    def forget_waiting(self) -> None:
        """Rule 3, for when the connection is lost."""
        for line in self._lines:
            self._let_go(line.clear())

    async def run(self) -> None:
        """Serve until `finish` has been called and nothing is in hand any more."""
        async with asyncio.TaskGroup() as writers:
            for line in self._lines:
                writers.create_task(self._serve(line))
        while self._in_hand:
            self._settled.clear()
            await self._settled.wait()

    def finish(self) -> None:
        """Have what is in hand stored and acknowledged; `run` returns then."""
        for line in self._lines:
            line.close()

    async def _serve(self, line: Line) -> None:
        while group := await line.take():
            await self._store_group(group)
            self._announce(group)

    async def _store_group(self, group: Sequence[Parcel]) -> None:
        await self._admit(group)
        portions = [(parcel, stamped) for parcel in group if (stamped := parcel.stamped)]
        await write_all(portions, self._write)
        letters = [letter(parcel) for parcel in group if not parcel.is_clean]
        if letters:
            await self._persist("records", partial(self._dead_letters.add, letters))

    async def _admit(self, group: Sequence[Parcel]) -> None:
        # Again after each answer, since while we waited another writer may have had all forgotten.
        while strangers := self._admission.strangers(group):
            await self._persist("records", partial(self._ask_about, strangers))
        self._admission.turn_away(group)

    async def _ask_about(self, strangers: Iterable[tuple[str, str]]) -> None:
        self._admission.learn(await self._source_devices.admit(strangers))

    async def _write(self, batches: Sequence[StampedBatch]) -> None:
        started = time.monotonic()
        await self._persist("series", partial(self._store.write, batches))
        self._metrics.write_seconds.observe(time.monotonic() - started)

    async def _persist(self, store: str, attempt: Callable[[], Awaitable[None]]) -> None:
        await persist(store, attempt, self._backoff, self._metrics.count_retry)

    def _announce(self, group: Sequence[Parcel]) -> None:
        """Rule 2: acknowledge when the broker has confirmed the event. Waits in no writer's way."""
        changed = [stamped for parcel in group if (stamped := parcel.stamped)]
        if not changed:
            self._settle(group)
            return
        confirmed = self._session.publish(topics.EVENTS_STORED, stored_event(changed).encode())
        confirmed.add_done_callback(partial(self._on_announced, group))

    def _on_announced(self, group: Sequence[Parcel], confirmed: "asyncio.Future[int]") -> None:
        if confirmed.cancelled() or isinstance(confirmed.exception(), BrokerUnavailable):
            # The connection is gone, and with it the right to acknowledge: all of the group comes again.
            self._let_go(group)
        else:
            self._settle(group)

    def _settle(self, group: Sequence[Parcel]) -> None:
        if not self._session.connected:
            self._let_go(group)
            return
        self._session.acknowledge([parcel.delivery for parcel in group])
        for parcel in group:
            receipt = parcel.receipt
            if receipt and parcel.user_id:
                self._session.publish_nowait(topics.receipts(parcel.user_id), receipt.encode())
        self._metrics.count(group, time.time_ns() // 1_000_000)
        self._let_go(group)

    def _let_go(self, group: Iterable[Parcel]) -> None:
        for parcel in group:
            self._in_hand.pop(parcel, None)
        self._settled.set()
