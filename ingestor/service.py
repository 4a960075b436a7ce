"""One ingestor: its MQTT sessions and its pipeline, started and ended together."""

import asyncio
import gc
from dataclasses import replace

import structlog
from prometheus_client import CollectorRegistry

from broker.session import Delivery, Session, SessionOptions, Subscription
from ingestor.claim import Claim
from ingestor.metrics import IngestorMetrics
from ingestor.options import IngestorOptions
from ingestor.pipeline import Pipeline
from storage.records.database import Database
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

STOP_GRACE_S = 4.0
"""After SIGTERM, what is in hand has this long to be written and acknowledged."""


class Ingestor:
    """Stores what devices publish.

    Args:
        options: how batches are joined and how much is in hand.
        session: where and as whom to connect; the subscription is added here.
        store: gets the items; set up already.
        records: gets what can't be stored, and knows each user's source devices.
        registry: gets the metrics.
    """

    def __init__(
        self,
        options: IngestorOptions,
        session: SessionOptions,
        store: SeriesStore,
        records: Database,
        registry: CollectorRegistry,
    ) -> None:
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
        self._claim = Claim(session.client_id)
        self._voice = Session(
            replace(
                session,
                client_id=f"{session.client_id}-voice",
                clean_start=True,
                session_expiry_s=0,
                subscriptions=(Subscription(self._claim.topic, 0),),
            ),
            self._claim.hear,
            on_connect=lambda _session_present: self._claim.say(self._voice),
        )
        self._pipeline = Pipeline(
            options,
            ear=self.session,
            voice=self._voice,
            series=store,
            records=records,
            metrics=IngestorMetrics(registry),
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, then finish what is in hand.

        Raises:
            Misconfigured: the broker refuses us for a reason that a person must put right.
        """
        _calm_collector()
        async with asyncio.TaskGroup() as tasks:
            links = [tasks.create_task(session.run()) for session in (self.session, self._voice)]
            work = tasks.create_task(self._pipeline.run())
            await stopping.wait()
            self._pipeline.finish()
            await self._finish(work)
            for session, link in zip((self.session, self._voice), links, strict=True):
                await session.close()
                link.cancel()

    async def _finish(self, work: "asyncio.Task[None]") -> None:
        try:
            async with asyncio.timeout(STOP_GRACE_S):
                await asyncio.shield(work)
        except TimeoutError:
            # Nothing is lost: what is not acknowledged stays with the broker.
            log.warning("stopped before all was stored", unacknowledged=self._pipeline.unacknowledged)
            work.cancel()

    def _on_message(self, delivery: Delivery) -> None:
        self._pipeline.take(delivery)

    def _on_connect(self, session_present: bool) -> None:
        log.info("connected to the broker", session_present=session_present)

    def _on_disconnect(self, error: Exception | None) -> None:
        self._pipeline.forget()
        if error:
            log.warning("connection to the broker lost", error=str(error))


def _calm_collector() -> None:
    """Have Python look for garbage in cycles seldom: batches make none, and looking took a sixth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
