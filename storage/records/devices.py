"""Devices, their certificates, and which of those are good no more.

The rules of this file:

1. A user has at most `MAX_DEVICES`, whoever else adds one at the same time.
2. A device that goes leaves nothing but its certificates' serial numbers, until these would have ended by themselves.
3. Revocations are numbered in the order in which they happened, and none is there without all before it; so the
   highest number says what a revocation list holds. Numbers are not below the milliseconds since 1970: records that
   were lost, or restored from a backup, don't give again what a broker knows as an older list.
4. A user can't fill that list for all: at most `MAX_REVOKED` of theirs are in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.audit import Deed, note
from storage.records.database import Database, take_turns
from storage.records.tables import CERTIFICATES, DEVICES, REVOCATIONS

MAX_DEVICES = 10
MAX_REVOKED = 100


class TooManyDevices(Exception):  # noqa: N818  # told to the person as a sentence
    """The user has as many devices as one may have, or has replaced too many of late."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was issued.

    Attributes:
        serial: its serial number, as hexadecimal digits.
        issued_at, expires_at: from when until when it is good.
        pem: the certificate itself, which is no secret.
    """

    serial: str
    issued_at: datetime
    expires_at: datetime
    pem: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it was registered, and as it says it is.

    Attributes:
        id: its own.
        user_id: whose.
        name: given by its user.
        client_id: under which it connects; nobody else can tell it.
        key_hash: of its public key.
        registered_at: when.
        certificate: the newest.
        last_seen_at: when it last said how it is; None: never.
        state: what it said: online, offline, ...
        battery_pct: likewise, 0 to 100.
        firmware: likewise.
    """

    id: str
    user_id: str
    name: str
    client_id: str
    key_hash: str
    registered_at: datetime
    certificate: Certificate
    last_seen_at: datetime | None = None
    state: str | None = None
    battery_pct: float | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What a device said of itself.

    Attributes:
        user_id: whose topic it came on.
        device_id: the topic's last level.
        at: when it was said, as far as that is known; None: some time ago.
        state, battery_pct, firmware: None where it said nothing.
    """

    user_id: str
    device_id: str
    at: datetime | None
    state: str | None
    battery_pct: float | None
    firmware: str | None


@dataclass(frozen=True, slots=True)
class Revocations:
    """What a revocation list says now.

    Attributes:
        number: of the newest revocation; 0: there has been none.
        revoked: serial numbers, and since when.
        cut_off: users with a revocation that is not known to be in force.
    """

    number: int
    revoked: list[tuple[str, datetime]]
    cut_off: list[str]


_D, _C, _R = DEVICES.c, CERTIFICATES.c, REVOCATIONS.c


class Devices:
    """The devices of one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, device: Device, deed: Deed | None = None) -> None:
        """Register a device with its first certificate, and note it.

        Raises:
            TooManyDevices: rules 1 and 4.
        """
        async with self._database.write() as connection:
            await take_turns(connection, f"devices of {device.user_id}")
            if await _count(connection, DEVICES, _D.user_id == device.user_id) >= MAX_DEVICES:
                raise TooManyDevices(f"at most {MAX_DEVICES} devices a user: delete one first")
            if await _count(connection, REVOCATIONS, _R.user_id == device.user_id) >= MAX_REVOKED:
                raise TooManyDevices("too many devices were replaced of late: wait until certificates have ended")
            columns = {column.name: getattr(device, column.name) for column in DEVICES.columns}
            await connection.execute(insert(DEVICES), [columns])
            await connection.execute(insert(CERTIFICATES), [asdict(device.certificate) | {"device_id": device.id}])
            await note(connection, deed)

    async def get(self, device_id: str) -> Device | None:
        """One device."""
        found = await self._select(_D.id == device_id)
        return found[0] if found else None

    async def of_user(self, user_id: str) -> list[Device]:
        """All devices of a user, the oldest first."""
        return await self._select(_D.user_id == user_id)

    async def renew(self, device_id: str, certificate: Certificate) -> bool:
        """Add a certificate; whether there is such a device."""
        async with self._database.write() as connection:
            await take_turns(connection, REVOCATIONS.name)
            if not await _count(connection, DEVICES, _D.id == device_id):
                return False
            ended = and_(_C.device_id == device_id, _C.expires_at < certificate.issued_at)
            await connection.execute(delete(CERTIFICATES).where(ended))
            await connection.execute(insert(CERTIFICATES), [asdict(certificate) | {"device_id": device_id}])
        return True

    async def revoke(self, user_id: str, device_id: str, at: datetime, deed: Deed | None = None) -> bool:
        """Remove a device of this user and revoke its certificates; whether there was one, which is noted then."""
        return await self._revoke(and_(_D.user_id == user_id, _D.id == device_id), at, deed)

    async def revoke_all(self, user_id: str, at: datetime) -> bool:
        """Remove all devices of this user and revoke their certificates; whether there was one."""
        return await self._revoke(_D.user_id == user_id, at)

    async def revocations(self, now: datetime) -> Revocations:
        """What is revoked now; forgets what has ended by itself."""
        async with self._database.write() as connection:
            await take_turns(connection, REVOCATIONS.name)
            number = await connection.scalar(select(func.max(_R.number))) or 0
            # The newest stays, since its number must not be given again.
            ended = and_(_R.expires_at < now, _R.number < number, _R.enforced)
            await connection.execute(delete(REVOCATIONS).where(ended))
            rows = (await connection.execute(select(REVOCATIONS).order_by(_R.number))).all()
        cut_off = dict.fromkeys(row.user_id for row in rows if row.user_id and not row.enforced)
        return Revocations(number, [(row.serial, row.revoked_at) for row in rows], list(cut_off))

    async def note_enforced(self, number: int) -> None:
        """The broker refuses all up to this number, and has ended the connections of their users."""
        async with self._database.write() as connection:
            await connection.execute(update(REVOCATIONS).where(_R.number <= number, ~_R.enforced).values(enforced=True))

    async def forget_user(self, user_id: str) -> None:
        """No longer know whose the revoked certificates were; harmless when there are none."""
        async with self._database.write() as connection:
            statement = update(REVOCATIONS).where(_R.user_id == user_id, _R.enforced)
            await connection.execute(statement.values(user_id=None))

    async def note_statuses(self, statuses: Iterable[Status]) -> None:
        """Keep what devices said; those of devices that are not registered, or another user's, are passed over."""
        rows = [{f"{name}_": value for name, value in asdict(status).items()} for status in statuses]
        if not rows:
            return
        said = ("state", "battery_pct", "firmware")
        values: Mapping[str, Any] = {
            # What it does not say stays as it was.
            **{name: func.coalesce(bindparam(f"{name}_", type_=_D[name].type), _D[name]) for name in said},
            "last_seen_at": func.coalesce(bindparam("at_", type_=_D.last_seen_at.type), _D.last_seen_at),
        }
        mine = and_(_D.id == bindparam("device_id_"), _D.user_id == bindparam("user_id_"))
        at = bindparam("at_", type_=_D.last_seen_at.type)
        is_news = or_(at.is_(None), _D.last_seen_at.is_(None), _D.last_seen_at <= at)
        async with self._database.write() as connection:
            await connection.execute(update(DEVICES).where(mine, is_news).values(**values), rows)

    async def _select(self, wanted: Any) -> list[Device]:
        joined = select(DEVICES, CERTIFICATES).join(CERTIFICATES, _C.device_id == _D.id).where(wanted)
        async with self._database.read() as connection:
            rows = (await connection.execute(joined.order_by(_D.registered_at, _D.id, _C.issued_at))).mappings().all()
        # Of a device's certificates the newest comes last, and stays.
        return list({row["id"]: _device_of(row) for row in rows}.values())

    async def _revoke(self, wanted: Any, at: datetime, deed: Deed | None = None) -> bool:
        async with self._database.write() as connection:
            await take_turns(connection, REVOCATIONS.name)
            devices = select(_D.id).where(wanted)
            rows = await connection.execute(
                select(_C.serial, _C.expires_at, _D.user_id)
                .join(DEVICES, _C.device_id == _D.id)
                .where(wanted)
                .order_by(_C.serial)
            )
            last = await connection.scalar(select(func.max(_R.number))) or 0
            first = max(last + 1, int(at.timestamp() * 1_000))
            revoked = [
                {**row, "number": number, "revoked_at": at, "enforced": False}
                for number, row in enumerate(map(dict, rows.mappings()), first)
            ]
            if revoked:
                await connection.execute(insert(REVOCATIONS), revoked)
            # SQLite with foreign keys and PostgreSQL remove the certificates with them.
            was_there = (await connection.execute(delete(DEVICES).where(_D.id.in_(devices)))).rowcount > 0
            await note(connection, deed if was_there else None)
        return was_there


async def _count(connection: AsyncConnection, table: Any, wanted: Any) -> int:
    return await connection.scalar(select(func.count()).select_from(table).where(wanted)) or 0


def _device_of(row: Mapping[Any, Any]) -> Device:
    certificate = Certificate(*(row[name] for name in Certificate.__slots__))
    own = {name: row[name] for name in Device.__slots__ if name != "certificate"}
    return Device(**own, certificate=certificate)
