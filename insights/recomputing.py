"""Making stored summaries what the stored items say, and telling which days were not.

The rules of this file:

1. What is stored is read beside what it is made of, and only days that differ are written: repeating costs no writes,
   and a day that differs although nobody said so is known as healed.
2. A summary that has lost a column, or all of them, is deleted first: a store that merges fields would keep the old
   value for boards that read it directly. The days around it are written again in the same step; if that is cut short
   they are missing until it is repeated, which it is, since what asked for it is not confirmed before.
3. What is older than the retention is not worked out from what happens to be left of it: such a figure stays as it is
   stored. So tracks may be kept for a year, and what days made of them for longer.
4. InfluxDB 3 can't delete points. There, an empty summary takes the place of one that is no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import structlog

from contract.daily import DAILY, Day, Figures, day_ms, stamped_days, summary_of
from contract.errors import Misconfigured
from insights.daily import Physique, kinds_behind, summarise
from insights.days import LocalDay, stretches
from insights.material import read_material, read_summaries
from storage.series.protocol import Row, Selection, SeriesStore

log = structlog.get_logger(__name__)

_OWN = {"date", "time_zone"}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose days they are, and what they depend on.

    Attributes:
        user_id: whose.
        zone: their days are days of this zone.
        physique: what else they depend on.
        kept_from_ms: by kind, the moment before which its items may be deleted already (rule 3), milliseconds since
            1970 UTC.
    """

    user_id: str
    zone: ZoneInfo
    physique: Physique
    kept_from_ms: Mapping[str, int] = field(default_factory=dict)


async def recompute(series: SeriesStore, subject: Subject, days: Sequence[LocalDay]) -> list[date]:
    """Make the summaries of these days right.

    Args:
        series: the store.
        subject: whose.
        days: in their order, each once.

    Returns:
        Those that were not.

    Raises:
        StoreUnavailable: some days may be done; say it again.
    """
    changed: list[date] = []
    for stretch in stretches(days):
        changed += await _recompute_stretch(series, subject, stretch)
    return changed


async def _recompute_stretch(series: SeriesStore, subject: Subject, days: Sequence[LocalDay]) -> list[date]:
    stored = {str(row.values["date"]): row for row in await read_summaries(series, subject.user_id, days)}
    material = await read_material(series, subject.user_id, days, subject.zone)
    found = summarise(material, subject.physique, subject.zone)
    wanted = {day.isoformat(): figures for day, figures in found.items()}
    for day in days:
        if kept := _kept(day, stored.get(day.date.isoformat()), subject):
            wanted[day.date.isoformat()] = {**wanted.get(day.date.isoformat(), {}), **kept}
    different = [day for day in sorted({*stored, *wanted}) if _differs(stored.get(day), wanted.get(day), subject)]
    lost = [day for day in different if _loses(stored.get(day), wanted.get(day, {}))]
    if lost:
        blank = await _delete(series, subject.user_id, days, lost)
        await _write(series, subject, {**{day: {} for day in blank}, **wanted})
    else:
        await _write(series, subject, {day: wanted[day] for day in different})
    return [date.fromisoformat(day) for day in different]


def _kept(day: LocalDay, stored: Row | None, subject: Subject) -> Figures:
    """Rule 3: figures of which some items may be gone."""
    gone = {kind for kind, from_ms in subject.kept_from_ms.items() if day.start_ms < from_ms}
    if stored is None or not gone:
        return {}
    return {name: float(value) for name, value in _figures(stored).items() if gone & kinds_behind(name)}


def _differs(stored: Row | None, wanted: Figures | None, subject: Subject) -> bool:
    if stored is None or _is_blank(stored):
        return wanted is not None
    zone = stored.values.get("time_zone")
    return wanted is None or zone != subject.zone.key or _figures(stored) != wanted


def _loses(stored: Row | None, wanted: Figures) -> bool:
    return stored is not None and not _figures(stored).keys() <= wanted.keys()


def _is_blank(stored: Row) -> bool:
    return not _figures(stored)


def _figures(stored: Row) -> Mapping[str, float | str]:
    return {name: value for name, value in stored.values.items() if name not in _OWN}


async def _delete(series: SeriesStore, user_id: str, days: Sequence[LocalDay], lost: Sequence[str]) -> Sequence[str]:
    """Rules 2 and 4: the days that have to be written empty."""
    first, last = day_ms(days[0].date), day_ms(days[-1].date)
    try:
        await series.delete(Selection(DAILY, user_id, first, last + 1_000))
    except Misconfigured:
        return lost
    return ()


async def _write(series: SeriesStore, subject: Subject, figures: Mapping[str, Figures]) -> None:
    summaries: list[Day] = [
        summary_of(date.fromisoformat(day), subject.zone.key, each) for day, each in sorted(figures.items())
    ]
    if summaries:
        await series.write([stamped_days(subject.user_id, summaries)])
