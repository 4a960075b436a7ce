"""Codes and logins that have ended go by themselves."""

from sqlalchemy import func, select

from storage.records.codes import CodeLimits, Codes
from storage.records.database import Database
from storage.records.people import People, new_person
from storage.records.sessions import Sessions
from storage.records.tables import ONE_TIME_CODES, REFRESH_TOKENS, SESSIONS
from tests.api.house import Stores, api_at


async def left(records: Database) -> list[int]:
    """Codes, logins and refresh tokens."""
    async with records.read() as connection:
        tables = (ONE_TIME_CODES, SESSIONS, REFRESH_TOKENS)
        return [await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


async def test_the_api_forgets_what_has_ended_and_keeps_what_has_not(stores: Stores) -> None:
    person = new_person("ann", "athlete", "Ann")
    await People(stores.records).ensure([person])
    for days in (0, 30):
        await Sessions(stores.records, days).begin(person.id)
    for number, holds_s in (("+4915123456789", 0), ("+4915123456780", 600)):
        await Codes(stores.records, b"key", CodeLimits(holds_s=holds_s, window_s=0)).make(number)
    assert await left(stores.records) == [2, 2, 2]
    async with api_at(1, stores, accounts={"codes": CodeLimits(window_s=0)}):
        while await left(stores.records) != [1, 1, 1]:
            pass
