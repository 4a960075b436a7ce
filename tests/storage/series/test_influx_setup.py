"""Making the database in a real InfluxDB 1.x, with and without a login."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured, StoreUnavailable
from contract.kinds import HeartRateSample
from contract.stamping import StampedBatch, epoch_ms
from storage.series.influx import InfluxStore
from storage.series.opening import SeriesOptions
from storage.series.protocol import Selection
from tests.servers.influx import InfluxServer, new_server
from tests.strategies import NOON, stamped

HEART_RATE = CATALOGUE["heart_rate"]


@pytest.fixture
def database() -> str:
    return f"test_{uuid4().hex}"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """An InfluxDB that asks who one is, with one administrator."""
    server = new_server(tmp_path_factory.mktemp("guarded"), auth=True)
    server.start()
    yield server
    assert server.child
    server.child.stop()


def sample(user: str) -> StampedBatch:
    return stamped(HEART_RATE, user, "watch", [HeartRateSample(bpm=60.0)], [epoch_ms(NOON)])


async def policies(store: InfluxStore) -> list[list[Any]]:
    name = store._http.options.database
    [[series]] = await store._http.query([f'SHOW RETENTION POLICIES ON "{name}"'])
    return series.values


async def set_up(url: str, options: SeriesOptions) -> list[list[Any]]:
    store = InfluxStore(url, options)
    await store.setup()
    found = await policies(store)
    await store.close()
    return found


async def test_a_database_keeps_points_a_day_longer_than_asked(own_influx: InfluxServer, database: str) -> None:
    options = own_influx.options(database, retention_days=1095)
    assert await set_up(own_influx.url, options) == [["autogen", f"{1096 * 24}h0m0s", "672h0m0s", 1, True]]


async def test_shards_cover_four_weeks_only_of_what_is_kept_for_years(own_influx: InfluxServer, database: str) -> None:
    options = own_influx.options(database, retention_days=90)
    [shorter] = await set_up(own_influx.url, options)
    assert (shorter[1], shorter[2] != "672h0m0s") == (f"{91 * 24}h0m0s", True), "it is InfluxDB's own length"
    [longer] = await set_up(own_influx.url, own_influx.options(database, retention_days=1095))
    assert longer[2] == "672h0m0s"


async def test_setting_up_again_changes_nothing(own_influx: InfluxServer, database: str) -> None:
    options = own_influx.options(database, retention_days=1095)
    assert await set_up(own_influx.url, options) == await set_up(own_influx.url, options)


async def test_a_database_made_by_hand_keeps_its_points(own_influx: InfluxServer, database: str, user: str) -> None:
    store = InfluxStore(own_influx.url, own_influx.options(database))
    await store._http.query([f'CREATE DATABASE "{database}"'])
    await store.write([sample(user)])
    await store.setup()
    assert await store.count(Selection(HEART_RATE, user)) == 1
    assert [row[1] for row in await policies(store)] == [f"{36_501 * 24}h0m0s"]
    await store.close()


async def test_another_default_policy_gives_way(own_influx: InfluxServer, database: str) -> None:
    store = InfluxStore(own_influx.url, own_influx.options(database))
    await store._http.query([f'CREATE DATABASE "{database}" WITH DURATION 30d NAME "month"'])
    await store.setup()
    assert {row[0]: row[4] for row in await policies(store)} == {"month": False, "autogen": True}
    await store.close()


async def test_a_database_of_any_name_is_made(own_influx: InfluxServer, user: str) -> None:
    store = InfluxStore(own_influx.url, own_influx.options("""it's "quoted"; DROP"""))
    await store.setup()
    await store.write([sample(user)])
    assert await store.count(Selection(HEART_RATE, user)) == 1
    await store.close()


async def test_a_login_is_used_and_a_wrong_one_is_told(guarded: InfluxServer, database: str, user: str) -> None:
    boss = SeriesOptions(database, username="boss", password="pass: word, ä")
    store = InfluxStore(guarded.url, boss)
    await store._http.query(["CREATE USER boss WITH PASSWORD 'pass: word, ä' WITH ALL PRIVILEGES"])
    await store.setup()
    await store.write([sample(user)])
    assert await store.count(Selection(HEART_RATE, user)) == 1
    await store.close()

    stranger = InfluxStore(guarded.url, replace(boss, password="guess"))
    with pytest.raises(Misconfigured, match="credentials"):
        await stranger.setup()
    # The points are good: they are kept until a person has put the password right.
    with pytest.raises(StoreUnavailable, match="credentials"):
        await stranger.write([sample(user)])
    with pytest.raises(StoreUnavailable, match="credentials"):
        await stranger.rows(Selection(HEART_RATE, user))
    await stranger.close()


async def test_a_user_of_one_database_needs_no_more_rights_once_it_is_there(
    guarded: InfluxServer, database: str, user: str
) -> None:
    boss = InfluxStore(guarded.url, SeriesOptions(database, username="boss", password="pass: word, ä"))
    await boss._http.query(["CREATE USER clerk WITH PASSWORD 'c'"])
    clerk = InfluxStore(guarded.url, SeriesOptions(database, username="clerk", password="c"))
    with pytest.raises(Misconfigured, match="must be allowed to make the database"):
        await clerk.setup()
    await boss.setup()
    await boss._http.query([f'GRANT ALL ON "{database}" TO clerk'])
    await clerk.setup()
    await clerk.write([sample(user)])
    for store in (boss, clerk):
        await store.close()
