"""What a stretch of days is made of, as it is read from the series store: few requests, whatever the length.

The store adds up, counts and averages; of streams at 1 Hz only the means of minutes come here. Only of sleep and
exercises, of which a day has few, the items themselves are read.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from contract.catalogue import CATALOGUE, Kind
from contract.daily import DAILY, DERIVED, Derived, day_ms
from insights.days import LocalDay
from storage.series.protocol import Bucket, Minute, Question, Row, Selection, SeriesStore


@dataclass(frozen=True, slots=True)
class Material:
    """What some days that follow each other are made of.

    Attributes:
        days: in their order.
        figures: buckets of days by derived column.
        heart_rate: means of minutes, of what devices measured all day.
        track_heart_rate: likewise, of recorded activities.
        step_minutes: minutes in which steps came in.
        exercises: items.
        sleep: items.
    """

    days: Sequence[LocalDay]
    figures: Mapping[str, Sequence[Bucket]]
    heart_rate: Sequence[Minute]
    track_heart_rate: Sequence[Minute]
    step_minutes: Sequence[Minute]
    exercises: Sequence[Row]
    sleep: Sequence[Row]


async def read_material(series: SeriesStore, user_id: str, days: Sequence[LocalDay], zone: tzinfo) -> Material:
    """Read a stretch of days.

    Args:
        series: the store.
        user_id: whose.
        days: that follow each other, at least one.
        zone: in whose calendar.

    Raises:
        StoreUnavailable: no answer now.
    """

    def all_of(kind: Kind) -> Selection:
        return Selection(kind, user_id, days[0].start_ms, days[-1].end_ms)

    def question(derived: Derived) -> Question:
        return Question(all_of(derived.kind), derived.field, derived.rule.operation, derived.rule.where)

    minutes = [(all_of(CATALOGUE[kind]), field) for kind, field in _MINUTES]
    figures, (heart_rate, track, steps), exercises, sleep = await asyncio.gather(
        series.figures([question(derived) for derived in DERIVED.values()], "day", zone),
        series.minutes(minutes),
        series.rows(all_of(CATALOGUE["exercises"])),
        series.rows(all_of(CATALOGUE["sleep"])),
    )
    return Material(days, dict(zip(DERIVED, figures, strict=True)), heart_rate, track, steps, exercises, sleep)


async def read_summaries(series: SeriesStore, user_id: str, days: Sequence[LocalDay]) -> list[Row]:
    """The summaries that are stored of a stretch of days."""
    first, last = day_ms(days[0].date), day_ms(days[-1].date)
    return await series.rows(Selection(DAILY, user_id, first, last + 1_000))


_MINUTES = (("heart_rate", "bpm"), ("track", "heart_rate"), ("steps", "steps"))
