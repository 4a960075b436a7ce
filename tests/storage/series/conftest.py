"""The stores that the tests of this folder ask for."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage.series.embedded import EmbeddedStore
from storage.series.influx import InfluxStore
from storage.series.opening import SeriesOptions
from storage.series.protocol import SeriesStore
from tests.servers.influx import InfluxServer


@pytest.fixture(params=["influxdb", "embedded"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SeriesStore]:
    """Each store in turn, set up; of InfluxDB all tests share one database, so each needs a `user` of its own."""
    made = (
        InfluxStore(*_shared_influx(request))
        if request.param == "influxdb"
        else EmbeddedStore(tmp_path / "series.db", SeriesOptions())
    )
    await made.setup()
    yield made
    await made.close()


@pytest.fixture
async def influx_store(request: pytest.FixtureRequest) -> AsyncIterator[InfluxStore]:
    """The store in InfluxDB, for what only it does."""
    made = InfluxStore(*_shared_influx(request))
    await made.setup()
    yield made
    await made.close()


@pytest.fixture
async def embedded_store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """The embedded store, for what only it does."""
    made = EmbeddedStore(tmp_path / "series.db", SeriesOptions())
    await made.setup()
    yield made
    await made.close()


async def skip_on_influxdb_3(store: SeriesStore, why: str) -> None:
    """For what version 3 does in another way; it can only be met by `PACELINE_INFLUX_URL`."""
    if isinstance(store, InfluxStore) and await store._http.major_version() == 3:
        pytest.skip(why)


@pytest.fixture
def user() -> str:
    """A user whom no other test knows."""
    return new_user()


def new_user() -> str:
    """A user whom nobody knows."""
    return f"user-{uuid4().hex}"


def _shared_influx(request: pytest.FixtureRequest) -> tuple[str, SeriesOptions]:
    server: InfluxServer = request.getfixturevalue("influx")
    return server.url, server.options(request.getfixturevalue("influx_database"))
