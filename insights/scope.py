"""Which days are worked on: those that changed, those that are checked by turns, or all that there are.

A check looks at the last two weeks every day, and at a thirtieth of all older days, a different one each day: so each
day that is kept is looked at once a month, whatever the broker may have lost.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from contract.daily import STORED
from contract.stamping import DAY_MS
from insights.days import LocalDay, Span, days_between, days_of, today
from storage.records.standing import UNKNOWN_ZONE
from storage.series.protocol import Question, Selection, SeriesStore

log = structlog.get_logger(__name__)

RECENT_DAYS = 14
SLICES = 30
_TOGETHER = 14


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; UTC if there is none, since days must end some time."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("unknown time zone, taking UTC", time_zone=name)
        return ZoneInfo(UNKNOWN_ZONE)


def kept_span(now_ms: int, retention_days: int) -> Span:
    """In which there may be items: from the retention's end to a day ahead of the clock."""
    return now_ms - (retention_days + 1) * DAY_MS, now_ms + DAY_MS


def days_to_check(zone: ZoneInfo, now_ms: int, retention_days: int) -> list[LocalDay]:
    """The days of today's check: the recent ones, and today's slice of the older ones."""
    current = today(zone, now_ms)
    recent, oldest = (current - timedelta(days=back) for back in (RECENT_DAYS, retention_days + 1))
    days = days_between(zone, min(recent, oldest), current + timedelta(days=1))
    return [day for day in days if day.date >= recent or _slice(day.date) == current.toordinal() % SLICES]


def _slice(day: date) -> int:
    """Days that follow each other are in one slice, since they are cheaper to read together."""
    return day.toordinal() // _TOGETHER % SLICES


async def days_with_anything(series: SeriesStore, user_id: str, zone: ZoneInfo, span: Span) -> list[LocalDay]:
    """The days of all calendar weeks, and one on either side, in which there are items or summaries of a user.

    Args:
        series: the store.
        user_id: whose.
        zone: in whose calendar.
        span: in which to look.

    Raises:
        StoreUnavailable: no answer now.
    """
    start_ms, end_ms = (moment_ms // 1_000 * 1_000 for moment_ms in span)
    asked = [Question(Selection(kind, user_id, start_ms, end_ms), None, "count") for kind in STORED.values()]
    counted = await series.figures(asked, "week", zone)
    weeks = {bucket.start.date() for buckets in counted for bucket in buckets}
    return sorted({day for week in weeks for day in _around(zone, week)} & set(days_of(zone, start_ms, end_ms)))


def _around(zone: ZoneInfo, monday: date) -> Iterable[LocalDay]:
    # A summary is at noon UTC: of a Sunday, in zones far from UTC, that is in the week beside.
    return days_between(zone, monday - timedelta(days=1), monday + timedelta(days=7))
