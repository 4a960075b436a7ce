"""Logins, and the refresh tokens that keep them going.

The rules of this file:

1. A refresh token works once and gives another one. All those of one login are a family.
2. A token that comes a second time was stolen, before its use or after: the whole family ends, and who was robbed
   logs in again (RFC 9700, section 4.14.2).
3. Only hashes are kept: who reads the database can't log in with what is there.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.audit import Deed, note
from storage.records.database import Database, delete_in_portions, take_turns
from storage.records.people import Person
from storage.records.tables import DELETIONS, PEOPLE, REFRESH_TOKENS, SESSIONS

_TOKENS = REFRESH_TOKENS.c
_PORTION = 100
"""Logins that a transaction forgets at most: each may have had thousands of tokens."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody who logs in is given.

    Attributes:
        session_id: of the login.
        person_id: who it is.
        refresh_token: for the next grant; 256 random bits.
    """

    session_id: str
    person_id: str
    refresh_token: str


@dataclass(frozen=True, slots=True)
class Reuse:
    """A refresh token came a second time; its family has ended.

    Attributes:
        person_id: whose it was.
    """

    person_id: str


@dataclass(frozen=True, slots=True)
class Login:
    """When somebody logged in.

    Attributes:
        began_at: with a password, or a one-time code.
        expires_at: when it ends by itself.
        revoked_at: when it was ended; None: it was not.
    """

    began_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Sessions:
    """The logins in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.

    Args:
        database: where they are kept.
        days: how long a login lasts at most, however often it is refreshed.
    """

    def __init__(self, database: Database, days: int = 30) -> None:
        self._database = database
        self._lifetime = timedelta(days=days)

    async def begin(self, person_id: str) -> Grant:
        """A new login of a person who has an account."""
        grant, now = Grant(uuid4().hex, person_id, secrets.token_urlsafe(32)), datetime.now(UTC)
        row = {"id": grant.session_id, "person_id": person_id, "began_at": now, "expires_at": now + self._lifetime}
        async with self._database.write() as connection:
            await connection.execute(insert(SESSIONS), row)
            await _keep(connection, grant, now)
        return grant

    async def refresh(self, refresh_token: str) -> Grant | Reuse | None:
        """Rule 1 and 2, the latter noted in the audit; None: no such token, or its login has ended."""
        now = datetime.now(UTC)
        async with self._database.write() as connection:
            await take_turns(connection, SESSIONS.name)
            query = (
                select(SESSIONS, _TOKENS.used_at)
                .join_from(REFRESH_TOKENS, SESSIONS)
                .where(_TOKENS.token_hash == _hashed(refresh_token))
            )
            row = (await connection.execute(query)).one_or_none()
            if row is None or row.revoked_at or row.expires_at <= now:
                return None
            if row.used_at:
                await _revoke(connection, SESSIONS.c.id == row.id, now)
                await note(connection, Deed(row.person_id, "login.ended", "a refresh token was used twice"))
                return Reuse(row.person_id)
            used = update(REFRESH_TOKENS).where(_TOKENS.token_hash == _hashed(refresh_token))
            await connection.execute(used.values(used_at=now))
            grant = Grant(row.id, row.person_id, secrets.token_urlsafe(32))
            await _keep(connection, grant, now)
            return grant

    async def who(self, session_id: str, person_id: str) -> Person | None:
        """The person, if the login is theirs and has not ended, and their erasure is not under way."""
        erasing = select(DELETIONS.c.id).where(DELETIONS.c.person_id == person_id).exists()
        query = (
            select(*(PEOPLE.c[name] for name in Person.__slots__))
            .join_from(SESSIONS, PEOPLE)
            .where(
                SESSIONS.c.id == session_id,
                PEOPLE.c.id == person_id,
                SESSIONS.c.revoked_at.is_(None),
                SESSIONS.c.expires_at > datetime.now(UTC),
                ~erasing,
            )
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return Person.of(dict(row)) if row else None

    async def of(self, person_id: str) -> list[Login]:
        """A person's logins, the oldest first."""
        columns = [SESSIONS.c[name] for name in Login.__slots__]
        query = select(*columns).where(SESSIONS.c.person_id == person_id).order_by(SESSIONS.c.began_at)
        async with self._database.read() as connection:
            return [Login(**row) for row in (await connection.execute(query)).mappings()]

    async def revoke(self, session_id: str) -> None:
        """End a login; harmless when it has ended."""
        async with self._database.write() as connection:
            await _revoke(connection, SESSIONS.c.id == session_id, datetime.now(UTC))

    async def forget_ended(self) -> None:
        """Remove the logins that ended by themselves, or were ended longer ago than one could have lasted."""
        now = datetime.now(UTC)
        ended = or_(SESSIONS.c.expires_at <= now, SESSIONS.c.revoked_at <= now - self._lifetime)
        await delete_in_portions(self._database, SESSIONS.c.id, ended, _PORTION)


def _hashed(token: str) -> str:
    """A plain hash will do: nobody guesses 256 random bits."""
    return sha256(token.encode(errors="replace")).hexdigest()


async def _keep(connection: AsyncConnection, grant: Grant, now: datetime) -> None:
    row = {"token_hash": _hashed(grant.refresh_token), "session_id": grant.session_id, "issued_at": now}
    await connection.execute(insert(REFRESH_TOKENS), row)


async def _revoke(connection: AsyncConnection, which: object, now: datetime) -> None:
    statement = update(SESSIONS).where(which, SESSIONS.c.revoked_at.is_(None))  # type: ignore[arg-type]
    await connection.execute(statement.values(revoked_at=now))
