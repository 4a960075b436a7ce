"""Where a user stands: of their last days, what a roster shows.

Only days that have ended count: the sums of today are too small until it is over. Of today it matters only that
something has come: a silence is over with that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from contract.daily import COLUMNS
from insights.attention import Attention, attention
from insights.baseline import BASELINE_DAYS, baseline
from insights.days import days_back, today
from insights.energy import adherence
from insights.series import Floats, known
from insights.silence import logged_share
from storage.records.standing import Standing
from storage.records.tables import STANDING_COLUMNS
from storage.series.protocol import Row

HISTORY_DAYS = 84
"""What attention looks at: six weeks for trends, two that are compared with them, and four before a silence."""
BEGUN = timedelta(days=2)
"""Beyond the last day that has ended: today, and tomorrow by a clock that is ahead."""
SPARKLINE_DAYS = 28
WEEK_DAYS = 7
LEAST_OF_A_WEEK = 3
WORN_HOURS = 10.0
"""A day with so many hours of wear counts as worn (Troiano et al., Med Sci Sports Exerc 2008;40:181-188)."""

URGENT, LOOK = 0.8, 0.4

Columns = Mapping[str, Floats]


def last_ended(zone: ZoneInfo, now_ms: int) -> date:
    """The last day that has ended: yesterday, there."""
    return today(zone, now_ms) - timedelta(days=1)


def columns_of(summaries: Iterable[Row], last: date, number: int = HISTORY_DAYS) -> Columns:
    """Daily series of all columns that have a value.

    Args:
        summaries: in any order; those of other days are passed over.
        last: the last day of the series.
        number: how many days.
    """
    places = {day.isoformat(): at for at, day in enumerate(days_back(last, number))}
    found: dict[str, Floats] = {}
    for row in summaries:
        at = places.get(str(row.values["date"]))
        if at is not None:
            for name in COLUMNS:
                if name in row.values:
                    found.setdefault(name, np.full(number, np.nan))[at] = row.values[name]
    return found


def columns_since(summaries: Iterable[Row], last: date) -> frozenset[str]:
    """Columns that have a value of a day after this one (`BEGUN`)."""
    later = [row.values for row in summaries if str(row.values["date"]) > last.isoformat()]
    return frozenset(name for values in later for name in COLUMNS if name in values)


def standing_of(
    user_id: str,
    columns: Columns,
    last: date,
    last_seen_ms: int | None,
    now_ms: int,
    *,
    since: Collection[str] = (),
    is_adult: bool = True,
    targets: Mapping[str, float] = MappingProxyType({}),
) -> Standing:
    """Where a user stands.

    Args:
        user_id: who.
        columns: `HISTORY_DAYS` daily series, of which `last` is the last day.
        last: a day that has ended.
        last_seen_ms: time of their newest item, milliseconds since 1970 UTC; None: there is none.
        now_ms: likewise.
        since: columns that have a value of a later day already.
        is_adult: rules that were made for adults are about this user.
        targets: what a day should have, by column.
    """
    what = attention(columns, since=since, is_adult=is_adult)
    rested = {name: _with_rest(name, columns[name]) for name in STANDING_COLUMNS if name in columns}
    return Standing(
        user_id=user_id,
        computed_at=_moment(now_ms),
        # A device's clock may be ahead by up to a day.
        last_seen_at=None if last_seen_ms is None else _moment(min(last_seen_ms, now_ms)),
        day=last,
        status=_status(what, columns),
        score=what.score,
        reasons=[asdict(sign) | {"figures": dict(sign.figures), "columns": list(sign.columns)} for sign in what.signs],
        week={name: mean for name, series in rested.items() if (mean := _week(series)) is not None},
        usual={name: usual for name, series in rested.items() if (usual := _usual(name, series)) is not None},
        wear_share=logged_share(_worn(columns["wear_hours"])) if "wear_hours" in columns else 0.0,
        logging_share=logged_share(columns["energy_in_kcal"]) if "energy_in_kcal" in columns else 0.0,
        sparklines={name: _sparkline(series) for name, series in rested.items()},
        adherence={name: asdict(kept) for name, kept in adherence(columns, targets).items()},
    )


def _status(what: Attention, columns: Columns) -> str:
    if not what.signs and not any(len(known(series[-SPARKLINE_DAYS:])) for series in columns.values()):
        return "unknown"
    return "urgent" if what.score >= URGENT else "look" if what.score >= LOOK else "fine"


def _with_rest(name: str, series: Floats) -> Floats:
    """A day without a session is a day of rest, from the first session on."""
    if name != "session_load":
        return series
    begun = int(np.flatnonzero(~np.isnan(series))[0])
    return np.concatenate([series[:begun], np.nan_to_num(series[begun:])])


def _week(series: Floats) -> float | None:
    values = known(series[-WEEK_DAYS:])
    return float(values.mean()) if len(values) >= LEAST_OF_A_WEEK else None


def _usual(name: str, series: Floats) -> float | None:
    before = series[:-WEEK_DAYS]
    found = baseline(before, days=BASELINE_DAYS)
    if found is None or name != "session_load":
        return found.median if found else None
    # Who trains on three days of seven rests on the median one: a week's load is compared with the mean.
    return float(known(before[-BASELINE_DAYS:]).mean())


def _worn(hours: Floats) -> Floats:
    return np.where(hours >= WORN_HOURS, hours, np.nan)


def _sparkline(series: Floats) -> Sequence[float | None]:
    return [None if np.isnan(value) else round(value, 3) for value in series[-SPARKLINE_DAYS:].tolist()]


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1_000, UTC)
