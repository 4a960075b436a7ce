"""Removing what is older than an installation keeps it.

The rules of this file:

1. Telemetry goes after so many days, and sooner where its kind is named. Summaries of days are no kind that devices
   send: they stay for the longest time, whatever they were made of.
2. A dead letter goes after its own time, or with its kind if that goes sooner: it holds the same.
3. Each removal may be repeated, and be done by several processes at once: all services do it.
4. It begins an hour late, so that nobody works with what goes just then: an ingestor that has accepted an item, or who
   works out the last day that is still whole.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog

from contract.catalogue import CATALOGUE
from contract.errors import PacelineError
from contract.stamping import DAY_MS, RetentionDays
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

EVERY_S = 6 * 3_600.0
GRACE_MS = 3_600_000

Removal = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Household:
    """What there is to keep in order.

    Attributes:
        series: telemetry.
        records: dead letters.
        kept: how long telemetry is kept.
        letter_days: how long dead letters are, in days.
    """

    series: SeriesStore
    records: Database
    kept: RetentionDays
    letter_days: int


async def keep_retention(house: Household) -> None:
    """Remove what is older, at the start and every few hours, until cancelled."""
    while True:
        await remove_old(house)
        await asyncio.sleep(EVERY_S)


async def remove_old(house: Household) -> None:
    """Remove what is older now. What can't be removed is told, and keeps nothing else from going."""
    for what, removal in removals(house):
        try:
            await removal()
        except PacelineError as error:
            log.warning("what is too old could not be removed, trying again later", what=what, error=str(error))


def removals(house: Household) -> Iterator[tuple[str, Removal]]:
    """What there is to do, each with what it removes."""
    series, letters = house.series, DeadLetters(house.records)
    yield "telemetry", partial(series.expire, _before_ms(house.kept.most))
    for name, days in house.kept.by_kind.items():
        yield name, partial(series.delete_before, CATALOGUE[name], _before_ms(days))
        yield f"dead letters of {name}", partial(letters.delete_before, _before(days), name)
    yield "dead letters", partial(letters.delete_before, _before(house.letter_days))


def _before_ms(days: int) -> int:
    return time.time_ns() // 1_000_000 - days * DAY_MS - GRACE_MS


def _before(days: int) -> datetime:
    return datetime.fromtimestamp(_before_ms(days) / 1_000, UTC)
