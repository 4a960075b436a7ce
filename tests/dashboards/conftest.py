"""Databases in which people have lived for months, for boards to ask."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from benchmarks.coached import Lived, cast, live, store, work_out
from contract.stamping import epoch_ms
from dashboards.asking.sources import Sources
from dashboards.building import BOARDS, render
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from tests.servers.influx import InfluxServer
from tests.servers.postgres import PostgresServer

DAYS = 75
SEED = 7


@dataclass(frozen=True, slots=True)
class Care:
    """Databases with people in them.

    Attributes:
        lives: who they are, and what their devices published.
        now: until when.
        influx_url, database, postgres_url: where it is.
    """

    lives: list[Lived]
    now: datetime
    influx_url: str
    database: str
    postgres_url: str

    @property
    def now_ms(self) -> int:
        return epoch_ms(self.now)

    def of(self, story: str | None) -> Lived:
        """The first to whom this happened."""
        return next(each for each in self.lives if each.story == story)


@pytest.fixture(scope="session")
def care(influx: InfluxServer, postgres: PostgresServer) -> Care:
    """One world for all tests, which only read it."""
    now, database, url = datetime.now(UTC), f"boards_{uuid4().hex}", postgres.make_database()
    lives = cast(SEED, 2, now.date())
    for each in lives:
        live(each, now, DAYS)

    async def fill() -> None:
        await migrate(url)
        series, records = open_series_store(influx.url, influx.options(database)), Database.open(url)
        await series.setup()
        await store(series, records, lives)
        await work_out(series, records)
        await series.close()
        await records.close()

    asyncio.run(fill())
    return Care(lives, now, influx.url, database, url)


@pytest.fixture
async def sources(care: Care) -> AsyncIterator[Sources]:
    async with Sources(care.influx_url, care.database, care.postgres_url) as opened:
        yield opened


def board(name: str) -> dict[str, Any]:
    """As Grafana reads it."""
    made: dict[str, Any] = json.loads(render(name))
    return made


ALL_BOARDS = tuple(BOARDS)
