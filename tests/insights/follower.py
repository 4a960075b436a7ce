"""The service beside a real broker, as tests start and stop it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date

from prometheus_client import CollectorRegistry

from broker.session import Session, SessionOptions
from contract import topics
from contract.daily import DAILY
from contract.events import stored_event
from contract.stamping import StampedBatch
from insights.options import InsightsOptions
from insights.service import Insights
from storage.series.protocol import Selection
from tests.insights.conftest import Stores
from tests.servers.mosquitto import MosquittoServer

OPTIONS = InsightsOptions(retention_days=400, settle_s=0.05, retry_s=0.05, sweep_s=0.2)
PATIENCE_S = 60


def session_options(mosquitto: MosquittoServer, client_id: str, expiry_s: int = 3_600) -> SessionOptions:
    return SessionOptions(client_id=client_id, endpoint=mosquitto.endpoint, session_expiry_s=expiry_s)


@asynccontextmanager
async def following(
    mosquitto: MosquittoServer,
    stores: Stores,
    client_id: str,
    options: InsightsOptions = OPTIONS,
    registry: CollectorRegistry | None = None,
) -> AsyncIterator[Insights]:
    """The service from its first subscription to its orderly end."""
    stopping = asyncio.Event()
    service = Insights(
        options, session_options(mosquitto, client_id), stores.series, stores.records, registry or CollectorRegistry()
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(service.run(stopping))
        await service.session.wait_connected()
        yield service
        stopping.set()
        await running


@asynccontextmanager
async def announcing(mosquitto: MosquittoServer, client_id: str = "announcer") -> AsyncIterator[Session]:
    """Somebody who publishes events, as the ingestor does."""
    session = Session(session_options(mosquitto, client_id, 0))
    await session.connect()
    yield session
    await session.close()


async def announce(session: Session, batches: Sequence[StampedBatch]) -> None:
    assert await session.publish(topics.EVENTS_STORED, stored_event(batches).encode()) == 0


async def days(stores: Stores, user_id: str) -> dict[date, dict[str, float | str]]:
    rows = await stores.series.rows(Selection(DAILY, user_id))
    return {date.fromisoformat(str(row.values["date"])): dict(row.values) for row in rows}


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what no event tells of."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  # as said
            await asyncio.sleep(0.02)


async def until_days(stores: Stores, user_id: str, wanted: dict[date, float], column: str = "steps") -> None:
    """Wait until this column of a user's days is as wanted; nothing tells when, so it is looked for."""
    found: dict[date, object] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while found != wanted:
                await asyncio.sleep(0.02)
                found = {day: each[column] for day, each in (await days(stores, user_id)).items() if column in each}
    except TimeoutError:
        raise AssertionError(f"{found} is not {wanted}") from None
