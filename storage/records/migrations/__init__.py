"""Bringing the database's tables to where this version of Paceline wants them.

Revisions stand in `versions/`, written by hand: the tests fail until they lead to what `storage.records.tables` says.
A migration is one transaction, and of several processes that start at once one migrates while the others wait.
"""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, open_engine, take_turns

Step = Callable[[Config], None]

# Alembic keeps the migration under way in module globals.
_one_at_a_time = threading.Lock()


async def migrate(url: str) -> None:
    """Bring the database up to this version of Paceline; harmless when it is there already.

    Raises:
        StoreUnavailable: the database can't answer now.
        Misconfigured: the URL, the credentials, or a missing database.
    """
    await upgrade(url, "head")


async def upgrade(url: str, to: str) -> None:
    """Bring the database up to a revision; raises as `migrate` does."""
    await asyncio.to_thread(_run, url, lambda config: command.upgrade(config, to))


async def downgrade(url: str, to: str) -> None:
    """Bring the database back to a revision (`base`: no tables at all); raises as `migrate` does."""
    await asyncio.to_thread(_run, url, lambda config: command.downgrade(config, to))


def _run(url: str, step: Step) -> None:
    # In a thread with a loop of its own, so that waiting for the lock holds up nobody else.
    with _one_at_a_time:
        asyncio.run(_in_one_transaction(url, step))


async def _in_one_transaction(url: str, step: Step) -> None:
    # A large table takes its time, and whoever waits for another process to migrate waits as long. SQLite changes many
    # things of a table by making it anew; with foreign keys enforced, dropping the old one would delete the rows that
    # point to it. So they are checked at the end instead.
    database = Database(open_engine(url, foreign_keys=False, patient=True))
    try:
        async with database.write() as connection:
            await take_turns(connection, "migrations")
            await connection.run_sync(_step, step)
            await _check_foreign_keys(connection)
    finally:
        await database.close()


def _step(connection: Connection, step: Step) -> None:
    config = Config(attributes={"connection": connection})
    # Config reads % as the start of a variable.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    step(config)


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        if broken:
            raise RuntimeError(f"the migration left rows of {sorted({row[0] for row in broken})} pointing nowhere")
