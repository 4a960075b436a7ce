"""Erasures under way. One that has begun is finished, whatever is killed meanwhile: its row stays until then.

The rules of this file:

1. `begin` is the point of no return: from that moment on the person can't log in, and no consent of theirs is in force.
2. `erase` removes what these records hold of a person, in one transaction, and puts the tombstone in the audit: it
   tells that, when and by what role an erasure was asked for, under the erasure's own random id.
3. `finish` forgets even whom it was about.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.audit import Deed, note
from storage.records.database import Database, take_turns
from storage.records.tables import (
    AUDIT,
    CONSENTS,
    DEAD_LETTERS,
    DELETIONS,
    ONE_TIME_CODES,
    PEOPLE,
    SESSIONS,
    SOURCE_DEVICES,
    STANDINGS,
)

TOMBSTONE = "erased"
"""The action of an audit entry that is all that is left of somebody."""

ERASED = "somebody erased"
"""Stands in for who is gone in what others read of their consents."""

_COLUMNS = DELETIONS.c


@dataclass(frozen=True, slots=True)
class Deletion:
    """An erasure under way.

    Attributes:
        id: of the erasure; what the tombstone is filed under.
        person_id: whose.
        asked_by_role: the role of who asked for it.
        asked_at: when.
        erased_at: when `erase` was done; None: not yet.
    """

    id: str
    person_id: str
    asked_by_role: str
    asked_at: datetime
    erased_at: datetime | None = None


class Deletions:
    """The erasures under way in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, person_id: str, asked_by_role: str) -> Deletion:
        """Rule 1. Asked for again, it is the erasure that is under way already."""
        deletion = Deletion(str(uuid4()), person_id, asked_by_role, datetime.now(UTC))
        async with self._database.write() as connection:
            await take_turns(connection, DELETIONS.name)
            rows = await connection.execute(select(DELETIONS).where(_COLUMNS.person_id == person_id))
            row = rows.mappings().one_or_none()
            if row:
                return Deletion(**row)
            await connection.execute(insert(DELETIONS), {name: getattr(deletion, name) for name in Deletion.__slots__})
            await _shut_out(connection, deletion)
        return deletion

    async def under_way(self) -> list[Deletion]:
        """All that are not finished, the oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(DELETIONS).order_by(_COLUMNS.asked_at))
            return [Deletion(**row) for row in rows.mappings()]

    async def erase(self, deletion: Deletion) -> None:
        """Rule 2; harmless when it is done already. Devices and certificates are erased before, by their own store."""
        async with self._database.write() as connection:
            await take_turns(connection, DEAD_LETTERS.name)
            row = (await connection.execute(select(DELETIONS).where(_COLUMNS.id == deletion.id))).one_or_none()
            if row is None:
                return
            await _erase(connection, deletion.person_id)
            if row.erased_at is None:
                tombstone = Deed(deletion.id, TOMBSTONE, actor_role=deletion.asked_by_role)
                await note(connection, tombstone)
                statement = update(DELETIONS).where(_COLUMNS.id == deletion.id)
                await connection.execute(statement.values(erased_at=datetime.now(UTC)))

    async def finish(self, deletion: Deletion) -> None:
        """Rule 3; harmless when it is done already."""
        async with self._database.write() as connection:
            await connection.execute(delete(DELETIONS).where(_COLUMNS.id == deletion.id))


async def _shut_out(connection: AsyncConnection, deletion: Deletion) -> None:
    mine = SESSIONS.c.person_id == deletion.person_id
    await connection.execute(update(SESSIONS).where(mine).values(revoked_at=deletion.asked_at))
    between = or_(CONSENTS.c.client_id == deletion.person_id, CONSENTS.c.professional_id == deletion.person_id)
    in_force = and_(between, CONSENTS.c.withdrawn_at.is_(None))
    await connection.execute(update(CONSENTS).where(in_force).values(withdrawn_at=deletion.asked_at))


async def _erase(connection: AsyncConnection, person_id: str) -> None:
    mobiles = select(PEOPLE.c.mobile).where(PEOPLE.c.id == person_id, PEOPLE.c.mobile.is_not(None))
    await connection.execute(delete(ONE_TIME_CODES).where(ONE_TIME_CODES.c.mobile.in_(mobiles)))
    for table in (DEAD_LETTERS, SOURCE_DEVICES, STANDINGS):
        await connection.execute(delete(table).where(table.c.user_id == person_id))
    await _forget_in_clients_audits(connection, person_id)
    # Consents, sessions and refresh tokens go with the person, by their foreign keys.
    await connection.execute(delete(PEOPLE).where(PEOPLE.c.id == person_id))
    await connection.execute(delete(AUDIT).where(AUDIT.c.subject == person_id))
    await connection.execute(update(AUDIT).where(AUDIT.c.actor == person_id).values(actor=None))


async def _forget_in_clients_audits(connection: AsyncConnection, person_id: str) -> None:
    """What clients' audits tell of their consents names the professional."""
    clients = select(CONSENTS.c.client_id).where(CONSENTS.c.professional_id == person_id)
    of_consents = AUDIT.c.action.in_(("consent.given", "consent.withdrawn"))
    of_theirs = or_(AUDIT.c.detail == person_id, AUDIT.c.detail.endswith(f" {person_id}", autoescape=True))
    statement = update(AUDIT).where(AUDIT.c.subject.in_(clients), of_consents, of_theirs)
    await connection.execute(statement.values(detail=func.replace(AUDIT.c.detail, person_id, ERASED)))
