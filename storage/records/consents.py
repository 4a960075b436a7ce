"""Consents: which professional may see whose data, and how much of it. The client gives and withdraws them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.audit import Deed, note
from storage.records.database import Database, take_turns
from storage.records.people import Role
from storage.records.tables import CONSENTS

Scope = Literal["nutrition", "training"]
"""`nutrition`: meals, weight and daily summaries; `training`: all of it."""

WIDEST: Mapping[Role, Scope] = {"nutritionist": "nutrition", "coach": "training"}
"""The most that a client can let somebody of this role see; others can't be given a consent."""

_COLUMNS = CONSENTS.c
_IN_FORCE = _COLUMNS.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a client allows a professional.

    Attributes:
        client_id: whose data.
        professional_id: who may see them.
        scope: how much of them.
        given_at: since when.
        withdrawn_at: until when; None while it is in force.
    """

    client_id: str
    professional_id: str
    scope: Scope
    given_at: datetime
    withdrawn_at: datetime | None = None

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> "Consent":
        """From the columns of a row."""
        return cls(**{name: columns[name] for name in cls.__slots__})

    def allows(self, scope: Scope) -> bool:
        """Whether it is in force and wide enough."""
        return self.withdrawn_at is None and scope in {self.scope, "nutrition"}


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        consents: of this part.
        total: how many the whole list has.
    """

    consents: list[Consent]
    total: int


class Consents:
    """The consents in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, client_id: str, professional_id: str, scope: Scope, deed: Deed | None = None) -> Consent:
        """Allow this from now on, in place of what was allowed before; both must have accounts. A change is noted."""
        now = datetime.now(UTC)
        consent = Consent(client_id, professional_id, scope, now)
        async with self._database.write() as connection:
            await take_turns(connection, CONSENTS.name)
            rows = await connection.execute(_of(client_id, professional_id))
            row = rows.mappings().one_or_none()
            if row and row["scope"] == scope:
                return Consent.of(dict(row))
            await _withdraw(connection, client_id, professional_id, now)
            await connection.execute(
                insert(CONSENTS),
                {"client_id": client_id, "professional_id": professional_id, "scope": scope, "given_at": now},
            )
            await note(connection, deed)
        return consent

    async def withdraw(self, client_id: str, professional_id: str, deed: Deed | None = None) -> bool:
        """Allow nothing from now on; whether something was allowed, which is noted then."""
        async with self._database.write() as connection:
            was_allowed = await _withdraw(connection, client_id, professional_id, datetime.now(UTC))
            await note(connection, deed if was_allowed else None)
        return was_allowed

    async def find(self, client_id: str, professional_id: str) -> Consent | None:
        """What is allowed now."""
        async with self._database.read() as connection:
            row = (await connection.execute(_of(client_id, professional_id))).mappings().one_or_none()
        return Consent.of(dict(row)) if row else None

    async def of_client(self, client_id: str, *, withdrawn: bool = False) -> list[Consent]:
        """What a client allows now, and what they have once allowed if that is asked for; newest first."""
        return await self._list(and_(_COLUMNS.client_id == client_id, true() if withdrawn else _IN_FORCE))

    async def history(self, client_id: str, *, limit: int, offset: int = 0) -> Page:
        """A part of what a client allows and has once allowed, newest first."""
        mine = _COLUMNS.client_id == client_id
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(CONSENTS).where(mine))
            rows = await connection.execute(_newest_first(mine).limit(limit).offset(offset))
            return Page([Consent.of(dict(row)) for row in rows.mappings()], total or 0)

    async def of_professional(self, professional_id: str, *, withdrawn: bool = False) -> list[Consent]:
        """Whose data a professional may see now, or could once see if that is asked for; newest first."""
        return await self._list(and_(_COLUMNS.professional_id == professional_id, true() if withdrawn else _IN_FORCE))

    async def _list(self, condition: Any) -> list[Consent]:
        async with self._database.read() as connection:
            return [Consent.of(dict(row)) for row in (await connection.execute(_newest_first(condition))).mappings()]


def _newest_first(condition: Any) -> Select[Any]:
    return select(CONSENTS).where(condition).order_by(_COLUMNS.given_at.desc(), _COLUMNS.id.desc())


def _between(client_id: str, professional_id: str) -> Any:
    return and_(_COLUMNS.client_id == client_id, _COLUMNS.professional_id == professional_id, _IN_FORCE)


def _of(client_id: str, professional_id: str) -> Select[Any]:
    return select(CONSENTS).where(_between(client_id, professional_id))


async def _withdraw(connection: AsyncConnection, client_id: str, professional_id: str, now: datetime) -> bool:
    statement = update(CONSENTS).where(_between(client_id, professional_id)).values(withdrawn_at=now)
    return (await connection.execute(statement)).rowcount > 0
