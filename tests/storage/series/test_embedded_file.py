"""The embedded store's file: who may read it, how it grows with the catalogue, what it forgets."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import Misconfigured
from contract.kinds import HeartRateSample, Meal
from contract.stamping import StampedBatch, epoch_ms
from storage.series import embedded_queries as queries
from storage.series import embedded_schema as schema
from storage.series.embedded import EmbeddedStore
from storage.series.influx import InfluxStore
from storage.series.opening import SeriesOptions
from storage.series.protocol import Selection
from tests.strategies import NOON, stamped

MEALS, HEART_RATE = CATALOGUE["meals"], CATALOGUE["heart_rate"]
AT_MS = epoch_ms(NOON)


def meal(user: str, time_ms: int = AT_MS, *, name: str = "Pasta") -> StampedBatch:
    return stamped(MEALS, user, "phone", [Meal(meal_id=f"m{time_ms}", calories=500.0, name=name)], [time_ms])


async def test_the_file_is_its_owners_alone(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([meal(user)])
    folder = embedded_store._file.path.parent
    files = sorted(folder.glob("series.db*"))
    assert [path.name for path in files] == ["series.db", "series.db-shm", "series.db-wal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


async def test_commits_reach_the_disk(embedded_store: EmbeddedStore) -> None:
    def pragmas() -> list[object]:
        connection = embedded_store._file.connection()
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert await embedded_store._in(embedded_store._writer, pragmas) == ["wal", 2]


async def test_a_field_that_a_kind_got_later_gets_its_column(tmp_path: Path, user: str) -> None:
    path = tmp_path / "series.db"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            """CREATE TABLE meals (user_id TEXT NOT NULL, key_ns INTEGER NOT NULL, source_device TEXT NOT NULL,
            time_ms INTEGER NOT NULL, meal_id TEXT, calories REAL,
            PRIMARY KEY (user_id, key_ns, source_device)) STRICT, WITHOUT ROWID"""
        )
        old.execute("INSERT INTO meals VALUES (?, 5, 'phone', 0, 'old', 300.0)", (user,))
        old.commit()
    store = EmbeddedStore(path, SeriesOptions())
    await store.setup()
    await store.write([meal(user)])
    found = await store.rows(Selection(MEALS, user))
    assert [row.values for row in found] == [
        {"meal_id": "old", "calories": 300.0},
        {"meal_id": f"m{AT_MS}", "calories": 500.0, "name": "Pasta"},
    ]
    await store.close()


async def test_setting_up_again_changes_nothing(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([meal(user)])
    await embedded_store.setup()
    assert await embedded_store.count(Selection(MEALS, user)) == 1


async def test_a_file_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = EmbeddedStore(tmp_path / "file" / "series.db", SeriesOptions())
    with pytest.raises(Misconfigured, match="can't make"):
        await store.setup()
    await store.close()


async def test_a_file_that_is_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "series.db").write_text("Dear diary, today I ate pasta. " * 100)
    store = EmbeddedStore(tmp_path / "series.db", SeriesOptions())
    with pytest.raises(Misconfigured, match="not an SQLite database"):
        await store.setup()
    await store.close()


async def test_what_is_older_than_asked_is_removed(embedded_store: EmbeddedStore, user: str) -> None:
    days = [AT_MS - day * 86_400_000 for day in range(4)]
    samples = stamped(HEART_RATE, user, "watch", [HeartRateSample(bpm=60.0)] * 4, days)
    await embedded_store.write([samples, *(meal(user, time_ms) for time_ms in days)])
    await embedded_store.expire(days[1])
    for kind in (MEALS, HEART_RATE):
        kept = await embedded_store.rows(Selection(kind, user))
        assert [row.time_ms for row in kept] == [days[1], days[0]]


async def test_a_device_of_which_all_is_removed_was_never_seen(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([meal(user)])
    await embedded_store.expire(AT_MS + 1_000)
    assert await embedded_store.last_seen(user) == {}


async def test_a_device_whose_data_go_while_it_is_looked_for_was_never_seen(
    embedded_store: EmbeddedStore, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    select_newest_time = queries.select_newest_time

    def removed_first(selection: Selection) -> queries.Query:
        # On a connection of this thread, between the two questions of `last_seen`.
        schema.delete_user(user, embedded_store._file.connection())
        return select_newest_time(selection)

    await embedded_store.write([meal(user)])
    monkeypatch.setattr(queries, "select_newest_time", removed_first)
    assert await embedded_store.last_seen(user) == {}


async def test_influxdb_is_left_to_remove_by_itself(influx_store: InfluxStore, user: str) -> None:
    await influx_store.write([meal(user)])
    await influx_store.expire(AT_MS + 86_400_000)
    assert await influx_store.count(Selection(MEALS, user)) == 1


async def test_a_forgotten_users_data_is_overwritten(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([meal(user, name="Spaghetti alla puttanesca")])
    await embedded_store.delete_user(user)
    folder = embedded_store._file.path.parent
    left = b"".join(path.read_bytes() for path in folder.glob("series.db*"))
    assert b"puttanesca" not in left
    assert user.encode() not in left


async def test_rows_are_read_by_the_key_without_sorting(embedded_store: EmbeddedStore, user: str) -> None:
    selection = Selection(HEART_RATE, user, AT_MS, AT_MS + 1, "watch")
    statement, values = queries.select_rows(selection, limit=10, offset=0, newest_first=True)
    plan = await embedded_store._ask(("EXPLAIN QUERY PLAN " + statement, values), lambda columns: str(columns[3]))
    assert plan == ["SEARCH heart_rate USING PRIMARY KEY (user_id=? AND key_ns>? AND key_ns<?)"]
