"""A store that is away, locked, full or too slow says so, and works again afterwards."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC
from pathlib import Path
from subprocess import check_output

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import StoreUnavailable
from contract.kinds import HeartRateSample
from contract.stamping import StampedBatch, epoch_ms
from paceline.processes import Child
from storage.series.embedded import EmbeddedStore
from storage.series.influx import InfluxStore
from storage.series.opening import SeriesOptions
from storage.series.protocol import Selection
from tests.servers.influx import InfluxServer
from tests.storage.series.conftest import skip_on_influxdb_3
from tests.strategies import NOON, stamped

HEART_RATE = CATALOGUE["heart_rate"]
PATIENCE_S = 0.3


def sample(user: str, bpm: float = 60.0, count: int = 1) -> StampedBatch:
    times = range(epoch_ms(NOON), epoch_ms(NOON) + count)
    return stamped(HEART_RATE, user, "watch", [HeartRateSample(bpm=bpm)] * count, times)


@pytest.fixture
async def own_store(own_influx: InfluxServer) -> AsyncIterator[InfluxStore]:
    """A store in an InfluxDB that the test may kill."""
    made = InfluxStore(own_influx.url, own_influx.options("away", timeout_s=PATIENCE_S))
    await made.setup()
    yield made
    await made.close()


async def test_what_was_written_survives_a_killed_influxdb(
    own_influx: InfluxServer, own_store: InfluxStore, user: str
) -> None:
    await own_store.write([sample(user)])
    own_influx.kill()
    own_influx.start()
    assert await own_store.count(Selection(HEART_RATE, user)) == 1


async def test_a_killed_influxdb_is_unavailable_until_it_is_back(
    own_influx: InfluxServer, own_store: InfluxStore, user: str
) -> None:
    own_influx.kill()
    for call in (
        own_store.write([sample(user)]),
        own_store.rows(Selection(HEART_RATE, user)),
        own_store.buckets(Selection(HEART_RATE, user), "bpm", "sum", "day", UTC),
        own_store.last_seen(user),
        own_store.delete_user(user),
        own_store.setup(),
    ):
        with pytest.raises(StoreUnavailable):
            await call
    own_influx.start()
    await own_store.write([sample(user)])
    assert await own_store.count(Selection(HEART_RATE, user)) == 1


async def test_an_influxdb_that_does_not_answer_in_time_is_unavailable(
    own_influx: InfluxServer, own_store: InfluxStore, user: str
) -> None:
    assert own_influx.child
    own_influx.child.pause()
    with pytest.raises(StoreUnavailable):
        await own_store.write([sample(user)])
    with pytest.raises(StoreUnavailable):
        await own_store.count(Selection(HEART_RATE, user))
    own_influx.child.resume()
    own_influx.child.wait_ready(own_influx.answers)
    await own_store.write([sample(user)])
    assert await own_store.count(Selection(HEART_RATE, user)) == 1


async def test_a_missing_database_is_unavailable_until_the_setup(influx: InfluxServer, user: str) -> None:
    store = InfluxStore(influx.url, influx.options(f"missing-{user}"))
    await skip_on_influxdb_3(store, "it makes a database at the first write")
    with pytest.raises(StoreUnavailable, match="run the setup"):
        await store.write([sample(user)])
    with pytest.raises(StoreUnavailable, match="run the setup"):
        await store.rows(Selection(HEART_RATE, user))
    await store.setup()
    await store.write([sample(user)])
    await store.close()


async def test_a_locked_file_is_unavailable_until_it_is_free(tmp_path: Path, user: str) -> None:
    store = EmbeddedStore(tmp_path / "series.db", SeriesOptions(timeout_s=0.05))
    await store.setup()
    with closing(sqlite3.connect(tmp_path / "series.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            await store.write([sample(user)])
        assert await store.count(Selection(HEART_RATE, user)) == 0, "readers need not wait for a writer"
        other.execute("ROLLBACK")
    await store.write([sample(user)])
    assert await store.count(Selection(HEART_RATE, user)) == 1
    await store.close()


async def test_a_full_disk_is_unavailable_until_there_is_room(embedded_store: EmbeddedStore, user: str) -> None:
    await limit_pages(embedded_store, 1)  # SQLite takes it as no more than it has
    with pytest.raises(StoreUnavailable, match="SQLITE_FULL"):
        await embedded_store.write([sample(user, count=1_000)])
    assert await embedded_store.count(Selection(HEART_RATE, user)) == 0
    await limit_pages(embedded_store, 1_000_000)
    await embedded_store.write([sample(user, count=1_000)])
    assert await embedded_store.count(Selection(HEART_RATE, user)) == 1_000


async def limit_pages(store: EmbeddedStore, pages: int) -> None:
    def limit() -> None:
        store._file.connection().execute(f"PRAGMA max_page_count={pages}").fetchall()

    await store._in(store._writer, limit)


async def test_a_file_that_is_not_there_is_unavailable_until_the_setup(tmp_path: Path, user: str) -> None:
    store = EmbeddedStore(tmp_path / "below" / "series.db", SeriesOptions())
    for call in (store.write([sample(user)]), store.rows(Selection(HEART_RATE, user))):
        with pytest.raises(StoreUnavailable, match="run the setup"):
            await call
    await store.setup()
    await store.write([sample(user)])
    await store.close()


async def test_a_file_without_tables_is_unavailable_until_the_setup(tmp_path: Path, user: str) -> None:
    (tmp_path / "series.db").touch()
    store = EmbeddedStore(tmp_path / "series.db", SeriesOptions())
    with pytest.raises(StoreUnavailable, match="run the setup"):
        await store.rows(Selection(HEART_RATE, user))
    await store.setup()
    assert await store.rows(Selection(HEART_RATE, user)) == []
    await store.close()


WRITER = """
import asyncio, sys
from datetime import UTC
from pathlib import Path
from contract.catalogue import CATALOGUE
from contract.kinds import HeartRateSample
from contract.stamping import StampedBatch
from storage.series.opening import open_series_store

async def main():
    store = open_series_store(Path(sys.argv[1]))
    await store.setup()
    kind = CATALOGUE["heart_rate"]
    await store.write([StampedBatch(kind, sys.argv[2], "watch", [HeartRateSample(bpm=60.0)], [0], [1], [1_000_000])])
    Path(sys.argv[3]).touch()
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_what_was_written_survives_a_killed_process(tmp_path: Path, user: str) -> None:
    path, done = tmp_path / "series.db", tmp_path / "done"
    writer = Child([sys.executable, "-c", WRITER, str(path), user, str(done)], log=tmp_path / "log")
    writer.start()
    writer.wait_ready(done.exists)
    writer.kill()
    store = EmbeddedStore(path, SeriesOptions())
    assert await store.count(Selection(HEART_RATE, user)) == 1
    await store.close()


READER = """
import asyncio, sys
from datetime import UTC
from pathlib import Path
from contract.catalogue import CATALOGUE
from storage.series.opening import open_series_store
from storage.series.protocol import Selection

async def main():
    store = open_series_store(Path(sys.argv[1]))
    print(await store.count(Selection(CATALOGUE["heart_rate"], sys.argv[2])))
    await store.close()

asyncio.run(main())
"""


async def test_a_second_process_may_read_the_file_meanwhile(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([sample(user)])
    path = embedded_store._file.path
    reader = [sys.executable, "-c", READER, str(path), user]
    assert (await asyncio.to_thread(check_output, reader, text=True)).strip() == "1"
    await embedded_store.write([sample(user, bpm=61.0)])
