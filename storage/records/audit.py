"""The audit: who did what to whose data, and when. Entries are added, never changed.

Triggers of the database hold it to that, so that a mistake in our own code can't rewrite it. They make one exception:
while somebody's erasure is under way (`storage.records.deletions`), entries about them may go, and they may be
forgotten as the actor of entries about others. The entry stays then, with the role of who did it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database
from storage.records.tables import AUDIT

_COLUMNS = AUDIT.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done.

    Attributes:
        subject: whose data or rights it concerned; a user id, or of a tombstone the id of the deletion.
        action: what was done, such as `read` or `consent.given`.
        detail: to what, such as a kind of measurement; never a value of health, nor a name or an address.
        actor: who did it, a user id; None: the installation itself, or somebody whose account is no more.
        actor_role: the role of who did it.
        at: when.
    """

    subject: str
    action: str
    detail: str
    actor: str | None
    actor_role: str | None
    at: datetime

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> "Entry":
        """From the columns of a row."""
        return cls(**{name: columns[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Deed:
    """An entry to be, that whoever does a thing notes in the transaction in which it is done.

    So neither is there without the other, and who was answered that it failed may simply ask again. See `Entry`.
    """

    subject: str
    action: str
    detail: str = ""
    actor: str | None = None
    actor_role: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        entries: of this part.
        total: how many the whole list has.
    """

    entries: list[Entry]
    total: int


class Audit:
    """The audit in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, subject: str, action: str, detail: str = "", *, actor: str | None = None, actor_role: str | None = None
    ) -> None:
        """Add an entry; when it returns, it is on disk."""
        async with self._database.write() as connection:
            await note(connection, Deed(subject, action, detail, actor, actor_role))

    async def note_all(
        self, subjects: Sequence[str], action: str, detail: str = "", *, actor: str, actor_role: str
    ) -> None:
        """Add an entry of the same about each of several people; when it returns, all are on disk."""
        row = {"at": datetime.now(UTC), "actor": actor, "actor_role": actor_role, "action": action, "detail": detail}
        if subjects:
            async with self._database.write() as connection:
                await connection.execute(insert(AUDIT), [row | {"subject": subject} for subject in subjects])

    async def of(self, subject: str, *, limit: int | None = 50, offset: int = 0) -> Page:
        """What was done to somebody's data and rights, newest first."""
        mine = _COLUMNS.subject == subject
        newest_first = select(AUDIT).where(mine).order_by(_COLUMNS.id.desc()).limit(limit).offset(offset)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(AUDIT).where(mine))
            rows = await connection.execute(newest_first)
            return Page([Entry.of(dict(row)) for row in rows.mappings()], total or 0)


async def note(connection: AsyncConnection, deed: Deed | None) -> None:
    """Add an entry in a transaction that is under way; None: nobody needs to be told."""
    if deed:
        await connection.execute(insert(AUDIT), asdict(deed) | {"at": datetime.now(UTC)})
