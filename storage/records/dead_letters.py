"""Dead letters: messages that could not be stored, and why.

The rules of this file:

1. A letter is its topic and payload: the same message again raises the count of the letter that is there.
2. Each user has an allowance of letters and of bytes; letters without a readable user share one. The letters that
   came last stay.
3. Rule 2 holds after each `add`, whoever else adds at the same time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Executable, and_, case, delete, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, delete_in_portions, insertion, take_turns
from storage.records.letters import Allowance, DeadLetter, KeptLetter, rows_of
from storage.records.tables import DEAD_LETTERS

_COLUMNS = DEAD_LETTERS.c
_NEWEST_FIRST = (_COLUMNS.last_received_at.desc(), _COLUMNS.id.desc())
_ALL_BUT_PAYLOAD = [column for column in _COLUMNS if column is not _COLUMNS.payload]
_USERS_A_STATEMENT = 500
"""Below what both databases take as parameters."""
_PORTION = 200
"""Letters that a transaction removes at most: what comes in meanwhile waits for it, and each may have a megabyte."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        letters: of this part, without their payloads.
        total: how many the whole list has.
    """

    letters: list[KeptLetter]
    total: int


class DeadLetters:
    """The dead letters of one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database, allowance: Allowance | None = None) -> None:
        self._database = database
        self._allowance = allowance or Allowance()

    async def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keep these letters, all in one transaction; when it returns, they are on disk or beyond the allowance."""
        rows = rows_of(letters, self._allowance)
        if not rows:
            return
        async with self._database.write() as connection:
            await take_turns(connection, DEAD_LETTERS.name)
            await connection.execute(_upsert(connection), rows)
            for users in _portions({row["user_id"] for row in rows}):
                await self._keep_within_allowance(connection, users)

    async def list(
        self, *, user_id: str | None = None, kind: str | None = None, limit: int = 50, offset: int = 0
    ) -> Page:
        """Letters without their payloads, the one that came last first; of one user or kind, or of all."""
        asked = {_COLUMNS.user_id: user_id, _COLUMNS.kind: kind}
        wanted = and_(true(), *(column == value for column, value in asked.items() if value is not None))
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(DEAD_LETTERS).where(wanted))
            rows = await connection.execute(
                select(*_ALL_BUT_PAYLOAD).where(wanted).order_by(*_NEWEST_FIRST).limit(limit).offset(offset)
            )
            return Page([KeptLetter.of(dict(row)) for row in rows.mappings()], total or 0)

    async def get(self, letter_id: str) -> KeptLetter | None:
        """One letter with its payload."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(DEAD_LETTERS).where(_COLUMNS.id == letter_id))
            row = rows.mappings().one_or_none()
        return KeptLetter.of(dict(row)) if row else None

    async def mark_replayed(self, letter_id: str, at: datetime) -> bool:
        """Note that a letter was published again and is stored; whether there is such a letter."""
        async with self._database.write() as connection:
            changed = await connection.execute(
                update(DEAD_LETTERS).where(_COLUMNS.id == letter_id).values(replayed_at=at)
            )
        return changed.rowcount > 0

    async def delete_user(self, user_id: str) -> None:
        """Remove all letters of a user; harmless when there is none."""
        async with self._database.write() as connection:
            # In turn with `add`, which may be about to delete the same rows in another order.
            await take_turns(connection, DEAD_LETTERS.name)
            await connection.execute(delete(DEAD_LETTERS).where(_COLUMNS.user_id == user_id))

    async def delete_before(self, moment: datetime, kind: str | None = None) -> None:
        """Remove letters that came last before this moment, of one kind or of all; in portions, and safe to repeat."""
        is_old = and_(_COLUMNS.last_received_at < moment, true() if kind is None else _COLUMNS.kind == kind)
        await delete_in_portions(self._database, _COLUMNS.id, is_old, _PORTION)

    async def _keep_within_allowance(self, connection: AsyncConnection, users: Iterable[str | None]) -> None:
        letters, total_bytes = (
            so_far.over(partition_by=_COLUMNS.user_id, order_by=_NEWEST_FIRST)
            for so_far in (func.count(), func.sum(_COLUMNS.kept_bytes))
        )
        ranked = (
            select(_COLUMNS.id, letters.label("letters"), total_bytes.label("total_bytes")).where(_of(users)).subquery()
        )
        beyond = or_(ranked.c.letters > self._allowance.letters, ranked.c.total_bytes > self._allowance.total_bytes)
        await connection.execute(delete(DEAD_LETTERS).where(_COLUMNS.id.in_(select(ranked.c.id).where(beyond))))


def _upsert(connection: AsyncConnection) -> Executable:
    """Rule 1."""
    insert = insertion(connection, DEAD_LETTERS)
    new = insert.excluded
    upsert: Executable = insert.on_conflict_do_update(
        index_elements=[_COLUMNS.id],
        set_={
            "times": _COLUMNS.times + new.times,
            "last_received_at": case(
                (new.last_received_at > _COLUMNS.last_received_at, new.last_received_at),
                else_=_COLUMNS.last_received_at,
            ),
            "reason": new.reason,
            "detail": new.detail,
            "kept_bytes": new.kept_bytes,
        },
    )
    return upsert


def _of(users: Iterable[str | None]) -> ColumnElement[bool]:
    """Letters of these users; None: of no readable one."""
    known = [user for user in users if user is not None]
    return or_(_COLUMNS.user_id.in_(known), *([_COLUMNS.user_id.is_(None)] if None in users else []))


def _portions(users: Iterable[str | None]) -> Iterator[set[str | None]]:
    left = list(users)
    while left:
        yield set(left[:_USERS_A_STATEMENT])
        del left[:_USERS_A_STATEMENT]
