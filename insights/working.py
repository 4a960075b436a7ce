"""The work itself: days are made right, and then where their user stands; no broker here.

Used by the service, and by a rebuild that somebody asks for.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from contract.catalogue import CATALOGUE
from contract.daily import DAILY, day_ms
from contract.errors import StoreUnavailable
from contract.stamping import DAY_MS
from insights.ages import is_adult
from insights.alerts import Found, of_days
from insights.days import LocalDay, days_back, days_between, days_concerned
from insights.options import InsightsOptions
from insights.pending import Work
from insights.recomputing import Subject, recompute
from insights.scope import days_to_check, days_with_anything, kept_span, zone_of
from insights.standing import BEGUN, HISTORY_DAYS, columns_of, columns_since, last_ended, standing_of
from storage.records.database import Database
from storage.records.feedback import Feedbacks
from storage.records.standing import Finished, Turn
from storage.records.standings import Standings
from storage.series.protocol import Row, Selection, SeriesStore

Targets = Mapping[str, float]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of some work.

    Attributes:
        done: users with whom it is done.
        changed_days: summaries that were not right.
        healed_days: those of them that nobody had said were changed.
        looked_at_days: summaries that were worked out.
        failed: users whose work a fault of ours or of their data ended.
        alerts: what to alert people to, by user and name of their time zone.
        unavailable: why the others' work has to be done again; None: it is not a store's fault.
    """

    done: set[str] = field(default_factory=set)
    changed_days: int = 0
    healed_days: int = 0
    looked_at_days: int = 0
    failed: list[str] = field(default_factory=list)
    alerts: dict[tuple[str, str], Sequence[Found]] = field(default_factory=dict)
    unavailable: StoreUnavailable | None = None


class Worker:
    """Does work, a group of users at a time.

    Args:
        options: how much at once, and how long days are kept.
        series: where items and summaries are.
        records: where standings and coaches' targets are.
        clock: milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        options: InsightsOptions,
        series: SeriesStore,
        records: Database,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._options = options
        self._series = series
        self._standings = Standings(records)
        self._feedback = Feedbacks(records)
        self._clock = clock
        self._places = asyncio.Semaphore(options.at_once)

    async def do(self, works: Sequence[Work[Any]]) -> Outcome:
        """Do the work of a group of users; those who are not `done` afterwards are to be done again."""
        outcome = Outcome()
        try:
            turns = await self._standings.begin([work.user_id for work in works], self._now())
            targets = await self._feedback.targets(list(turns))
            finished = await asyncio.gather(
                *(self._try(work, turns[work.user_id], targets.get(work.user_id, {}), outcome) for work in works)
            )
            kept = [each for each in finished if each is not None]
            overtaken = await self._standings.finish(kept)
            outcome.done |= {each.turn.user_id for each in kept} - overtaken
        except StoreUnavailable as error:
            outcome.unavailable = error
        return outcome

    async def _try(self, work: Work[Any], turn: Turn, targets: Targets, outcome: Outcome) -> Finished | None:
        async with self._places:
            try:
                return await self._do(work, turn, targets, outcome)
            except StoreUnavailable as error:
                outcome.unavailable = error
            except Exception as error:  # noqa: BLE001  # one user's data must not end the work for all others
                # Without its text, which may hold health values.
                log.error("a user's days could not be worked out", error=type(error).__name__)  # noqa: TRY400
                outcome.failed.append(work.user_id)
                outcome.done.add(work.user_id)
            return None

    async def _do(self, work: Work[Any], turn: Turn, targets: Targets, outcome: Outcome) -> Finished:
        now_ms, zone = self._clock(), zone_of(turn.basis.time_zone)
        told = days_concerned(zone, work.spans)
        days = sorted({*told, *await self._to_look_at(work, turn, zone, now_ms)})
        changed = await recompute(self._series, self._subject(turn, zone, now_ms), days)
        outcome.looked_at_days += len(days)
        outcome.changed_days += len(changed)
        if turn.basis_before == turn.basis:
            outcome.healed_days += len(set(changed) - {day.date for day in told})
        last_seen_ms = await self._last_seen_ms(work, turn)
        last = last_ended(zone, now_ms)
        summaries = await self._summaries(work.user_id, last)
        columns, since = columns_of(summaries, last), columns_since(summaries, last)
        uploaded = min((day.date for day in told), default=None)
        alerts = of_days(columns, last, self._options.alerts, since=since, uploaded=uploaded)
        outcome.alerts[work.user_id, zone.key] = alerts
        adult = is_adult(last, turn.basis.birth_date)
        standing = standing_of(
            work.user_id, columns, last, last_seen_ms, now_ms, since=since, is_adult=adult, targets=targets
        )
        return Finished(turn, standing, self._now() + self._options.check_every if work.check else None)

    def _subject(self, turn: Turn, zone: ZoneInfo, now_ms: int) -> Subject:
        kept_days = {**dict.fromkeys(CATALOGUE, self._options.retention_days), **self._options.retention_days_by_kind}
        kept_from_ms = {kind: now_ms - days * DAY_MS for kind, days in kept_days.items()}
        return Subject(turn.user_id, zone, turn.basis, kept_from_ms)

    async def _to_look_at(self, work: Work[Any], turn: Turn, zone: ZoneInfo, now_ms: int) -> Iterable[LocalDay]:
        became_other = turn.basis_before is not None and turn.basis_before != turn.basis
        if became_other or (work.check and work.checked_at is None):
            span = kept_span(now_ms, self._options.retention_days)
            return await days_with_anything(self._series, work.user_id, zone, span)
        if work.check:
            return days_to_check(zone, now_ms, self._options.retention_days)
        return days_between(zone, *work.dates) if work.dates else ()

    async def _last_seen_ms(self, work: Work[Any], turn: Turn) -> int | None:
        if work.check:
            return max((await self._series.last_seen(work.user_id)).values(), default=None)
        known = [end_ms for _, end_ms in work.spans]
        if turn.last_seen_at:
            known.append(round(turn.last_seen_at.timestamp() * 1_000))
        return max(known, default=None)

    async def _summaries(self, user_id: str, last: date) -> Sequence[Row]:
        """Those that a standing is made from: of the days up to the last one, and of what has begun since."""
        first_ms, end_ms = day_ms(days_back(last, HISTORY_DAYS)[0]), day_ms(last + BEGUN) + 1_000
        return await self._series.rows(Selection(DAILY, user_id, first_ms, end_ms))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / 1_000, UTC)
