"""The service: follows what was stored, and keeps every user's days and standing right.

The rules of this file:

1. An event is acknowledged only after the days that it concerns are stored. So a kill at any moment loses no day: the
   broker delivers again what was not acknowledged, and working a day out again changes nothing.
2. What the broker may lose all the same (it was killed, or the session ended while nobody came back) is healed: each
   user's days are checked once a day, and those of everybody when the broker no longer knows the session.
3. Checks have a lane of their own: however many are due, what devices upload now does not wait for them.
4. What there is to alert people to comes of the same work (`insights.alerting`); no day waits for it.
"""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec
import structlog
from prometheus_client import CollectorRegistry

from broker.session import Delivery, Session, SessionOptions, Subscription
from contract.errors import PacelineError, StoreUnavailable
from contract.events import read_stored_event
from insights.alerting import Alerting
from insights.days import Span
from insights.metrics import InsightsMetrics
from insights.options import InsightsOptions
from insights.pending import Pending, Work
from insights.working import Outcome, Worker
from storage.records.database import Database
from storage.records.standings import Standings
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

STOP_GRACE_S = 4.0
"""After SIGTERM, work under way has this long to be finished."""
CHECKS_AT_ONCE = 4
_MANY_CHECKS = 32
_MANY_REFRESHES = 256


class Insights:
    """Keeps days and standings right.

    Args:
        options: how long it waits and how much it does at once.
        session: where and as whom to connect; the subscription is added here.
        series: where items and summaries are; set up already.
        records: where standings are.
        registry: gets the metrics.
    """

    def __init__(
        self,
        options: InsightsOptions,
        session: SessionOptions,
        series: SeriesStore,
        records: Database,
        registry: CollectorRegistry,
    ) -> None:
        self._options = options
        self.session = Session(
            replace(
                session,
                subscriptions=(Subscription(options.topic_filter, 1, retained=False),),
                receive_max=options.receive_max,
                held_bytes_max=options.held_bytes,
            ),
            self._on_message,
            on_connect=self._on_connect,
            on_disconnect=self._on_disconnect,
        )
        self._standings = Standings(records)
        self._worker = Worker(options, series, records)
        busy: set[str] = set()
        self._changes = _Lane(Pending(options.settle_s, busy), options.group)
        self._checks = _Lane(Pending(0.0, busy), CHECKS_AT_ONCE)
        self._all_due = False
        self._stopping = False
        self._metrics = InsightsMetrics(registry)
        self._alerting = Alerting(options.alerts, records, self._publish, self._metrics)
        changes = self._changes.pending
        self._metrics.watch(lambda: len(changes), lambda: changes.oldest_s(time.monotonic()))

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, then finish what is under way.

        Raises:
            Misconfigured: the broker refuses us for a reason that a person must put right.
        """
        async with asyncio.TaskGroup() as tasks:
            link = tasks.create_task(self.session.run())
            looking = [tasks.create_task(work) for work in (self._sweep(), self._alerting.run())]
            lanes = [tasks.create_task(self._serve(lane)) for lane in (self._changes, self._checks)]
            await stopping.wait()
            self._stopping = True
            for task in looking:
                task.cancel()
            self._wake()
            # Nothing is lost with what is not finished by then: its events are not acknowledged.
            await asyncio.wait(lanes, timeout=STOP_GRACE_S)
            await self.session.close()
            for task in (link, *lanes):
                task.cancel()

    # What comes

    def _on_message(self, delivery: Delivery) -> None:
        if self._stopping:
            return
        try:
            changes = read_stored_event(delivery.payload).changes
        except msgspec.MsgspecError:
            log.warning("not an event of the house, passed over", payload_bytes=len(delivery.payload))
            changes = []
        spans: defaultdict[str, set[Span]] = defaultdict(set)
        for change in changes:
            spans[change.user_id].add((change.start_ms, change.end_ms))
        if self._changes.pending.add(delivery, spans, time.monotonic()):
            self._wake()
        else:
            self.session.acknowledge([delivery])

    def _on_connect(self, session_present: bool) -> None:
        log.info("connected to the broker", session_present=session_present)
        self._all_due = self._all_due or not session_present

    def _on_disconnect(self, error: Exception | None) -> None:
        self._changes.pending.forget_messages()
        if error:
            log.warning("connection to the broker lost", error=str(error))

    # What is done

    async def _serve(self, lane: "_Lane") -> None:
        while not self._stopping:
            works = lane.pending.take(time.monotonic(), lane.most)
            if works:
                await self._work(lane, works)
            else:
                await lane.wait()

    async def _work(self, lane: "_Lane", works: list[Work[Delivery]]) -> None:
        outcome = await self._worker.do(works)
        now_s = time.monotonic()
        done = [work for work in works if work.user_id in outcome.done]
        for work in done:
            if work.messages:
                self._metrics.delay_seconds.observe(now_s - work.since_s)
        self.session.acknowledge(lane.pending.done(done))
        lane.pending.again(work for work in works if work.user_id not in outcome.done)
        self._metrics.count(outcome)
        self._wake()
        await self._alert(outcome)
        if outcome.healed_days:
            log.info("days were not right though nobody had said so, and are now", days=outcome.healed_days)
        if outcome.unavailable:
            log.warning("store unavailable, trying again", error=str(outcome.unavailable))
            await asyncio.sleep(self._options.retry_s)

    async def _alert(self, outcome: Outcome) -> None:
        try:
            await self._alerting.raise_for(outcome.alerts)
        except PacelineError as error:
            # Each standing is worked out anew before long, and with it what to alert to.
            log.warning("alerts have to wait", error=str(error))

    async def _publish(self, topic: str, payload: bytes) -> int:
        return await self.session.publish(topic, payload)

    def _wake(self) -> None:
        for lane in (self._changes, self._checks):
            lane.more.set()

    # What nobody says

    async def _sweep(self) -> None:
        while True:
            try:
                await self._look()
            except StoreUnavailable as error:
                log.warning("could not look for what is due", error=str(error))
            self._wake()
            await asyncio.sleep(self._options.sweep_s)

    async def _look(self) -> None:
        now = datetime.now(UTC)
        if self._all_due:
            await self._standings.make_all_due(now)
            self._all_due = False
        await self._standings.enrol(now)
        outdated = await self._standings.outdated(now - self._options.refresh_every, _MANY_REFRESHES)
        for user_id in (*await self._standings.of_another_basis(_MANY_REFRESHES), *outdated):
            self._changes.pending.add_refresh(user_id, time.monotonic())
        room = _MANY_CHECKS - len(self._checks.pending)
        if room > 0:
            until = now + self._options.check_patience
            for user_id, checked_at in (await self._standings.take_due(now, until, room)).items():
                self._checks.pending.add_check(user_id, checked_at, time.monotonic())


@dataclass(slots=True)
class _Lane:
    """Work of one sort, and how much of it is done at once.

    Attributes:
        pending: the work.
        most: users worked on at once.
        more: is set when there may be something to do.
    """

    pending: Pending[Delivery]
    most: int
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Until something is due."""
        self.more.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pending.next_due_s(time.monotonic())):
                await self.more.wait()
