"""Databases in which people have lived for months, for boards to ask."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from msgspec import structs

from benchmarks.coached import Lived, cast, live, stamped, store, work_out, write_to
from contract.stamping import StampedBatch, epoch_ms
from dashboards import building
from dashboards.asking.sources import Sources
from device_simulator.people.places import Place
from paceline.demo_people import COACH, person_of
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People
from storage.records.roles import BOARDS, ROLES, grant_rights
from storage.series.opening import open_series_store
from tests.dashboards.crowd import gather
from tests.dashboards.metered import past_of
from tests.servers.influx import InfluxServer
from tests.servers.postgres import PostgresServer
from tests.servers.prometheus import PrometheusServer

DAYS = 75
SEED = 7
FAR_AWAY = (
    Place("Los Angeles", "America/Los_Angeles", 34.060, -118.300, 90, 40),
    Place("Auckland", "Pacific/Auckland", -36.870, 174.760, 40, 40),
)
"""Where the first clients live: their days end eight hours after those of UTC, and thirteen before."""
SOMEBODY_NEW = "00000000-0000-4000-8000-0000000020e0"
"""A client of whom nothing has come yet, and who is fifteen years old."""


@dataclass(frozen=True, slots=True)
class Care:
    """Databases with people in them.

    Attributes:
        lives: who they are, and what their devices published.
        now: until when.
        influx_url, database, postgres_url, prometheus_url: where it is; the records as boards may read them.
    """

    lives: list[Lived]
    now: datetime
    influx_url: str
    database: str
    postgres_url: str
    prometheus_url: str

    @property
    def now_ms(self) -> int:
        return epoch_ms(self.now)

    def of(self, story: str | None) -> Lived:
        """The first to whom this happened."""
        return next(each for each in self.lives if each.story == story)

    def living_in(self, city: str) -> Lived:
        """The first who lives there."""
        return next(each for each in self.lives if each.person.home.city == city)


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Not yet started, so that it can be given a past."""
    server = PrometheusServer(tmp_path_factory.mktemp("prometheus"))
    yield server
    server.child.stop()


@pytest.fixture(scope="session")
def care(influx: InfluxServer, postgres: PostgresServer, prometheus: PrometheusServer) -> Care:
    """One world for all tests, which only read it."""
    now, database, url = datetime.now(UTC), f"boards_{uuid4().hex}", postgres.make_database()
    lives, password = cast(SEED, len(FAR_AWAY), now.date()), token_hex(16)
    for each, home in zip(lives, FAR_AWAY, strict=False):
        each.person = replace(each.person, home=home, lat=home.lat, lng=home.lng)
    for each in lives:
        live(each, now, DAYS)

    async def fill() -> None:
        await migrate(url)
        series, records = open_series_store(influx.url, influx.options(database)), Database.open(url)
        await series.setup()
        await series.write(uncorrected(lives[len(FAR_AWAY)]))
        await store(series, records, lives)
        await write_to(records, lives[0], now)
        new, born = person_of(lives[0].person), now.date() - timedelta(days=15 * 365)
        await People(records).add(replace(new, id=SOMEBODY_NEW, name="Zoe", birth_date=born))
        await Consents(records).give(SOMEBODY_NEW, COACH.id, "training")
        await work_out(series, records)
        await gather(series, records, lives)
        await grant_rights(url, {role: password if role == BOARDS else token_hex(16) for role in ROLES})
        await series.close()
        await records.close()

    asyncio.run(fill())
    prometheus.remember(past_of(lives, epoch_ms(now)))
    prometheus.start()
    return Care(lives, now, influx.url, database, _as_boards(url, password), prometheus.url)


def uncorrected(lived: Lived) -> list[StampedBatch]:
    """Workouts as they are sent at first, with figures that those that are sent again don't have."""
    found = [due.batch for due in lived.batches if due.kind == "exercises"]
    return [
        stamped("exercises", structs.replace(batch, items=[_overrated(each) for each in batch.items]))
        for batch in found
    ]


def _overrated(item: Any) -> Any:
    more = {"distance_km": 99.0, "avg_heart_rate": 120.0, "calories": 9_999.0, "rpe": 10.0}
    return structs.replace(item, **{name: value for name, value in more.items() if getattr(item, name) is None})


def _as_boards(url: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{BOARDS}:{password}@{parts.hostname}:{parts.port}"))


@pytest.fixture
async def sources(care: Care) -> AsyncIterator[Sources]:
    async with Sources(care.influx_url, care.database, care.postgres_url, care.prometheus_url) as opened:
        yield opened


def board(name: str) -> dict[str, Any]:
    """As Grafana reads it."""
    made: dict[str, Any] = json.loads(building.render(name))
    return made


ALL_BOARDS = tuple(building.BOARDS)
