"""The source devices of each user: as many as a person can have, and no more.

A source device is a tag in InfluxDB, and every new one is a new series for each kind. So their number is bounded: a
user who invents names without end is stopped, and costs others nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records.database import Database, take_turns
from storage.records.tables import SOURCE_DEVICES

MAX_SOURCE_DEVICES = 32
"""Names that one user may have in a lifetime of watches, phones, scales and apps."""

_COLUMNS = SOURCE_DEVICES.c


class SourceDevices:
    """The source devices known to one records database.

    All calls raise `contract.errors.StoreUnavailable` when the database can't answer now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def admit(self, pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[str]]:
        """Let in those of these (user, source device) for which there is room; first come, first served.

        Returns:
            All devices that each of these users has now. One that is not among them was not let in, and never will
            be while the user has `MAX_SOURCE_DEVICES` of them.
        """
        asked: dict[str, list[str]] = defaultdict(list)
        for user_id, device in dict.fromkeys(pairs):
            asked[user_id].append(device)
        async with self._database.write() as connection:
            await take_turns(connection, SOURCE_DEVICES.name)
            return {user_id: await self._admit(connection, user_id, devices) for user_id, devices in asked.items()}

    async def of(self, user_id: str) -> list[str]:
        """The names that a user's batches have had as their source device."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(_COLUMNS.name).where(_COLUMNS.user_id == user_id))
            return sorted(rows.scalars())

    async def delete_user(self, user_id: str) -> None:
        """Forget all devices of a user; harmless when there is none."""
        async with self._database.write() as connection:
            await connection.execute(delete(SOURCE_DEVICES).where(_COLUMNS.user_id == user_id))

    async def _admit(self, connection: AsyncConnection, user_id: str, devices: list[str]) -> frozenset[str]:
        rows = await connection.execute(select(_COLUMNS.name).where(_COLUMNS.user_id == user_id))
        known = set(rows.scalars())
        new = [device for device in devices if device not in known][: max(0, MAX_SOURCE_DEVICES - len(known))]
        if new:
            await connection.execute(insert(SOURCE_DEVICES), [{"user_id": user_id, "name": name} for name in new])
        return frozenset(known.union(new))
