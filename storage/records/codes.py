"""One-time codes by mobile number: each is sent seldom, holds shortly, and may be tried a few times only.

A code has six digits, so a plain hash of it would be no secret: it is kept as a keyed one (HMAC), with a key that is
not in the database. Rows are of numbers, not of people: whoever asked may have no account yet.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, take_turns
from storage.records.tables import ONE_TIME_CODES

_COLUMNS = ONE_TIME_CODES.c


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """How often and for how long.

    Attributes:
        holds_s: how long a code holds, in seconds.
        tries: how often one may be tried; after that, another must be sent.
        sends: how many may be sent to a number within `window_s` seconds.
    """

    holds_s: int = 600
    tries: int = 5
    sends: int = 3
    window_s: int = 3_600


class Codes:
    """The one-time codes in one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.

    Args:
        database: where their hashes are kept.
        key: of the hashes; the same for all processes.
        limits: how often and for how long.
    """

    def __init__(self, database: Database, key: bytes, limits: CodeLimits | None = None) -> None:
        self._database = database
        self._key = key
        self._limits = limits or CodeLimits()

    async def make(self, mobile: str) -> str | int:
        """A new code for a number, in place of the one before.

        Returns:
            The code; or, if too many were sent, after how many seconds another one may be.
        """
        code, now = f"{secrets.randbelow(1_000_000):06}", datetime.now(UTC)
        async with self._database.write() as connection:
            await take_turns(connection, ONE_TIME_CODES.name)
            row = (await connection.execute(select(ONE_TIME_CODES).where(_COLUMNS.mobile == mobile))).one_or_none()
            window = timedelta(seconds=self._limits.window_s)
            first, sends = (row.first_sent_at, row.sends) if row and row.first_sent_at + window > now else (now, 0)
            if sends >= self._limits.sends:
                return int((first + window - now).total_seconds()) + 1
            await connection.execute(delete(ONE_TIME_CODES).where(_COLUMNS.mobile == mobile))
            await connection.execute(insert(ONE_TIME_CODES), self._row(mobile, code, first, sends + 1))
        return code

    async def redeem(self, mobile: str, code: str) -> bool:
        """Whether this is the code that the number was sent; one that is right is used up."""
        async with self._database.write() as connection:
            await take_turns(connection, ONE_TIME_CODES.name)
            row = (await connection.execute(select(ONE_TIME_CODES).where(_COLUMNS.mobile == mobile))).one_or_none()
            expected = row.code_hash if row else self._hashed(mobile, "none")
            is_right = hmac.compare_digest(expected, self._hashed(mobile, code))
            if row is None or row.tries >= self._limits.tries or row.expires_at <= datetime.now(UTC):
                return False
            await self._count(connection, mobile, used_up=is_right, tries=row.tries + 1)
            return is_right

    async def forget_expired(self) -> None:
        """Remove what neither a code nor a limit needs any more."""
        now = datetime.now(UTC)
        idle = _COLUMNS.first_sent_at <= now - timedelta(seconds=self._limits.window_s)
        async with self._database.write() as connection:
            await connection.execute(delete(ONE_TIME_CODES).where(idle, _COLUMNS.expires_at <= now))

    async def _count(self, connection: AsyncConnection, mobile: str, *, used_up: bool, tries: int) -> None:
        # Used up, the row stays: it knows how many codes were sent.
        change = {"tries": self._limits.tries if used_up else tries}
        await connection.execute(update(ONE_TIME_CODES).where(_COLUMNS.mobile == mobile).values(**change))

    def _row(self, mobile: str, code: str, first_sent_at: datetime, sends: int) -> dict[str, object]:
        return {
            "mobile": mobile,
            "code_hash": self._hashed(mobile, code),
            "expires_at": datetime.now(UTC) + timedelta(seconds=self._limits.holds_s),
            "tries": 0,
            "sends": sends,
            "first_sent_at": first_sent_at,
        }

    def _hashed(self, mobile: str, code: str) -> str:
        return hmac.digest(self._key, f"{mobile}:{code}".encode(errors="replace"), "sha256").hex()
