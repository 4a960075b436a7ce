"""Reading the summaries of somebody's days."""

import asyncio
import time
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from api.problems import ProblemError
from api.window import Window
from api.wiring import Wiring
from contract.daily import DAILY, day_ms
from insights.scope import zone_of
from insights.standing import BEGUN, Columns, columns_of, columns_since, last_ended
from storage.records.people import Person
from storage.series.protocol import Row, Selection

_ALONE_DAYS = 120
"""Longer stretches are asked for in two halves at once: InfluxDB answers one question with one core."""


async def read_days(wiring: Wiring, user_id: str, first: date, last: date) -> list[Row]:
    """The summaries that there are, oldest first.

    Raises:
        StoreUnavailable: no answer in time.
    """
    selections = [Selection(DAILY, user_id, day_ms(start), day_ms(end) + 1_000) for start, end in _parts(first, last)]
    found = await asyncio.gather(*(wiring.series.rows(each) for each in selections))
    # Where points can't be deleted, an empty summary stands for one that is no more.
    return [row for rows in found for row in rows if len(row.values) > 2]


async def read_columns(wiring: Wiring, user_id: str, window: Window, before: int = 0) -> Columns:
    """Daily series of all columns that have a value, of the window and so many days before it.

    Raises:
        StoreUnavailable: no answer in time.
    """
    number = len(window) + before
    rows = await read_days(wiring, user_id, window.last - timedelta(days=number - 1), window.last)
    return columns_of(rows, window.last, number)


async def read_history(wiring: Wiring, user_id: str, window: Window, before: int) -> tuple[Columns, frozenset[str]]:
    """As `read_columns`; and, if no day has ended since, the columns of which something has come since.

    Raises:
        StoreUnavailable: no answer in time.
    """
    number = len(window) + before
    is_latest = window.last >= last_ended(window.zone, time.time_ns() // 1_000_000)
    until = window.last + BEGUN if is_latest else window.last
    rows = await read_days(wiring, user_id, window.last - timedelta(days=number - 1), until)
    return columns_of(rows, window.last, number), columns_since(rows, window.last)


async def person_of(wiring: Wiring, user_id: str) -> tuple[Person, ZoneInfo]:
    """Somebody with an account, and where their days end.

    Raises:
        ProblemError: 404, it was removed just now.
    """
    person = await wiring.people.get(user_id)
    if person is None:
        raise ProblemError(404, "the account is no more")
    return person, zone_of(person.time_zone)


def _parts(first: date, last: date) -> Iterator[tuple[date, date]]:
    days = (last - first).days + 1
    if days <= _ALONE_DAYS:
        yield first, last
    else:
        middle = first + timedelta(days=days // 2)
        yield first, middle - timedelta(days=1)
        yield middle, last
