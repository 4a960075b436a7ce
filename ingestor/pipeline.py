"""The pipeline: parcels are joined into groups, and each group goes the same way to its acknowledgement.

The rules of this file:

1. Of a group, devices beyond a user's allowance are turned away; the other items are written, then the dead letters,
   then the event is published. Each step is repeated until it is confirmed.
2. Only then are its messages acknowledged and its receipts sent. So a kill at any moment loses nothing: the broker
   delivers again what was not acknowledged, and writing it again changes nothing.
3. When the connection is lost, what waits is forgotten, and what is under way is not tried again: the broker will
   deliver it again. So an ingestor that was frozen does not undo with old writes what another has stored since.
4. Messages come by one session and answers go out by another. The first stops reading at a bound of bytes in hand,
   whatever the broker's backlog is; an answer of the broker's must not wait behind that.
5. Each writer has a line of its own, and all of a user's parcels wait in the same one. So they are written in the
   order in which they came, whatever has to be tried again: a late repeat never undoes a correction that came after.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from broker.session import Delivery, Session
from contract import topics
from contract.errors import BrokerUnavailable, Rejected
from contract.events import stored_event
from contract.reason_codes import REFUSED
from contract.stamping import Horizon, StampedBatch
from ingestor.admission import Admission
from ingestor.letters import letter
from ingestor.line import Line
from ingestor.metrics import IngestorMetrics
from ingestor.options import IngestorOptions
from ingestor.parcel import Parcel
from ingestor.writing import Backoff, persist, write_all
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.source_devices import SourceDevices
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

COMPLAIN_EVERY_S = 60.0


class Pipeline:
    """Takes messages in with `take`; its writers, kept by `run`, have them stored and acknowledged."""

    def __init__(
        self,
        options: IngestorOptions,
        *,
        ear: Session,
        voice: Session,
        series: SeriesStore,
        records: Database,
        metrics: IngestorMetrics,
    ) -> None:
        self._options = options
        self._ear, self._voice = ear, voice
        self._series = series
        self._dead_letters = DeadLetters(records)
        self._source_devices = SourceDevices(records)
        self._admission = Admission()
        self._metrics = metrics
        self._lines = [Line(options.write_bytes, options.write_age_s) for _ in range(options.writes_in_flight)]
        self._backoff = Backoff(options.retry_first_s, options.retry_most_s)
        self._in_hand: dict[Parcel, None] = {}
        self._losses = 0
        self._complain_at_s = 0.0
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
        """Put one message in line."""
        if self._lines[0].is_closed:
            return  # not acknowledged, so the broker keeps it for the next start
        parcel = Parcel(delivery, time.monotonic())
        self._in_hand[parcel] = None
        self._lines[hash(parcel.user_part) % len(self._lines)].put(parcel)

    def forget(self) -> None:
        """Rule 3: the connection is lost."""
        self._losses += 1
        for line in self._lines:
            self._let_go(line.clear())

    async def run(self) -> None:
        """Serve until `finish` has been called and nothing is in hand any more."""
        async with asyncio.TaskGroup() as tasks:
            for line in self._lines:
                tasks.create_task(self._serve(line, tasks))

    def finish(self) -> None:
        """Have what is in hand stored and acknowledged; `run` returns then."""
        for line in self._lines:
            line.close()

    async def _serve(self, line: Line, tasks: asyncio.TaskGroup) -> None:
        while group := await line.take():
            losses = self._losses
            self._open(group)
            try:
                await self._store(group, losses)
            except BrokerUnavailable:
                self._let_go(group)
            else:
                # In a task of its own: waiting for the broker must not keep the database waiting.
                tasks.create_task(self._announce(group, losses))

    def _open(self, group: Sequence[Parcel]) -> None:
        horizon = Horizon.at(time.time_ns() // 1_000_000, self._options.retention_days)
        for parcel in group:
            parcel.open(horizon)

    async def _store(self, group: Sequence[Parcel], losses: int) -> None:
        await self._admit(group, losses)
        portions = [(parcel, stamped) for parcel in group if (stamped := parcel.stamped)]
        await write_all(portions, partial(self._write, losses))
        letters = [letter(parcel) for parcel in group if not parcel.is_clean]
        if letters:
            await self._persist("records", partial(self._dead_letters.add, letters), losses)

    async def _admit(self, group: Sequence[Parcel], losses: int) -> None:
        # Again after each answer, since while we waited another writer may have had all forgotten.
        while strangers := self._admission.strangers(group):
            await self._persist("records", partial(self._ask_about, strangers), losses)
        self._admission.turn_away(group)

    async def _ask_about(self, strangers: Iterable[tuple[str, str]]) -> None:
        self._admission.learn(await self._source_devices.admit(strangers))

    async def _write(self, losses: int, batches: Sequence[StampedBatch]) -> None:
        started = time.monotonic()
        await self._persist("series", partial(self._series.write, batches), losses)
        self._metrics.write_seconds.observe(time.monotonic() - started)

    async def _persist(self, store: str, attempt: Callable[[], Awaitable[None]], losses: int) -> None:
        async def unless_lost() -> None:
            self._require_unlost(losses)
            await attempt()

        await persist(store, unless_lost, self._backoff, self._metrics.count_retry)

    async def _announce(self, group: Sequence[Parcel], losses: int) -> None:
        """Have the broker confirm the event, then acknowledge."""
        event = stored_event(stamped for parcel in group if (stamped := parcel.stamped))
        for portion in event.divided():
            if not await self._publish(portion.encode(), losses):
                self._let_go(group)
                return
        self._settle(group)

    async def _publish(self, event: bytes, losses: int) -> bool:
        """Repeat until the broker has the event; whether it has, before the messages' own connection was lost.

        One that it refuses will be refused again. The items are stored all the same, so the batches are acknowledged,
        and the daily check of the summaries finds what they have not been told of.
        """
        while losses == self._losses:
            await self._voice.wait_connected()
            try:
                code = await self._voice.publish(topics.EVENTS_STORED, event)
            except BrokerUnavailable:
                continue
            except Rejected as error:
                self._note_refusal(str(error))
                return True
            if code >= REFUSED:
                self._note_refusal(f"reason code {code}")
            return True
        return False

    def _note_refusal(self, answer: str) -> None:
        self._metrics.events_refused.inc()
        now_s = time.monotonic()
        if now_s >= self._complain_at_s:
            self._complain_at_s = now_s + COMPLAIN_EVERY_S
            log.error(
                "the broker refuses events: summaries will be up to a day late",
                topic=topics.EVENTS_STORED,
                answer=answer,
            )

    def _settle(self, group: Sequence[Parcel]) -> None:
        self._ear.acknowledge([parcel.delivery for parcel in group])
        with suppress(BrokerUnavailable):  # a receipt that is missed is asked for again by a repeat
            for parcel in group:
                receipt = parcel.receipt
                if receipt and parcel.user_id:
                    self._voice.publish_nowait(topics.receipts(parcel.user_id), receipt.encode())
        self._metrics.count(group, time.time_ns() // 1_000_000, time.monotonic())
        self._let_go(group)

    def _require_unlost(self, losses: int) -> None:
        """Rule 3, for what is under way."""
        if losses != self._losses:
            raise BrokerUnavailable("the connection is lost: its messages come again")

    def _let_go(self, group: Iterable[Parcel]) -> None:
        for parcel in group:
            self._in_hand.pop(parcel, None)
