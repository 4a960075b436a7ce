"""Opening the records database, and its two kinds of transaction.

A transaction says at its start whether it will write. SQLite then takes its write lock at once (BEGIN IMMEDIATE) and
waits for it; a transaction that turned from reader to writer would fail without waiting when another has written.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import URL, Column, ColumnElement, Connection, Table, delete, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from contract.errors import Misconfigured
from storage.records.failures import failures_told

WAIT_S = 10
"""How long a statement waits for a lock, a task for a connection of the pool, and a connection for the server."""

STATEMENT_S = 30
"""How long a statement of PostgreSQL may take: a server that hangs must be known to be away. SQLite does not hang."""

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Database:
    """The records database: hands out transactions.

    Every error of the database comes as one of the contract's: StoreUnavailable when it is away, busy or full,
    Misconfigured when a person must change something.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = engine
        self._writer = engine.execution_options(**_WRITES)

    def __repr__(self) -> str:
        return f"<Database {self._reader.url.render_as_string(hide_password=True)}>"

    @classmethod
    def open(cls, url: str) -> "Database":
        """Make ready to connect; the first transaction does.

        Args:
            url: `sqlite:///path/to/file.db` or `postgresql://user:password@host/name`.

        Raises:
            Misconfigured: not such a URL.
        """
        return cls(open_engine(url))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes nothing."""
        with failures_told():
            async with self._reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may change something: all of it is on disk when it ends well, else nothing is."""
        with failures_told():
            async with self._writer.begin() as connection:
                yield connection

    async def check(self) -> None:
        """Return if the database answers."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Let go of all connections."""
        await self._reader.dispose()


async def take_turns(connection: AsyncConnection, what: str) -> None:
    """Let only one writing transaction at a time, of all processes, do this; the others wait here until it ends."""
    if connection.dialect.name == "postgresql":
        # SQLite needs none: there, only one transaction writes at a time.
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCKS, crc32(what.encode()) - 2**31)))


def insertion(connection: AsyncConnection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`, which both databases have alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


_LOCKS = crc32(b"paceline") - 2**31
"""Our part of PostgreSQL's advisory locks, as a signed 32-bit number."""


async def delete_in_portions(database: Database, key: Column[Any], which: ColumnElement[bool], portion: int) -> None:
    """Remove rows, so many in a transaction that nobody waits long for one; harmless to repeat, or to do twice.

    Args:
        database: in which.
        key: the primary key of their table.
        which: of its rows.
        portion: how many at once.
    """
    some = select(key).where(which).limit(portion)
    removed = portion
    while removed == portion:
        async with database.write() as connection:
            await take_turns(connection, key.table.name)
            removed = (await connection.execute(delete(key.table).where(key.in_(some)))).rowcount


def open_engine(url: str, *, foreign_keys: bool = True, patient: bool = False) -> AsyncEngine:
    """The engine under a `Database`.

    Args:
        url: of the database.
        foreign_keys: whether SQLite enforces them, as PostgreSQL always does; not in migrations.
        patient: PostgreSQL may take and wait as long as it needs: for what is done to the tables themselves.

    Raises:
        Misconfigured: the URL is not one of SQLite or PostgreSQL.
    """
    parsed = _parse(url)
    # Parameters may be health values: they stay out of the texts of errors.
    common: dict[str, Any] = {"hide_parameters": True, "pool_timeout": WAIT_S}
    if parsed.get_backend_name() == "postgresql":
        arguments = {"timeout": WAIT_S} | ({} if patient else _limits())
        return create_async_engine(parsed, pool_pre_ping=True, connect_args=arguments, **common)
    return _open_sqlite(parsed, foreign_keys, common)


def _limits() -> dict[str, Any]:
    # The driver's own `timeout` is for connecting only.
    return {"command_timeout": STATEMENT_S, "server_settings": {"lock_timeout": f"{WAIT_S * 1_000:.0f}ms"}}


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the cause's text may hold the password.
        raise Misconfigured(_EXPECTED) from None
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None or parsed.drivername not in {parsed.get_backend_name(), driver} or not parsed.database:
        raise Misconfigured(_EXPECTED)
    if mode := parsed.query.get("sslmode"):  # as libpq calls it, and so most people
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.set(drivername=driver)


_EXPECTED = "the records URL must be sqlite:///path/to/file.db or postgresql://user:password@host:port/name"


def _open_sqlite(url: URL, foreign_keys: bool, common: dict[str, Any]) -> AsyncEngine:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"the records folder {folder} can't be made: {error.strerror}") from error
    # isolation_level None: the driver's own guesses at when a transaction begins leave out DDL.
    engine = create_async_engine(url, connect_args={"isolation_level": None, "timeout": WAIT_S}, **common)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode, NORMAL may lose the latest transactions in a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().keys() & _WRITES.keys()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


_WRITES = {"paceline_writes": True}
