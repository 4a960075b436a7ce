"""Both stores and the records, for what reads and writes."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People, new_person
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import SeriesStore
from tests.servers.influx import InfluxServer


@dataclass(frozen=True, slots=True)
class Stores:
    """Where items, summaries and standings are."""

    series: SeriesStore
    records: Database

    async def add_person(self, user_id: str, **more: Any) -> None:
        """Somebody with an account."""
        await People(self.records).add(new_person(user_id, "athlete", "Ann", **more))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A records database with all its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("insights_records") / "records.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["embedded", "influx"])
def series_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of each store in turn; of InfluxDB all tests share one database, so each needs users of its own."""
    if request.param == "embedded":
        return f"sqlite:///{tmp_path / 'series.db'}"
    server: InfluxServer = request.getfixturevalue("influx")
    return server.url


@pytest.fixture
async def stores(
    series_url: str, request: pytest.FixtureRequest, tmp_path: Path, migrated: Path
) -> AsyncIterator[Stores]:
    """Set up."""
    options = SeriesOptions()
    if series_url.startswith("http"):
        server: InfluxServer = request.getfixturevalue("influx")
        options = server.options(request.getfixturevalue("influx_database"))
    series = open_series_store(series_url, options)
    await series.setup()
    shutil.copy(migrated, tmp_path / "records.db")
    records = Database.open(f"sqlite:///{tmp_path / 'records.db'}")
    yield Stores(series, records)
    await series.close()
    await records.close()


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return f"user-{uuid4().hex}"
