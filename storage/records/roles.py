"""Who may do what in PostgreSQL: a role for each part of Paceline, table by table. SQLite has no users.

The owner of the tables migrates them and gives these rights (`paceline setup`); no running service is the owner, so
none can remove the triggers that keep the audit. A table that is added needs a line here; a test compares.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from contract.errors import Misconfigured
from storage.records.database import Database, open_engine, take_turns
from storage.records.tables import ANNOTATIONS_VIEW, METADATA

INGESTOR = "paceline_ingestor"
INSIGHTS = "paceline_insights"
API = "paceline_api"
BOARDS = "paceline_boards"
"""Reads for people's eyes, and by questions that those who see the boards can write themselves."""

ROLES = (INGESTOR, INSIGHTS, API, BOARDS)

_SEE = "SELECT"
_ADD = "SELECT, INSERT"
_ALL = "SELECT, INSERT, UPDATE, DELETE"

RIGHTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "dead_letters": {INGESTOR: _ALL, INSIGHTS: _ALL, API: _ALL},
        "source_devices": {INGESTOR: _ALL, INSIGHTS: _SEE, API: _ALL},
        "people": {INSIGHTS: _SEE, API: _ALL},
        "consents": {INSIGHTS: _SEE, API: _ALL},
        "one_time_codes": {API: _ALL},
        "sessions": {API: _ALL},
        "refresh_tokens": {API: _ALL},
        "audit": {INSIGHTS: _ADD, API: _ALL},
        "deletions": {INSIGHTS: _SEE, API: _ALL},
        "devices": {INSIGHTS: _SEE, API: _ALL},
        "certificates": {API: _ALL},
        "revocations": {API: _ALL},
        "standings": {INSIGHTS: _ALL, API: _ALL},
        "feedback": {INSIGHTS: _ALL, API: _ALL},
        "feedback_answers": {INSIGHTS: _ALL, API: _ALL},
        "alerts": {INSIGHTS: _ALL, API: _ALL},
        "alert_switches": {INSIGHTS: _SEE, API: _ALL},
        "alembic_version": {INGESTOR: _SEE, INSIGHTS: _SEE, API: _SEE},
    }
)
"""Rights by table and role. What boards see is below."""

UNSEEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "people": frozenset({"email", "mobile", "password_hash"}),
        "devices": frozenset({"client_id", "key_hash"}),
        # What a device sent, and its topic and detail, may hold anything.
        "dead_letters": frozenset({"topic", "detail", "payload", "batch_id"}),
        "consents": frozenset(),
        "source_devices": frozenset(),
        "standings": frozenset(),
        "feedback": frozenset(),
        "feedback_answers": frozenset(),
        "alerts": frozenset(),
    }
)
"""The tables that boards read, each with those of its columns that they don't."""

_PASSWORD = re.compile(r"[A-Za-z0-9_-]{16,}")


async def grant_rights(url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles, with these passwords and exactly these rights; harmless to repeat.

    Args:
        url: of a migrated PostgreSQL, as the owner of its tables, who may make roles.
        passwords: by role (`ROLES`).

    Raises:
        StoreUnavailable: the database can't answer now.
        Misconfigured: who asks may not do this, or a password is not one of ours.
    """
    if not all(_PASSWORD.fullmatch(password) for password in passwords.values()):
        # It stands in a statement, where nothing can take its place.
        raise Misconfigured("a database password must be 16 or more letters, digits, '-' or '_'")
    # Rights wait for whoever uses the tables just now.
    database = Database(open_engine(url, patient=True))
    try:
        async with database.write() as connection:
            await take_turns(connection, "roles")
            for role, password in passwords.items():
                await _make(connection, role, password)
            for statement in _statements():
                await connection.exec_driver_sql(statement)
    finally:
        await database.close()


async def _make(connection: AsyncConnection, role: str, password: str) -> None:
    found = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if found.first() is None:
        await connection.exec_driver_sql(f"CREATE ROLE {role}")
    await connection.exec_driver_sql(
        f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{password}'"
    )


def _statements() -> Iterator[str]:
    everybody = ", ".join(ROLES)
    # Only what is said below holds, whatever an earlier version gave.
    for what in ("TABLES", "SEQUENCES"):
        yield f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM PUBLIC, {everybody}"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA public TO {everybody}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {API}, {INSIGHTS}"
    for table, rights in RIGHTS.items():
        if table in {*METADATA.tables, "alembic_version"}:
            yield from (f"GRANT {right} ON {table} TO {role}" for role, right in rights.items())
    for seen in seen_tables():
        yield f"GRANT SELECT ({', '.join(seen_columns(seen))}) ON {seen.name} TO {BOARDS}"
    yield f"GRANT SELECT ON {ANNOTATIONS_VIEW} TO {BOARDS}"
    yield f"ALTER ROLE {BOARDS} SET default_transaction_read_only = on"
    yield f"ALTER ROLE {BOARDS} SET statement_timeout = '30s'"
    yield f"ALTER ROLE {BOARDS} CONNECTION LIMIT 20"


def seen_tables() -> list[Table]:
    """What boards read."""
    return [METADATA.tables[name] for name in UNSEEN if name in METADATA.tables]


def seen_columns(table: Table) -> list[str]:
    """The columns of such a table that boards read."""
    return [column.name for column in table.columns if column.name not in UNSEEN[table.name]]
