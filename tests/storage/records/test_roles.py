"""What each role may do in a real PostgreSQL, and above all what it may not."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from contract.errors import Misconfigured
from storage.records.migrations import migrate
from storage.records.roles import API, BOARDS, INGESTOR, INSIGHTS, RIGHTS, ROLES, UNSEEN, grant_rights, seen_columns
from storage.records.tables import METADATA

PASSWORDS = {role: f"{role}-0123456789" for role in ROLES}


@pytest.fixture
async def granted(postgres_url: str) -> str:
    """A migrated database whose roles have their rights, twice over; the owner's URL."""
    await migrate(postgres_url)
    await grant_rights(postgres_url, PASSWORDS)
    await grant_rights(postgres_url, PASSWORDS)
    return postgres_url


def url_of(role: str, owner: str) -> str:
    return make_url(owner).set(username=role, password=PASSWORDS[role]).render_as_string(hide_password=False)


@pytest.fixture
def role(request: pytest.FixtureRequest) -> str:
    """Whom `connection` is."""
    return str(request.node.callspec.params["connection"])


@pytest.fixture
async def connection(request: pytest.FixtureRequest, granted: str) -> AsyncIterator[Any]:
    """As the role that the test asks for."""
    opened = await asyncpg.connect(url_of(request.param, granted))
    yield opened
    await opened.close()


def test_every_table_has_its_rights_said() -> None:
    assert set(METADATA.tables) <= set(RIGHTS), "add the table to storage.records.roles.RIGHTS"


async def refused(connection: Any, statement: str) -> bool:
    try:
        await connection.execute(statement)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError):
        return True
    return False


def select(table: str, columns: str = "*") -> str:
    return f'SELECT {columns} FROM "{table}" LIMIT 1'  # noqa: S608  # names of our own


def delete(table: str) -> str:
    return f'DELETE FROM "{table}"'  # noqa: S608  # names of our own


@pytest.mark.parametrize("connection", [INGESTOR, INSIGHTS, API], indirect=True)
async def test_each_service_does_in_each_table_what_its_line_says_and_no_more(connection: Any, role: str) -> None:
    for name in METADATA.tables:
        right = RIGHTS[name].get(role, "")
        assert await refused(connection, select(name)) is ("SELECT" not in right), name
        assert await refused(connection, delete(name)) is ("DELETE" not in right), name


@pytest.mark.parametrize("connection", [BOARDS], indirect=True)
async def test_boards_read_no_secret_no_address_and_nothing_that_devices_sent(connection: Any) -> None:
    told = set()
    for name, table in METADATA.tables.items():
        seen = seen_columns(table) if name in UNSEEN else []
        for column in table.columns:
            assert await refused(connection, select(name, f'"{column.name}"')) is (column.name not in seen), column
        told.update(seen)
    assert "name" in told
    assert not {column for column in told if "hash" in column} | told & {"email", "mobile", "payload", "pem"}


@pytest.mark.parametrize("connection", [BOARDS], indirect=True)
async def test_boards_change_nothing_even_if_they_ask_to(connection: Any) -> None:
    await connection.execute("SET default_transaction_read_only = off")
    for name in METADATA.tables:
        assert await refused(connection, delete(name)), name
    assert await refused(connection, "CREATE TABLE mine (id int)")


@pytest.mark.parametrize("role", [INGESTOR, INSIGHTS, API])
async def test_a_service_starts_on_a_migrated_database_though_it_may_not_migrate(granted: str, role: str) -> None:
    await migrate(url_of(role, granted))
    connection = await asyncpg.connect(url_of(role, granted))
    assert await refused(connection, "CREATE TABLE mine (id int)")
    assert await refused(connection, "ALTER TABLE audit DISABLE TRIGGER ALL")
    await connection.close()


async def test_nobody_takes_a_password_that_could_be_a_statement(postgres_url: str) -> None:
    with pytest.raises(Misconfigured):
        await grant_rights(postgres_url, {API: "x'; DROP TABLE people; --"})
