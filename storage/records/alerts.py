"""What people were alerted to, and whether their devices were told.

The rules of this file:

1. There is one alert for each person, rule, cause and day, however many find it, and however often.
2. A cause that lasts is not told of again before the days that its rule says have passed.
3. Who takes on the publishing of an alert has it due again a little later, in case they don't live to do it.
4. Rules that somebody has switched off raise nothing for them. Nor does anything for who has no account.

Boards read alerts in the view `annotations` (`storage.records.feedback`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from contract.alerts import AlertRule
from storage.records.database import Database, insertion
from storage.records.tables import ALERT_SWITCHES, ALERTS, DEVICES, PEOPLE

_COLUMNS = ALERTS.c


@dataclass(frozen=True, slots=True)
class NewAlert:
    """Something that was found.

    Attributes:
        user_id: of whom.
        rule: by which rule.
        cause: what it is about, such as a column or a device.
        day: the local day that it is about.
        text: what is seen, with the figures.
        due_at: when devices may be told.
        repeat_days: rule 2.
    """

    user_id: str
    rule: AlertRule
    cause: str
    day: date
    text: str
    due_at: datetime
    repeat_days: int = 1


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert.

    Attributes:
        id: its own.
        user_id: of whom.
        time_zone: of whom.
        rule, cause, day, text: as of `NewAlert`.
        raised_at: when it was found.
        published_at: when it was given to the broker for the person's devices; None: not yet, or never.
    """

    id: str
    user_id: str
    time_zone: str
    rule: AlertRule
    cause: str
    day: date
    text: str
    raised_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    Attributes:
        alerts: of this part, newest first.
        total: how many the whole list has.
    """

    alerts: list[KeptAlert]
    total: int


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device of somebody with an account, as it last said it is.

    Attributes:
        id, user_id, name: its own.
        time_zone: of its user.
        last_seen_at: when it said so.
        battery_pct: None: it does not say.
    """

    id: str
    user_id: str
    name: str
    time_zone: str
    last_seen_at: datetime
    battery_pct: float | None


