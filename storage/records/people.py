"""The people of an installation: who they are, what they do here, and where their day begins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contract.errors import Rejected
from storage.records.audit import Deed, note
from storage.records.database import Database, take_turns
from storage.records.tables import PEOPLE, SESSIONS

Role = Literal["athlete", "nutritionist", "coach", "administrator"]
Sex = Literal["female", "male"]

_COLUMNS = PEOPLE.c
_PUBLIC = [column for column in _COLUMNS if column is not _COLUMNS.password_hash]


class Taken(Rejected):
    """Somebody else has this already.

    Attributes:
        field: `id`, `email` or `mobile`.
    """

    def __init__(self, field: str) -> None:
        super().__init__(f"somebody has this {field} already")
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account.

    Attributes:
        id: the user id of topics, series and certificates.
        role: what they do here; an administrator sees nobody's health data.
        name: as others are shown it.
        email: in lower case; unique.
        mobile: E.164, such as `+4915112345678`; unique.
        time_zone: IANA name; says when their days begin.
        sex, birth_date, height_cm, max_heart_rate_bpm: what training zones and energy need are worked out from.
        created_at: with a zone.
    """

    id: str
    role: Role
    name: str
    email: str | None = None
    mobile: str | None = None
    time_zone: str = "UTC"
    sex: Sex | None = None
    birth_date: date | None = None
    height_cm: float | None = None
    max_heart_rate_bpm: float | None = None
    created_at: datetime

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> "Person":
        """From the columns of a row."""
        return cls(**{name: columns[name] for name in cls.__slots__})


CHANGEABLE = frozenset({"name", "email", "mobile", "time_zone", "sex", "birth_date", "height_cm", "max_heart_rate_bpm"})
"""What may become different of a person. Roles do not: a new role is a new account."""


class People:
    """The people in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person: Person, password_hash: str | None = None, deed: Deed | None = None) -> None:
        """Make an account, and note it.

        Raises:
            Taken: somebody has the id, e-mail address or mobile number.
        """
        async with self._database.write() as connection:
            await take_turns(connection, PEOPLE.name)
            await _require_free(connection, asdict(person))
            await connection.execute(insert(PEOPLE), asdict(person) | {"password_hash": password_hash})
            await note(connection, deed)

    async def ensure(self, people: Iterable[Person]) -> None:
        """Make the accounts of those who have none yet, by id; the others stay as they are."""
        async with self._database.write() as connection:
            await take_turns(connection, PEOPLE.name)
            known = set((await connection.execute(select(_COLUMNS.id))).scalars())
            new = [asdict(person) | {"password_hash": None} for person in people if person.id not in known]
            if new:
                await connection.execute(insert(PEOPLE), new)

    async def get(self, person_id: str) -> Person | None:
        """The person of this id."""
        return await self._one(select(*_PUBLIC).where(_COLUMNS.id == person_id))

    async def get_many(self, ids: Sequence[str]) -> dict[str, Person]:
        """Those of these people who have an account, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(*_PUBLIC).where(_COLUMNS.id.in_(ids)))
            return {row["id"]: Person.of(dict(row)) for row in rows.mappings()}

    async def by_mobile(self, mobile: str) -> Person | None:
        """The person of this number."""
        return await self._one(select(*_PUBLIC).where(_COLUMNS.mobile == mobile))

    async def by_email(self, email: str) -> tuple[Person, str | None] | None:
        """The person of this address, and the hash of their password if they have one."""
        return await self._with_hash(_COLUMNS.email == email)

    async def with_hash(self, person_id: str) -> tuple[Person, str | None] | None:
        """The person of this id, and the hash of their password if they have one."""
        return await self._with_hash(_COLUMNS.id == person_id)

    async def list(self, *, role: Role | None = None, limit: int | None = None, offset: int = 0) -> list[Person]:
        """People in the order of their ids; of one role, or all."""
        query = select(*_PUBLIC).order_by(_COLUMNS.id).limit(limit).offset(offset)
        async with self._database.read() as connection:
            rows = await connection.execute(query if role is None else query.where(_COLUMNS.role == role))
            return [Person.of(dict(row)) for row in rows.mappings()]

    async def count(self, *, role: Role | None = None) -> int:
        """How many people `list` has without a limit."""
        query = select(func.count()).select_from(PEOPLE)
        async with self._database.read() as connection:
            return await connection.scalar(query if role is None else query.where(_COLUMNS.role == role)) or 0

    async def update(self, person_id: str, changes: Mapping[str, Any], deed: Deed | None = None) -> Person | None:
        """Change some of `CHANGEABLE`, and note it; the person as they are now, or None if there is no such.

        Raises:
            Taken: somebody else has the e-mail address or mobile number.
        """
        if changes.keys() - CHANGEABLE:
            raise ValueError("only some things of a person can change")
        async with self._database.write() as connection:
            await take_turns(connection, PEOPLE.name)
            rows = await connection.execute(select(*_PUBLIC).where(_COLUMNS.id == person_id))
            row = rows.mappings().one_or_none()
            if row is None:
                return None
            await _require_free(connection, changes, besides=person_id)
            if changes:
                await connection.execute(update(PEOPLE).where(_COLUMNS.id == person_id).values(**changes))
            await note(connection, deed)
            return replace(Person.of(dict(row)), **changes)

    async def set_password_hash(self, person_id: str, password_hash: str) -> bool:
        """Another hash, of the password that they have or of their first one; whether there is such a person."""
        statement = update(PEOPLE).where(_COLUMNS.id == person_id).values(password_hash=password_hash)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def change_password(
        self, person_id: str, password_hash: str, deed: Deed | None = None, *, keeping: str | None = None
    ) -> None:
        """Another password from now on; all logins of the person end, but for one if it is named. It is noted."""
        others = and_(
            SESSIONS.c.person_id == person_id, SESSIONS.c.id != (keeping or ""), SESSIONS.c.revoked_at.is_(None)
        )
        async with self._database.write() as connection:
            await connection.execute(update(PEOPLE).where(_COLUMNS.id == person_id).values(password_hash=password_hash))
            await connection.execute(update(SESSIONS).where(others).values(revoked_at=datetime.now(UTC)))
            await note(connection, deed)

    async def delete(self, person_id: str) -> None:
        """Remove the account, and with it consents and logins; harmless when there is none."""
        async with self._database.write() as connection:
            await connection.execute(delete(PEOPLE).where(_COLUMNS.id == person_id))

    async def _one(self, query: Select[Any]) -> Person | None:
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return Person.of(dict(row)) if row else None

    async def _with_hash(self, condition: Any) -> tuple[Person, str | None] | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(PEOPLE).where(condition))).mappings().one_or_none()
        return (Person.of(dict(row)), row["password_hash"]) if row else None


def new_person(person_id: str, role: Role, name: str, **more: Any) -> Person:
    """A person whose account is made now."""
    return Person(id=person_id, role=role, name=name, created_at=datetime.now(UTC), **more)


async def _require_free(connection: AsyncConnection, wanted: Mapping[str, Any], besides: str | None = None) -> None:
    unique = {name: wanted[name] for name in ("id", "email", "mobile") if wanted.get(name) is not None}
    if not unique:
        return
    columns = [_COLUMNS.id, _COLUMNS.email, _COLUMNS.mobile]
    rows = await connection.execute(
        select(*columns).where(or_(*(_COLUMNS[name] == value for name, value in unique.items())))
    )
    for row in rows.mappings():
        if row["id"] != besides:
            raise Taken(next(name for name, value in unique.items() if row[name] == value))
