"""Each test of the records runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.records.database import Database
from storage.records.migrations import migrate
from tests.servers.postgres import PostgresServer


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Of a file that is not there yet."""
    return f"sqlite:///{tmp_path}/records/paceline.db"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Of an empty database."""
    return postgres.make_database()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Of a database without tables, of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def records_url(empty_url: str) -> str:
    """Of a database with all tables, of either kind."""
    await migrate(empty_url)
    return empty_url


@pytest.fixture
async def database(records_url: str) -> AsyncIterator[Database]:
    """A database with all tables, of either kind."""
    database = Database.open(records_url)
    yield database
    await database.close()
