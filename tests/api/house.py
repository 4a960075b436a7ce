"""The API with all that it works with: a real broker, ingestor, store and records; and an HTTP client in front."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import ApiOptions, BrokerAddress, create_app
from api.uplink import Uplink
from broker.session import Endpoint, SessionOptions
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from storage.records.database import Database
from storage.series.opening import open_series_store
from storage.series.protocol import SeriesStore

FOR_EVER_DAYS = 36_500
"""A retention that keeps the examples valid for as long as the tests will run."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores, open and set up."""

    series: SeriesStore
    records: Database


@dataclass(frozen=True, slots=True)
class House:
    """An application at work.

    Attributes:
        app: the application, started.
        http: asks it.
        stores: what it reads.
    """

    app: FastAPI
    http: httpx.AsyncClient
    stores: Stores

    @property
    def uplink(self) -> Uplink:
        uplink: Uplink = self.app.state.wiring.uplink
        return uplink


@asynccontextmanager
async def open_stores(folder: Path, migrated: Path, series: SeriesStore | None = None) -> AsyncIterator[Stores]:
    """Records that begin as a copy of `migrated`, and the embedded store unless another one is given."""
    shutil.copy(migrated, folder / "records.db")
    records = Database.open(f"sqlite:///{folder / 'records.db'}")
    series = series or open_series_store(folder / "series.db")
    try:
        await series.setup()
        yield Stores(series, records)
    finally:
        await series.close()
        await records.close()


@asynccontextmanager
async def api_at(port: int, stores: Stores, **options: Any) -> AsyncIterator[House]:
    """The API with a broker at this port; it need not be there."""
    registry = CollectorRegistry()
    # Quick to come back, or the tests that end the broker would wait for the pauses of real life; and patient, since a
    # busy machine is no failure.
    patient = {"receipt_timeout_s": 60, "check_timeout_s": 60, "store_timeout_s": 60, **options}
    address = BrokerAddress("127.0.0.1", port)
    app = create_app(
        ApiOptions(address, reconnect_first_s=0.01, reconnect_most_s=0.05, **patient),
        stores.series,
        stores.records,
        registry,
    )
    # Errors that nobody handled are to be seen as their answers, as by any client.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://paceline.test", timeout=60)
    async with app.router.lifespan_context(app), client:
        yield House(app, client, stores)


@asynccontextmanager
async def connected_api(port: int, stores: Stores, **options: Any) -> AsyncIterator[House]:
    """The API once it is connected."""
    async with api_at(port, stores, **options) as house:
        await house.uplink.wait_connected()
        yield house


@asynccontextmanager
async def ingesting(port: int, stores: Stores) -> AsyncIterator[None]:
    """An ingestor at this broker, subscribed. It leaves no session behind."""
    session = SessionOptions(
        client_id=f"ingestor-{uuid4().hex}", endpoint=Endpoint("127.0.0.1", port), session_expiry_s=0
    )
    ingestor = Ingestor(
        IngestorOptions(retention_days=FOR_EVER_DAYS),
        session,
        stores.series,
        stores.records,
        CollectorRegistry(),
    )
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ingestor.run(stopping))
        await ingestor.session.wait_connected()
        yield
        stopping.set()
