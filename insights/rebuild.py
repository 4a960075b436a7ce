"""Working out days anew because somebody asks for it: after an upgrade, or to be sure."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog

from insights.options import InsightsOptions
from insights.pending import Work
from insights.working import Worker
from storage.records.database import Database
from storage.records.standings import Standings
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose days, and which.

    Attributes:
        user_id: whose; None: everybody's.
        first: the first day of theirs; None with `last`: all that there are.
        last: the last one, included.
    """

    user_id: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(slots=True)
class Progress:
    """How far a rebuild is.

    Attributes:
        users: whose days are to be worked out.
        users_done: how many of them are done.
        days: worked out so far.
        changed_days: those of them that were not right before.
        failed: users whose days could not be worked out.
    """

    users: int
    users_done: int = 0
    days: int = 0
    changed_days: int = 0
    failed: int = 0


async def rebuild(
    wanted: Wanted,
    options: InsightsOptions,
    series: SeriesStore,
    records: Database,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> Progress:
    """Work out days anew, beside whatever services run; harmless to repeat, and to end at any time.

    Args:
        wanted: whose and which.
        options: how much at once.
        series: where items and summaries are.
        records: where standings are.
        on_progress: told after each group of users.
    """
    worker, user_ids = Worker(options, series, records), await _users(wanted, Standings(records))
    progress = Progress(len(user_ids))
    on_progress(progress)
    for group in _groups(user_ids, options.at_once):
        works = [_work(user_id, wanted, options) for user_id in group]
        while works:
            outcome = await worker.do(works)
            progress.users_done += len(outcome.done)
            progress.days += outcome.looked_at_days
            progress.changed_days += outcome.changed_days
            progress.failed += len(outcome.failed)
            works = [work for work in works if work.user_id not in outcome.done]
            on_progress(progress)
            if outcome.unavailable:
                log.warning("store unavailable, trying again", error=str(outcome.unavailable))
                await asyncio.sleep(options.retry_s)
    return progress


async def _users(wanted: Wanted, standings: Standings) -> Sequence[str]:
    if wanted.user_id is not None:
        return [wanted.user_id]
    await standings.enrol(datetime.now(UTC))
    return await standings.users()


def _groups(user_ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [user_ids[at : at + size] for at in range(0, len(user_ids), size)]


def _work(user_id: str, wanted: Wanted, options: InsightsOptions) -> Work[Any]:
    if wanted.first is None and wanted.last is None:
        return Work(user_id, time.monotonic(), check=True)
    now = datetime.now(UTC).date()
    first = wanted.first or date.fromordinal(now.toordinal() - options.retention_days)
    return Work(user_id, time.monotonic(), dates=(first, wanted.last or now))
