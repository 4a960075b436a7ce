import asyncio
import sqlite3
import traceback
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contract.errors import Misconfigured, StoreUnavailable
from storage.records import database as database_module
from storage.records.database import Database, delete_in_portions, open_engine, take_turns
from storage.records.people import People, new_person
from storage.records.tables import PEOPLE
from tests.servers.postgres import PostgresServer


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite+pysqlcipher:///file.db",
        "postgresql+psycopg2://user:sesame@host/name",
        "postgresql://user:sesame@host",
        "postgresql://user:sesame@host:port/name",
        "mysql://user:sesame@host/name",
        "sesame",
        "",
    ],
)
def test_what_is_no_url_of_a_records_database_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Database.open(url)
    assert "sqlite:///" in str(caught.value)
    assert "sesame" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_password_is_never_shown(scheme: str) -> None:
    database = Database.open(f"{scheme}://reader:sesame@host/name?sslmode=require")
    assert repr(database) == "<Database postgresql+asyncpg://reader:***@host/name?ssl=require>"
    assert "sesame" not in f"{database._reader!r} {database._reader.url!r}"


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+aiosqlite"])
async def test_the_file_is_made_in_a_folder_of_its_owner(scheme: str, tmp_path: Path) -> None:
    database = Database.open(f"{scheme}:///{tmp_path}/new/records.db")
    await database.check()
    await database.close()
    assert (tmp_path / "new" / "records.db").exists()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="can't be made"):
        Database.open(f"sqlite:///{tmp_path}/file/records.db")


async def test_sqlite_is_durable_and_lets_readers_read_on(sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    async with database.read() as connection:
        pragmas = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


async def make_counter(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE counter (value INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))


async def count(database: Database) -> Any:
    async with database.read() as connection:
        return await connection.scalar(text("SELECT value FROM counter"))


async def test_writers_that_take_turns_lose_nothing(records_url: str) -> None:
    here, elsewhere = Database.open(records_url), Database.open(records_url)
    await make_counter(here)

    async def increment(database: Database) -> None:
        async with database.write() as connection:
            await take_turns(connection, "counting")
            value = await connection.scalar(text("SELECT value FROM counter"))
            await connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    async with asyncio.TaskGroup() as tasks:
        for database in [here, elsewhere] * 20:
            tasks.create_task(increment(database))
    assert await count(here) == 40
    await here.close()
    await elsewhere.close()


async def test_a_writer_is_not_seen_before_its_end_and_holds_up_no_reader(database: Database) -> None:
    await make_counter(database)
    async with database.write() as connection:
        await connection.execute(text("UPDATE counter SET value = 1"))
        assert await count(database) == 0
    assert await count(database) == 1


async def test_a_writer_that_fails_changes_nothing(database: Database) -> None:
    await make_counter(database)

    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(text("UPDATE counter SET value = 1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database) == 0


async def test_foreign_keys_hold(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        await connection.execute(text("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id))"))
    with pytest.raises(IntegrityError) as caught:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO child VALUES (:id)"), {"id": 424_242})
    assert "424242" not in str(caught.value)


async def test_a_database_without_its_tables_needs_a_person(empty_url: str) -> None:
    database = Database.open(empty_url)
    with pytest.raises(Misconfigured, match="migrate it first"):
        async with database.read() as connection:
            await connection.execute(text("SELECT id FROM dead_letters"))
    await database.close()


async def test_a_wrong_password_or_name_needs_a_person(postgres: PostgresServer) -> None:
    for url, words in [
        (postgres.url("postgres").replace(postgres.password, "sesame"), "user or password"),
        (postgres.url("missing"), "does not exist"),
    ]:
        database = Database.open(url)
        with pytest.raises(Misconfigured, match=words) as caught:
            await database.check()
        shown = "".join(traceback.format_exception(caught.value))
        assert "sesame" not in shown
        assert postgres.password not in shown
        await database.close()


async def test_a_server_that_is_away_is_unavailable_and_found_again(
    postgres: PostgresServer, postgres_url: str
) -> None:
    database = Database.open(postgres_url)
    await database.check()
    postgres.stop()
    try:
        with pytest.raises(StoreUnavailable):
            await database.check()
        with pytest.raises(StoreUnavailable):
            await database.check()
    finally:
        postgres.start()
    await database.check()
    await database.close()


async def test_a_transaction_whose_server_is_killed_is_unavailable(postgres: PostgresServer, postgres_url: str) -> None:
    database = Database.open(postgres_url)

    async def outlive_the_server() -> None:
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE half (id INTEGER)"))
            postgres.stop()
            await connection.execute(text("SELECT 1"))

    try:
        with pytest.raises(StoreUnavailable):
            await outlive_the_server()
    finally:
        postgres.start()
    await database.check()
    await database.close()


async def test_a_lock_of_postgresql_is_waited_for_as_long_as_said(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "WAIT_S", 0.05)
    holder = Database.open(url := postgres.make_database())
    waiting, patient = Database.open(url), Database(open_engine(url, patient=True))
    taken = asyncio.Event()

    async def take() -> None:
        async with patient.write() as connection:
            await take_turns(connection, "people")
            taken.set()

    async with holder.write() as connection:
        await take_turns(connection, "people")
        taking = asyncio.create_task(take())
        with pytest.raises(StoreUnavailable, match="55P03"):
            async with waiting.write() as other:
                await take_turns(other, "people")
        assert not taken.is_set()
    await taking
    for database in (holder, waiting, patient):
        await database.close()


async def test_a_postgresql_that_does_not_answer_is_away_and_may_be_back(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "STATEMENT_S", 0.2)
    database = Database.open(url := postgres.make_database())
    with pytest.raises(StoreUnavailable):
        async with database.read() as connection:
            await connection.execute(text("SELECT pg_sleep(600)"))
    await database.check()
    patient = Database(open_engine(url, patient=True))
    async with patient.read() as connection:
        await connection.execute(text("SELECT pg_sleep(0.4)"))
    for each in (database, patient):
        await each.close()


async def test_what_is_deleted_in_portions_is_all_of_it(database: Database) -> None:
    people = [new_person(f"p{number}", "athlete" if number % 4 else "coach", "Ann") for number in range(12)]
    await People(database).ensure(people)
    which = PEOPLE.c.role == "athlete"
    await asyncio.gather(*(delete_in_portions(database, PEOPLE.c.id, which, portion=3) for _ in range(2)))
    left = await People(database).get_many([person.id for person in people])
    assert sorted(left) == ["p0", "p4", "p8"]


async def test_a_file_that_another_program_holds_is_unavailable(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "WAIT_S", 0.05)
    database = Database.open(sqlite_url)
    await database.check()
    other = sqlite3.connect(tmp_path / "records" / "paceline.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        async with database.write():
            pytest.fail("another program holds the lock")
    other.execute("COMMIT")
    other.close()
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE free (id INTEGER)"))
    await database.close()
