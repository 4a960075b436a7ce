"""A real ingestor between a real Mosquitto and each store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from broker.session import Endpoint, SessionOptions
from contract.catalogue import CATALOGUE
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.letters import KeptLetter
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import Row, Selection, SeriesStore
from tests.servers.influx import InfluxServer
from tests.servers.mosquitto import MosquittoServer

OpenStore = Callable[[], SeriesStore]


@pytest.fixture(params=["embedded", "influx"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Opens the store of this test, again and again if it likes."""
    if request.param == "embedded":
        return lambda: open_series_store(tmp_path / "series.db")
    server: InfluxServer = request.getfixturevalue("influx")
    options = SeriesOptions(database=f"ingestor_{uuid4().hex}")
    return lambda: open_series_store(server.url, options)


@dataclass(frozen=True, slots=True)
class Running:
    """An ingestor at work, and where its effects can be seen."""

    port: int
    store: SeriesStore
    dead_letters: DeadLetters
    registry: CollectorRegistry
    user_id: str

    async def rows(self, kind: str) -> list[Row]:
        return await self.store.rows(Selection(CATALOGUE[kind], self.user_id))

    async def letters(self) -> list[KeptLetter]:
        """All of them with their payloads, which a list leaves out."""
        listed = (await self.dead_letters.list()).letters
        return [kept for each in listed if (kept := await self.dead_letters.get(each.id))]


RunIngestor = Callable[[], Awaitable[Running]]


@asynccontextmanager
async def running_ingestor(
    port: int, store: SeriesStore, records: str, client_id: str, options: IngestorOptions | None = None
) -> AsyncIterator[Running]:
    """An ingestor from its first subscription to its orderly end."""
    await migrate(records)
    async with AsyncExitStack() as opened:
        database = Database.open(records)
        opened.push_async_callback(database.close)
        await store.setup()
        opened.push_async_callback(store.close)
        dead_letters, registry, stopping = DeadLetters(database), CollectorRegistry(), asyncio.Event()
        session = SessionOptions(client_id=client_id, endpoint=Endpoint("127.0.0.1", port), session_expiry_s=3_600)
        options = options or IngestorOptions(retention_days=3_650)
        ingestor = Ingestor(options, session, store, database, registry)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ingestor.run(stopping))
            await ingestor.session.wait_connected()
            yield Running(port, store, dead_letters, registry, f"user-{uuid4().hex}")
            stopping.set()


@pytest.fixture
async def running(own_mosquitto: MosquittoServer, open_store: OpenStore, tmp_path: Path) -> AsyncIterator[Running]:
    """An ingestor of its own for this test."""
    records = f"sqlite:///{tmp_path / 'records.db'}"
    async with running_ingestor(own_mosquitto.port, open_store(), records, "test-ingestor") as ingestor:
        yield ingestor