class Alerts:
    """The alerts in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, found: Sequence[NewAlert], now: datetime) -> list[NewAlert]:
        """Keep what is news (rules 1, 2 and 4); returns it."""
        if not found:
            return []
        user_ids = sorted({each.user_id for each in found})
        async with self._database.write() as connection:
            people = select(PEOPLE.c.id).where(PEOPLE.c.id.in_(user_ids))
            known = set((await connection.execute(people)).scalars())
            off = await _switched_off(connection, user_ids)
            latest = await _latest(connection, user_ids)
            news = [
                each
                for each in found
                if each.user_id in known and (each.user_id, each.rule) not in off and _is_news(each, latest)
            ]
            return [each for each in news if await _insert(connection, each, now)]

    async def of_client(self, user_id: str, *, limit: int | None = 50, offset: int = 0) -> Page:
        """What somebody was alerted to, newest first."""
        mine = _COLUMNS.user_id == user_id
        newest_first = _kept().where(mine).order_by(_COLUMNS.raised_at.desc(), _COLUMNS.id)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(ALERTS).where(mine))
            rows = await connection.execute(newest_first.limit(limit).offset(offset))
            return Page([KeptAlert(**row) for row in rows.mappings()], total or 0)

    async def take_due(self, now: datetime, until: datetime, limit: int) -> list[KeptAlert]:
        """Take on the publishing of some that are due, the oldest first (rule 3); they are due again then."""
        due = _COLUMNS.due_at <= now
        async with self._database.read() as connection:
            if (await connection.execute(select(_COLUMNS.id).where(due).limit(1))).first() is None:
                return []
        oldest_first = select(_COLUMNS.id).where(due).order_by(_COLUMNS.due_at).limit(limit)
        async with self._database.write() as connection:
            ids = (await connection.execute(oldest_first.with_for_update(skip_locked=True))).scalars().all()
            await connection.execute(update(ALERTS).where(_COLUMNS.id.in_(ids)).values(due_at=until))
            rows = await connection.execute(_kept().where(_COLUMNS.id.in_(ids)).order_by(_COLUMNS.raised_at))
            return [KeptAlert(**row) for row in rows.mappings()]

    async def note_published(self, alert_id: str, at: datetime) -> None:
        """The broker has it."""
        await self._update(alert_id, published_at=at, due_at=None)

    async def put_off(self, alert_id: str, until: datetime | None) -> None:
        """Devices are to be told then; None: never, since it is too late."""
        await self._update(alert_id, due_at=until)

    async def devices_to_look_at(
        self, low_pct: float, since: datetime, silent: tuple[datetime, datetime]
    ) -> list[SeenDevice]:
        """Devices with a low battery, and silent ones.

        Args:
            low_pct: what a low battery has at most.
            since: of those with one, only devices that were seen since then.
            silent: of silent ones, those that were seen last between these two moments.
        """
        columns = DEVICES.c
        low = and_(columns.battery_pct <= low_pct, columns.last_seen_at >= since)
        quiet = columns.last_seen_at.between(*silent)
        names = [columns[name] for name in ("id", "user_id", "name", "last_seen_at", "battery_pct")]
        query = select(*names, PEOPLE.c.time_zone).join(PEOPLE, PEOPLE.c.id == columns.user_id).where(or_(low, quiet))
        async with self._database.read() as connection:
            return [SeenDevice(**row) for row in (await connection.execute(query)).mappings()]

    async def switched_off(self, user_id: str) -> set[str]:
        """Rules that raise nothing for somebody."""
        async with self._database.read() as connection:
            return {rule for _, rule in await _switched_off(connection, [user_id])}

    async def switch(self, user_id: str, rules: Mapping[AlertRule, bool]) -> None:
        """Switch rules on or off for somebody; those left out stay as they are."""
        columns = ALERT_SWITCHES.c
        async with self._database.write() as connection:
            named = and_(columns.user_id == user_id, columns.rule.in_(list(rules)))
            await connection.execute(delete(ALERT_SWITCHES).where(named))
            off = [{"user_id": user_id, "rule": rule} for rule, is_on in rules.items() if not is_on]
            if off:
                await connection.execute(insert(ALERT_SWITCHES), off)

    async def _update(self, alert_id: str, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(ALERTS).where(_COLUMNS.id == alert_id).values(**values))


_Latest = dict[tuple[str, str, str], date]
_SHOWN = [_COLUMNS[name] for name in KeptAlert.__slots__ if name != "time_zone"]


def _kept() -> Any:
    return select(*_SHOWN, PEOPLE.c.time_zone).join(PEOPLE, PEOPLE.c.id == _COLUMNS.user_id)


def _is_news(found: NewAlert, latest: _Latest) -> bool:
    last = latest.get((found.user_id, found.rule, found.cause))
    return last is None or not 0 <= (found.day - last).days < found.repeat_days


async def _switched_off(connection: AsyncConnection, user_ids: Iterable[str]) -> set[tuple[str, str]]:
    query = select(ALERT_SWITCHES).where(ALERT_SWITCHES.c.user_id.in_(list(user_ids)))
    return {(row.user_id, row.rule) for row in await connection.execute(query)}


async def _latest(connection: AsyncConnection, user_ids: Sequence[str]) -> _Latest:
    key = (_COLUMNS.user_id, _COLUMNS.rule, _COLUMNS.cause)
    query = select(*key, func.max(_COLUMNS.day).label("day")).where(_COLUMNS.user_id.in_(user_ids)).group_by(*key)
    return {(row.user_id, row.rule, row.cause): row.day for row in await connection.execute(query)}


async def _insert(connection: AsyncConnection, found: NewAlert, now: datetime) -> bool:
    row = {name: getattr(found, name) for name in NewAlert.__slots__ if name != "repeat_days"}
    once = insertion(connection, ALERTS).values(row | {"id": str(uuid4()), "raised_at": now}).on_conflict_do_nothing()
    try:
        async with connection.begin_nested():
            return bool((await connection.execute(once)).rowcount)
    except IntegrityError:  # erased since they were looked for
        return False
