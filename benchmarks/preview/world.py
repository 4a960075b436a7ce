"""Real databases in which people have lived for a year: one InfluxDB, one PostgreSQL, one Prometheus."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.coached import Lived, cast, live, store, work_out, write_to
from benchmarks.preview.past import past_of
from benchmarks.preview.upkeep import keep_house
from contract.stamping import epoch_ms
from dashboards.asking.sources import Sources
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from tests.servers.influx import InfluxServer, new_server
from tests.servers.postgres import PostgresServer
from tests.servers.prometheus import PrometheusServer

SEED = 7
ORDINARY = 28
"""With those to whom something happens enough for percentiles of the group."""
DAYS = 365
TRACKED = {False: 10, True: 120}
"""Days with tracks at 1 Hz: of most people, and of the one whose training is shown."""
DATABASE = "boards"


@dataclass(frozen=True, slots=True)
class World:
    """Who lived, and where it is kept.

    Attributes:
        lives: who they are, and what their devices published.
        now: until when.
        influx_url, postgres_url, prometheus_url: of the databases.
    """

    lives: list[Lived]
    now: datetime
    influx_url: str
    postgres_url: str
    prometheus_url: str

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return epoch_ms(self.now)

    def of(self, story: str | None) -> Lived:
        """The first to whom this happened."""
        return next(each for each in self.lives if each.story == story)

    def sources(self) -> Sources:
        """Connections, still to be entered."""
        return Sources(self.influx_url, DATABASE, self.postgres_url, self.prometheus_url)


@asynccontextmanager
async def lived_in() -> AsyncIterator[World]:
    """Databases with people in them, as long as the context lasts."""
    with _servers() as (influx, postgres, prometheus):
        now = datetime.now(UTC)
        lives = cast(SEED, ORDINARY, now.date())
        for lived in lives:
            live(lived, now, DAYS, TRACKED[lived.story == "overreaching"])
        url = postgres.make_database()
        await _fill(influx, url, lives, now)
        prometheus.remember(past_of(lives, epoch_ms(now)))
        prometheus.start()
        yield World(lives, now, influx.url, url, prometheus.url)


async def _fill(influx: InfluxServer, url: str, lives: list[Lived], now: datetime) -> None:
    await migrate(url)
    series, records = open_series_store(influx.url, influx.options(DATABASE)), Database.open(url)
    try:
        await series.setup()
        await store(series, records, lives)
        for lived in lives:
            if lived.story in {"overreaching", "rising blood pressure"} or lived is lives[0]:
                await write_to(records, lived, now)
        await keep_house(records, lives, now)
        await work_out(series, records)
    finally:
        await series.close()
        await records.close()


@contextmanager
def _servers() -> Iterator[tuple[InfluxServer, PostgresServer, PrometheusServer]]:
    """InfluxDB and PostgreSQL that run, and a Prometheus that can still be given a past."""
    # Not below a folder that only its owner may enter: PostgreSQL runs as somebody else if we are root.
    folder = Path(tempfile.mkdtemp(prefix="paceline-preview-"))
    folder.chmod(0o755)
    places = [folder / name for name in ("influx", "postgres", "prometheus")]
    for place in places:
        place.mkdir()
    influx, postgres, prometheus = new_server(places[0]), PostgresServer(places[1]), PrometheusServer(places[2])
    try:
        influx.start()
        postgres.make_cluster()
        postgres.start()
        yield influx, postgres, prometheus
    finally:
        prometheus.child.stop()
        postgres.stop()
        if influx.child is not None:
            influx.child.stop()
        shutil.rmtree(folder)
