"""People who upload once a minute, and a watch on how long some of their uploads take to be in a day's summary."""

import asyncio
import json
import random
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from broker.session import Endpoint, Session, SessionOptions
from contract import topics
from contract.daily import DAILY
from storage.series.protocol import Selection, SeriesStore

PROBES_PER_S = 2.0
PROBERS = 20
LOOK_EVERY_S = 0.05
PATIENCE_S = 30.0
SAMPLES = 12
"""Of heart rate in a batch: one every five seconds."""


class Uploading:
    """As an asynchronous context, connected.

    Args:
        broker_url: with user name and password of who may publish for all.
        store: where summaries are looked for.
        users: how many upload; as many more are watched.

    Attributes:
        batches: published so far.
    """

    def __init__(self, broker_url: str, store: SeriesStore, users: int) -> None:
        endpoint, username, password = Endpoint.parse(broker_url)
        self._session = Session(
            SessionOptions(
                client_id="uploading", endpoint=endpoint, username=username, password=password, session_expiry_s=0
            )
        )
        self._store = store
        self._users = users
        self._chance = random.Random(1)  # noqa: S311  # spreads load
        self._sent = [0] * PROBERS
        self.batches = 0

    async def __aenter__(self) -> Self:
        await self._session.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def run(self, seconds: float) -> list[float]:
        """Upload for some time; how long each upload that was watched took, in seconds."""
        delays_s: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            crowd = tasks.create_task(self._crowd())
            probes = []
            for number in range(int(seconds * PROBES_PER_S)):
                probes.append(tasks.create_task(self._probe(number % PROBERS)))
                await asyncio.sleep(1 / PROBES_PER_S)
            delays_s = await asyncio.gather(*probes)
            crowd.cancel()
        return delays_s

    async def _crowd(self) -> None:
        while True:
            user = f"crowd-{self._chance.randrange(self._users)}"
            now = time.time() - 60
            items = [{"time": 5 * at, "bpm": 60 + at, "context": "active"} for at in range(SAMPLES)]
            await self._publish(user, "heart_rate", now, items)
            await asyncio.sleep(self._chance.expovariate(self._users / 60))

    async def _probe(self, number: int) -> float:
        user = f"probe-{number}"
        self._sent[number] += 1
        wanted = self._sent[number]
        began = time.perf_counter()
        # Each at a moment of its own, so that none repeats another.
        await self._publish(user, "steps", time.time(), [{"steps": 100}])
        async with asyncio.timeout(PATIENCE_S):
            while await self._counted(user) < wanted:  # noqa: ASYNC110  # no event tells
                await asyncio.sleep(LOOK_EVERY_S)
        return time.perf_counter() - began

    async def _counted(self, user: str) -> float:
        rows = await self._store.rows(Selection(DAILY, user))
        return sum(float(row.values.get("steps_count", 0)) for row in rows)

    async def _publish(self, user: str, kind: str, at_s: float, items: list[dict[str, object]]) -> None:
        moment = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
        batch = {"user_id": user, "timestamp": moment, "source_device": "watch", "items": items}
        await self._session.publish(topics.telemetry(user, kind), json.dumps(batch).encode())
        self.batches += 1
