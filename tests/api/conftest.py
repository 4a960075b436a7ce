"""The API in front of a real broker, ingestor, store and records."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.records.migrations import migrate
from tests.api.house import House, Stores, api_at, connected_api, ingesting, open_stores
from tests.api.scripted import ScriptedIngestor, scripted
from tests.servers.mosquitto import MosquittoServer, new_server


@pytest.fixture(scope="session")
def api_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoServer]:
    """A Mosquitto to which only these tests subscribe: what nobody has subscribed to is what some of them are about."""
    server = new_server(tmp_path_factory.mktemp("api_broker"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A records database with all its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("api_records") / "records.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def stores(tmp_path: Path, migrated: Path) -> AsyncIterator[Stores]:
    """Both stores, empty."""
    async with open_stores(tmp_path, migrated) as opened:
        yield opened


@pytest.fixture
async def house(api_broker: MosquittoServer, stores: Stores) -> AsyncIterator[House]:
    """Connected, with an ingestor."""
    async with ingesting(api_broker.port, stores), connected_api(api_broker.port, stores) as opened:
        yield opened


@pytest.fixture
async def waiting_room(api_broker: MosquittoServer, stores: Stores) -> AsyncIterator[House]:
    """Connected, without an ingestor, and patient: what ends here does not end by the clock."""
    async with connected_api(api_broker.port, stores, receipt_timeout_s=300) as opened:
        yield opened


@pytest.fixture
async def library(stores: Stores) -> AsyncIterator[House]:
    """For reading only: there is no broker."""
    async with api_at(1, stores) as opened:
        yield opened


@pytest.fixture
async def ingestor(api_broker: MosquittoServer) -> AsyncIterator[ScriptedIngestor]:
    """Takes telemetry, and does with it what the test says."""
    async with scripted(api_broker.port) as found:
        yield found
