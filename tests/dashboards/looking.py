"""Looking at one panel, and at the same in what devices published."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks.coached import Lived
from benchmarks.lived_days import day_figures
from dashboards.asking.asker import Asker, Shown, panels_of
from dashboards.asking.frames import Field
from dashboards.asking.sources import Sources
from device_simulator.people.uploads import DueBatch
from tests.dashboards.conftest import Care, board


async def shown(
    name: str, title: str, care: Care, sources: Sources, lived: Lived | None = None, *, coach: str = ""
) -> Shown:
    """One panel, for one client, or for everybody in somebody's care."""
    chosen = ({"client": lived.user_id} if lived else {}) | ({"coach": coach} if coach else {})
    asker = Asker(board(name), sources, care.now_ms, chosen=chosen)
    await asker.choose()
    return await asker.show(next(panel for panel in panels_of(asker.board) if panel["title"] == title))


def column(what: Shown, title: str) -> Field:
    found = [field for frame in what.frames for field in frame.fields if field.title == title]
    assert len(found) == 1, title
    return found[0]


def line(what: Shown, title: str) -> dict[int, float]:
    """Values by moment, milliseconds since 1970 UTC."""
    [frame] = [frame for frame in what.frames if frame.field(title)]
    field = frame.field(title)
    assert field is not None
    return {at: value for at, value in zip(frame.fields[0].values, field.values, strict=True) if value is not None}


def days_of(lived: Lived) -> dict[date, dict[str, float]]:
    """Summaries of local days, made of the batches alone."""
    parts: dict[date, list[DueBatch]] = defaultdict(list)
    for due in lived.batches:
        parts[_local_day(lived, due)].append(due)
    return {day: day_figures(lived.person, day, batches) for day, batches in parts.items()}


def _local_day(lived: Lived, due: DueBatch) -> date:
    """Of a batch's items, none of which leaves the day of the first."""
    first = due.batch.items[0]
    moment = first.timestamp or due.batch.timestamp + timedelta(seconds=first.time or 0)
    return moment.astimezone(ZoneInfo(lived.person.home.zone)).date()


def last_ended(lived: Lived, care: Care) -> date:
    """Yesterday, where they live."""
    return care.now.astimezone(lived.person.home.tz).date() - timedelta(days=1)


def midnight_ms(lived: Lived, at_ms: int) -> int:
    """When the local day of a moment began."""
    day = datetime.fromtimestamp(at_ms / 1_000, lived.person.home.tz).date()
    return int(datetime(day.year, day.month, day.day, tzinfo=lived.person.home.tz).timestamp() * 1_000)


def noon_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1_000)


def approximately(values: Mapping[Any, float]) -> Any:
    return pytest.approx(dict(values), rel=1e-6)
