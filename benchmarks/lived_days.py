"""Lives of simulated people as daily columns, with the truth about them: what insights are judged by.

The columns are those that `insights.daily` makes of the same lives once they are stored (a test compares); here they
come from memory, since hundreds of lives are judged.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import fsum
from statistics import fmean
from typing import Any

import numpy as np

from contract.daily import DERIVED, Derived
from contract.items import Item
from contract.quantities import Operation
from contract.stamping import epoch_ms, item_times_ms
from device_simulator.people.day import live_day
from device_simulator.people.localday import LocalDay
from device_simulator.people.person import Person
from device_simulator.people.state import states
from device_simulator.people.stories import with_story
from device_simulator.people.uploads import DueBatch
from insights.series import Floats

COLUMNS = (*DERIVED, "session_load", "sleep_min", "bed_time_h", "wake_time_h", "wear_hours")

_Moments = Mapping[str, Sequence[tuple[int, Any]]]
"""Items of each kind with their times, milliseconds since 1970 UTC, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class LivedDays:
    """A person's days.

    Attributes:
        person: who lived them.
        story: what happened to them in the last `story_days`; None: nothing.
        today: date of the last element of each column.
        columns: daily series by column of the daily summary.
    """

    person: Person
    story: str | None
    story_days: int
    today: date
    columns: Mapping[str, Floats]

    def until(self, days_ago: int) -> Mapping[str, Floats]:
        """The columns as they were some days ago."""
        return {name: series[: len(series) - days_ago] for name, series in self.columns.items()}


def live_days(person: Person, today: date, days: int, *, story: str | None = None, story_days: int = 28) -> LivedDays:
    """The days of a person up to and with `today`, once all of it is uploaded."""
    if story is not None:
        person = with_story(person, story, today - timedelta(days=story_days - 1))
    first = today - timedelta(days=days - 1)
    rows = [
        day_figures(
            person, first + timedelta(days=number), live_day(person, first + timedelta(days=number), state).batches
        )
        for number, state in zip(range(days), states(person, first), strict=False)
    ]
    columns = {name: np.array([row.get(name, np.nan) for row in rows]) for name in COLUMNS}
    return LivedDays(person, story, story_days, today, columns)


def day_figures(person: Person, day: date, batches: Sequence[DueBatch]) -> dict[str, float]:
    """The summary of a day from all that was published of it."""
    moments = _moments(batches)
    figures = {name: value for name, each in DERIVED.items() if (value := _derived(each, moments)) is not None}
    loads = [each.rpe * each.duration_min for _, each in moments.get("exercises", ()) if each.rpe is not None]
    if loads:
        figures["session_load"] = fsum(loads)
    for woke_ms, item in moments.get("sleep", ()):
        figures["sleep_min"] = item.duration_min - (item.awake_min or 0)
        figures["wake_time_h"] = _clock_h(person, woke_ms, day)
        figures["bed_time_h"] = _clock_h(person, woke_ms - round(item.duration_min * 60_000), day)
    start_ms = epoch_ms(LocalDay.of(day, person.home.tz).start)
    worn = {(ms - start_ms) // 3_600_000 for kind in ("heart_rate", "steps") for ms, _ in moments.get(kind, ())}
    return figures | ({"wear_hours": float(len(worn))} if worn else {})


def _moments(batches: Sequence[DueBatch]) -> _Moments:
    found: defaultdict[str, list[tuple[int, Item]]] = defaultdict(list)
    for due in batches:
        start_ms = epoch_ms(due.batch.timestamp)
        found[due.kind] += zip(item_times_ms(due.batch.items, start_ms), due.batch.items, strict=True)
    return {kind: sorted(items, key=lambda each: each[0]) for kind, items in found.items()}


def _derived(derived: Derived, moments: _Moments) -> float | None:
    items = [item for _, item in moments.get(derived.kind.name, ())]
    if derived.rule.where:
        name, wanted = derived.rule.where
        items = [item for item in items if getattr(item, name) == wanted]
    if derived.field is None:
        return float(len(items)) or None
    values = [value for item in items if (value := getattr(item, derived.field)) is not None]
    return float(_OPERATIONS[derived.rule.operation](values)) if values else None


def _clock_h(person: Person, moment_ms: int, day: date) -> float:
    shown = datetime.fromtimestamp(moment_ms / 1000, person.home.tz).replace(tzinfo=UTC)
    return (shown - datetime(day.year, day.month, day.day, tzinfo=UTC)) / timedelta(hours=1)


_OPERATIONS: Mapping[Operation, Callable[[list[float]], float]] = {
    "sum": fsum,
    "mean": fmean,
    "min": min,
    "max": max,
    "last": lambda values: values[-1],
    "count": len,
}
