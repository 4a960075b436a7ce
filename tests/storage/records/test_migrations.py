import asyncio
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from storage.records import migrations
from storage.records.database import Database
from storage.records.migrations import downgrade, migrate, upgrade
from storage.records.tables import METADATA
from tests.servers.postgres import PostgresServer

T = TypeVar("T")

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()))
]


async def inspected(url: str, look: Callable[[Connection], T]) -> T:
    database = Database.open(url)
    try:
        async with database.read() as connection:
            return await connection.run_sync(look)
    finally:
        await database.close()


async def tables(url: str) -> set[str]:
    names = await inspected(url, lambda connection: inspect(connection).get_table_names())
    return set(names) - {"alembic_version"}


async def triggers(url: str) -> dict[str, str]:
    """What holds the audit to its rules, by name."""

    def look(connection: Connection) -> dict[str, str]:
        in_sqlite = "SELECT name, sql AS source FROM sqlite_master WHERE type = 'trigger'"
        in_postgresql = "SELECT proname AS name, prosrc AS source FROM pg_proc WHERE proname LIKE 'guard_audit%'"
        query = in_sqlite if connection.dialect.name == "sqlite" else in_postgresql
        return {row.name: row.source for row in connection.execute(text(query))}

    return await inspected(url, look)


async def test_the_migrations_lead_to_the_tables_that_the_code_uses(records_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA))

    assert await inspected(records_url, differences) == []
    assert await tables(records_url) == set(METADATA.tables)


async def test_every_revision_goes_back_and_forth(empty_url: str) -> None:
    for before, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        await upgrade(empty_url, revision)
        there, guards = await tables(empty_url), await triggers(empty_url)
        await downgrade(empty_url, before)
        assert await tables(empty_url) < there or await triggers(empty_url) != guards
        await upgrade(empty_url, revision)
        assert (await tables(empty_url), await triggers(empty_url)) == (there, guards)
    await downgrade(empty_url, "base")
    assert await tables(empty_url) == set()


async def test_migrating_again_keeps_what_is_there(records_url: str) -> None:
    database = Database.open(records_url)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE bystander (id INTEGER)"))
    await migrate(records_url)
    assert "bystander" in await tables(records_url)
    await database.close()


async def test_a_migration_that_fails_changes_nothing(empty_url: str) -> None:
    def fail_at_the_end(config: Config) -> None:
        command.upgrade(config, "head")
        raise RuntimeError("after the last step")

    with pytest.raises(RuntimeError, match="after the last step"):
        await asyncio.to_thread(migrations._run, empty_url, fail_at_the_end)
    assert await tables(empty_url) == set()
    await migrate(empty_url)


async def test_a_migration_may_make_a_table_anew_but_leave_no_row_pointing_nowhere(sqlite_url: str) -> None:
    def run(*statements: str) -> None:
        def step(config: Config) -> None:
            for statement in statements:
                config.attributes["connection"].execute(text(statement))

        migrations._run(sqlite_url, step)

    await asyncio.to_thread(
        run,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)",
        "INSERT INTO parent VALUES (1)",
        "INSERT INTO child VALUES (1)",
    )
    anew = ("CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p SELECT * FROM parent", "DROP TABLE parent")
    await asyncio.to_thread(run, *anew, "ALTER TABLE p RENAME TO parent")
    children = "SELECT count(*) FROM child"
    assert await inspected(sqlite_url, lambda connection: connection.scalar(text(children))) == 1

    with pytest.raises(RuntimeError, match="child"):
        await asyncio.to_thread(run, "DELETE FROM parent")
    parents = "SELECT count(*) FROM parent"
    assert await inspected(sqlite_url, lambda connection: connection.scalar(text(parents))) == 1


PROGRAM = """
import asyncio, sys
from storage.records.migrations import migrate
for url in sys.argv[1:]:
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(migrate(url))
"""


async def test_processes_that_start_at_once_do_not_disturb_each_other(
    sqlite_url: str, postgres: PostgresServer
) -> None:
    urls = [sqlite_url, *(postgres.make_database() for _ in range(5))]
    processes = [
        await create_subprocess_exec(sys.executable, "-c", PROGRAM, *urls, stdin=PIPE, stdout=PIPE) for _ in range(3)
    ]
    for _ in urls:
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
    assert [await process.wait() for process in processes] == [0, 0, 0]
    for url in urls:
        assert await tables(url) == set(METADATA.tables)


async def test_tasks_of_one_process_may_migrate_at_once(sqlite_url: str, postgres_url: str) -> None:
    await asyncio.gather(*(migrate(url) for url in (sqlite_url, postgres_url) * 3))
    assert await tables(sqlite_url) == await tables(postgres_url) == set(METADATA.tables)
