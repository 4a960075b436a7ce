"""Which days of a person are asked about: local dates of theirs, both ends included."""

import re
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from api.problems import ProblemError
from contract.daily import COLUMNS
from insights.days import LocalDay, days_between, today
from insights.standing import last_ended

DEFAULT_DAYS = 30
MOST_DAYS = 366
_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _read(text: object) -> date:
    # pydantic's own reader takes Unix seconds as well.
    try:
        found = date.fromisoformat(text) if isinstance(text, str) and _ISO.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not _FIRST <= found <= _LAST:
        raise PydanticCustomError("date", "must be a date such as 2026-01-14, of the years 1970 to 2199")
    return found


Date = Annotated[date, BeforeValidator(_read)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days somebody asks for; see `Asked`.

    Attributes:
        start, end: the first and the last day; None: not said.
        days: how many; None: not said.
    """

    start: date | None = None
    end: date | None = None
    days: int | None = None

    def within(self, zone: ZoneInfo, *, with_today: bool = False) -> "Window":
        """The days that are meant in somebody's zone, up to the last one that has ended there, or up to today at most.

        What today has so far would look like a day on which little was done, and days to come like silence.
        """
        now_ms = time.time_ns() // 1_000_000
        latest = today(zone, now_ms) if with_today else last_ended(zone, now_ms)
        last = min(self.end or latest, latest)
        first = self.start or last - timedelta(days=(self.days or DEFAULT_DAYS) - 1)
        if first > last:
            most = "today" if with_today else "the last day that has ended"
            raise ProblemError(422, f"start must not be after end (which is, at the latest, {most})")
        window = Window(first, last, zone)
        if len(window) > MOST_DAYS:
            raise ProblemError(422, f"at most {MOST_DAYS} days at once")
        return window


@dataclass(frozen=True, slots=True)
class Window:
    """Days that follow each other.

    Attributes:
        first, last: both included.
        zone: in whose calendar.
    """

    first: date
    last: date
    zone: ZoneInfo

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Window":
        """As many days just before."""
        return Window(self.first - timedelta(days=len(self)), self.first - timedelta(days=1), self.zone)

    @property
    def local_days(self) -> list[LocalDay]:
        """Where each of them begins and ends."""
        return days_between(self.zone, self.first, self.last)

    @property
    def words(self) -> str:
        """`2026-01-01 to 2026-01-30`."""
        return f"{self.first} to {self.last}"


def _wanted(
    start: Annotated[Date | None, Query(description="First day, a date of the person's own calendar.")] = None,
    end: Annotated[
        Date | None, Query(description="Last day, included; else, and at most, the last that has ended.")
    ] = None,
    days: Annotated[
        int | None, Query(ge=1, le=MOST_DAYS, description=f"How many, instead of `start`; else {DEFAULT_DAYS}.")
    ] = None,
) -> Wanted:
    if start is not None and days is not None:
        raise ProblemError(422, "either start or days, not both")
    return Wanted(start, end, days)


def _columns(
    columns: Annotated[
        str | None,
        Query(
            max_length=2_000, description="Columns of the daily summary, separated by commas; else the telling ones."
        ),
    ] = None,
) -> tuple[str, ...] | None:
    if columns is None:
        return None
    named = tuple(dict.fromkeys(name.strip() for name in columns.split(",")))
    if not set(named) <= set(COLUMNS):
        raise ProblemError(422, f"columns are some of: {', '.join(COLUMNS)}", field="columns")
    return named


Asked = Annotated[Wanted, Depends(_wanted)]
Columns = Annotated[tuple[str, ...] | None, Depends(_columns)]
