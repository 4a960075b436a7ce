"""The roster of a coach or nutritionist: who lets them see their data, and where each of these stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from storage.records.consents import Scope
from storage.records.database import Database
from storage.records.standing import Standing, standing_of
from storage.records.tables import CONSENTS, PEOPLE, STANDINGS

_CONSENT, _PERSON, _STANDING = CONSENTS.c, PEOPLE.c, STANDINGS.c


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody in a professional's care.

    Attributes:
        id: a user id.
        name: as they are shown to others.
        time_zone: IANA name; their days end there.
        scope: how much they let be seen.
        since: when they gave that consent.
        standing: None if nothing was worked out yet.
    """

    id: str
    name: str
    time_zone: str
    scope: Scope
    since: datetime
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a roster.

    Attributes:
        clients: of this part.
        total: how many the whole roster has.
    """

    clients: list[Client]
    total: int


class Roster:
    """The rosters in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, professional_id: str, *, status: str | None = None, limit: int, offset: int = 0) -> Page:
        """Who needs attention first: by score; of one score those of whom nothing is known before the others.

        Args:
            professional_id: whose roster.
            status: only clients of this status, `unknown` for those of whom nothing was worked out too.
            limit: at most so many.
            offset: after so many.
        """
        mine = and_(_CONSENT.professional_id == professional_id, _CONSENT.withdrawn_at.is_(None))
        if status is not None:
            mine = and_(mine, _STATUS.in_([status]))
        ranked = _select().where(mine).order_by(*_ORDER).limit(limit).offset(offset)
        count = select(func.count()).select_from(_WHOSE).where(mine)
        async with self._database.read() as connection:
            total = await connection.scalar(count) or 0
            rows = await connection.execute(ranked)
            return Page([_client(dict(row)) for row in rows.mappings()], total)

    async def find(self, professional_id: str, client_id: str) -> Client | None:
        """One of their clients."""
        this = and_(
            _CONSENT.professional_id == professional_id,
            _CONSENT.client_id == client_id,
            _CONSENT.withdrawn_at.is_(None),
        )
        async with self._database.read() as connection:
            row = (await connection.execute(_select().where(this))).mappings().one_or_none()
        return _client(dict(row)) if row else None


_WORKED_OUT = and_(_STANDING.user_id == _CONSENT.client_id, _STANDING.computed_at.is_not(None))
_WHOSE = CONSENTS.join(PEOPLE, _PERSON.id == _CONSENT.client_id).outerjoin(STANDINGS, _WORKED_OUT)
_STATUS: ColumnElement[str] = func.coalesce(_STANDING.status, "unknown")
_ORDER = (
    func.coalesce(_STANDING.score, 0.0).desc(),
    case((_STATUS == "unknown", 0), else_=1),
    _PERSON.name,
    _PERSON.id,
)


def _select() -> Select[Any]:
    person = (_PERSON.id.label("client_id"), _PERSON.name, _PERSON.time_zone.label("client_zone"))
    return select(STANDINGS, *person, _CONSENT.scope, _CONSENT.given_at).select_from(_WHOSE)


def _client(row: Mapping[str, Any]) -> Client:
    standing = standing_of(row) if row["user_id"] is not None else None
    return Client(row["client_id"], row["name"], row["client_zone"], row["scope"], row["given_at"], standing)
