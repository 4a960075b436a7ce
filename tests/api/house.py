"""The API with all that it works with: a real broker, ingestor, store and records; and an HTTP client in front."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from api.app import ApiOptions, BrokerAddress, create_app
from api.options import RATES, AccountOptions
from api.tokens import Claims
from api.uplink import Uplink
from api.wiring import Wiring
from broker.session import Endpoint, SessionOptions
from contract.topics import is_user_id
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from storage.records.database import Database
from storage.records.people import Role, new_person
from storage.series.opening import open_series_store
from storage.series.protocol import SeriesStore
from tests.api.batches import USER

FOR_EVER_DAYS = 36_500
"""A retention that keeps the examples valid for as long as the tests will run."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores, open and set up."""

    series: SeriesStore
    records: Database


QUICK_HASHES = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
UNLIMITED = dict.fromkeys(RATES, "1000000/second")


class House:
    """An application at work.

    Attributes:
        app: the application, started.
        http: asks it, as the person concerned unless told otherwise.
        stores: what it reads.
    """

    def __init__(self, app: FastAPI, http: httpx.AsyncClient, stores: Stores) -> None:
        self.app = app
        self.http = http
        self.stores = stores
        self._tokens: dict[str, str] = {}

    @property
    def wiring(self) -> Wiring:
        wiring: Wiring = self.app.state.wiring
        return wiring

    async def token(self, user_id: str = USER, role: Role = "athlete") -> str:
        """An access token of this person, who has an account from now on."""
        if user_id not in self._tokens:
            await self.wiring.people.ensure([new_person(user_id, role, user_id)])
            grant = await self.wiring.sessions.begin(user_id)
            self._tokens[user_id] = self.wiring.tokens.issue(Claims(user_id, grant.session_id))
        return self._tokens[user_id]

    async def bearer(self, user_id: str = USER, role: Role = "athlete") -> dict[str, str]:
        """The headers with which this person asks."""
        return {"Authorization": f"Bearer {await self.token(user_id, role)}"}

    app: FastAPI
    http: httpx.AsyncClient
    stores: Stores

    @property
    def uplink(self) -> Uplink:
        return self.wiring.uplink


class AsTheConcerned(httpx.Auth):
    """Asks as the person whom the path or the body names; where there is none, as `USER`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if "Authorization" not in request.headers:
            request.headers.update(await self._house.bearer(_concerned(request)))
        yield request


def _concerned(request: httpx.Request) -> str:
    named = re.search("/users/([^/]+)", request.url.path)
    found = named[1] if named else _of_body(request)
    return found if isinstance(found, str) and is_user_id(found) else USER


def _of_body(request: httpx.Request) -> Any:
    try:
        body = json.loads(request.content)
        return body.get("user_id")
    except (httpx.RequestNotRead, ValueError, AttributeError, RecursionError):
        return None


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
    accounts = {"hasher": QUICK_HASHES, "rates": UNLIMITED, "linger_s": 0.0, **patient.pop("accounts", {})}
    address = BrokerAddress("127.0.0.1", port, *patient.pop("login", ()))
    app = create_app(
        ApiOptions(address, AccountOptions(**accounts), reconnect_first_s=0.01, reconnect_most_s=0.05, **patient),
        stores.series,
        stores.records,
        registry,
    )
    # Errors that nobody handled are to be seen as their answers, as by any client.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://paceline.test", timeout=60)
    async with app.router.lifespan_context(app), client:
        house = House(app, client, stores)
        client.auth = AsTheConcerned(house)
        yield house


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
