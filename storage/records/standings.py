"""Where each user stands: one row a user, which a roster reads, and how far the work on their days is.

The rules of this file:

1. Whoever works on a user's days begins with a turn and finishes with it. A turn that is not the last any more when it
   is finished may have overwritten newer summaries with older ones: then nothing is noted, and the work is to be done
   again. So several processes need no locks, and one that was frozen or killed holds up nobody.
2. A user's days are checked as a whole once they are due. Who takes that on has them due again a little later, in case
   they don't live to finish; finishing says when the next time is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, insertion
from storage.records.standing import UNKNOWN_ZONE, Basis, Finished, Standing, Turn, noted, standing_of
from storage.records.tables import PEOPLE, SOURCE_DEVICES, STANDINGS

_COLUMNS = STANDINGS.c


class Standings:
    """The standings in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, user_ids: Iterable[str], now: datetime) -> dict[str, Turn]:
        """Take the next turn of each of these users."""
        # In order, so that two who do so at once don't wait for each other.
        values = [{"user_id": user_id, "turn": 1, "due_at": now} for user_id in sorted(set(user_ids))]
        if not values:
            return {}
        async with self._database.write() as connection:
            first = insertion(connection, STANDINGS).values(values)
            taken = first.on_conflict_do_update(index_elements=["user_id"], set_={"turn": _COLUMNS.turn + 1})
            rows = (await connection.execute(taken.returning(*_KNOWN))).mappings().all()
            people = await _people(connection, [row["user_id"] for row in rows])
        return {row["user_id"]: _turn(dict(row), people) for row in rows}

    async def finish(self, done: Sequence[Finished]) -> set[str]:
        """Note what came of work.

        Returns:
            The users who have had another turn meanwhile: of them nothing is noted (rule 1). Users who are forgotten
            are not among them.
        """
        overtaken = {each.turn.user_id for each in done}
        async with self._database.write() as connection:
            for each in sorted(done, key=lambda each: each.turn.user_id):
                mine = (_COLUMNS.user_id == each.turn.user_id) & (_COLUMNS.turn == each.turn.number)
                result = await connection.execute(update(STANDINGS).where(mine).values(noted(each)))
                if result.rowcount:
                    overtaken.remove(each.turn.user_id)
            known = await connection.execute(select(_COLUMNS.user_id).where(_COLUMNS.user_id.in_(overtaken)))
            return set(known.scalars())

    async def get_many(self, user_ids: Sequence[str]) -> dict[str, Standing]:
        """Where these users stand, by id; those of whom nothing was worked out yet are absent."""
        known = _COLUMNS.user_id.in_(user_ids) & _COLUMNS.computed_at.is_not(None)
        async with self._database.read() as connection:
            rows = await connection.execute(select(STANDINGS).where(known))
            return {row["user_id"]: standing_of(dict(row)) for row in rows.mappings()}

    async def enrol(self, now: datetime) -> None:
        """Have users who have uploaded something, and of whom no row tells, be due."""
        new = (
            select(SOURCE_DEVICES.c.user_id).distinct().where(SOURCE_DEVICES.c.user_id.not_in(select(_COLUMNS.user_id)))
        )
        async with self._database.read() as connection:
            if (await connection.execute(new.limit(1))).first() is None:
                return
        async with self._database.write() as connection:
            user_ids = (await connection.execute(new)).scalars().all()
            values = [{"user_id": user_id, "turn": 0, "due_at": now} for user_id in user_ids]
            if values:
                await connection.execute(insertion(connection, STANDINGS).on_conflict_do_nothing(), values)

    async def take_due(self, now: datetime, until: datetime, limit: int) -> dict[str, datetime | None]:
        """Take on the check of some users that are due, the longest overdue first (rule 2).

        Args:
            now: those due by now.
            until: when they are due again if nothing comes of it.
            limit: at most so many.

        Returns:
            When each of them was checked last; None: never.
        """
        due = select(_COLUMNS.user_id).where(_COLUMNS.due_at <= now).order_by(_COLUMNS.due_at).limit(limit)
        async with self._database.read() as connection:
            user_ids = (await connection.execute(due)).scalars().all()
        if not user_ids:
            return {}
        mine = _COLUMNS.user_id.in_(user_ids) & (_COLUMNS.due_at <= now)
        async with self._database.write() as connection:
            taken = update(STANDINGS).where(mine).values(due_at=until)
            rows = await connection.execute(taken.returning(_COLUMNS.user_id, _COLUMNS.checked_at))
            return {row.user_id: row.checked_at for row in rows}

    async def make_all_due(self, now: datetime) -> None:
        """Have all users checked soon: something may have been missed."""
        async with self._database.write() as connection:
            await connection.execute(update(STANDINGS).where(_COLUMNS.due_at > now).values(due_at=now))

    async def make_due(self, user_id: str, now: datetime) -> None:
        """Have one user checked soon: what their standing is worked out from has changed."""
        mine = and_(_COLUMNS.user_id == user_id, _COLUMNS.due_at > now)
        async with self._database.write() as connection:
            await connection.execute(update(STANDINGS).where(mine).values(due_at=now))

    async def of_another_basis(self, limit: int) -> list[str]:
        """Users who have become other than their days were made with: another zone, another maximum heart rate."""
        zone = func.coalesce(PEOPLE.c.time_zone, UNKNOWN_ZONE)
        differs = or_(
            _COLUMNS.time_zone != zone,
            *(_COLUMNS[name].is_distinct_from(PEOPLE.c[name]) for name in ("sex", "birth_date", "max_heart_rate_bpm")),
        )
        whose = STANDINGS.outerjoin(PEOPLE, PEOPLE.c.id == _COLUMNS.user_id)
        known = _COLUMNS.time_zone.is_not(None)
        query = select(_COLUMNS.user_id).select_from(whose).where(known, differs).limit(limit)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def outdated(self, before: datetime, limit: int) -> list[str]:
        """Users whose standing was worked out before a moment, oldest first: silence changes it too."""
        old = select(_COLUMNS.user_id).where(_COLUMNS.computed_at < before).order_by(_COLUMNS.computed_at).limit(limit)
        async with self._database.read() as connection:
            return list((await connection.execute(old)).scalars())

    async def users(self) -> list[str]:
        """All of whom a row tells, in order."""
        async with self._database.read() as connection:
            return list((await connection.execute(select(_COLUMNS.user_id).order_by(_COLUMNS.user_id))).scalars())

    async def delete_user(self, user_id: str) -> None:
        """Forget a user; harmless when there is none."""
        async with self._database.write() as connection:
            await connection.execute(delete(STANDINGS).where(_COLUMNS.user_id == user_id))


_BASIS = tuple(Basis.__slots__)
_KNOWN = [_COLUMNS.user_id, _COLUMNS.turn, _COLUMNS.last_seen_at, *(_COLUMNS[name] for name in _BASIS)]


async def _people(connection: AsyncConnection, user_ids: Sequence[str]) -> dict[str, Basis]:
    columns = [PEOPLE.c.id, *(PEOPLE.c[name] for name in _BASIS)]
    rows = await connection.execute(select(*columns).where(PEOPLE.c.id.in_(user_ids)))
    return {row["id"]: Basis(**{name: row[name] for name in _BASIS}) for row in rows.mappings()}


def _turn(row: Mapping[str, Any], people: Mapping[str, Basis]) -> Turn:
    before = Basis(**{name: row[name] for name in _BASIS}) if row["time_zone"] else None
    basis = people.get(row["user_id"], Basis())
    return Turn(row["user_id"], row["turn"], basis, before, row["last_seen_at"])
