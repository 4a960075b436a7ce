"""Panels of the board Operations about the data themselves: what was refused, clocks, gaps, sensors."""

from collections.abc import Sequence
from typing import Any

from dashboards import cells, palette, units
from dashboards import operations_queries as asked
from dashboards.geometry import Line
from dashboards.operations_queries import UNREAD
from dashboards.panels import bars, rows, tile, with_colours
from dashboards.targets import prometheus, records

_AHEAD = {"5 s": palette.BLUE, "1 min": palette.SKY, "10 min": palette.ORANGE, "1 h": palette.VERMILLION}
"""Limits of the ingestor's counter, the nearest first."""


def refused() -> Line:
    """What could not be stored, and why."""
    return Line(8, [(_letters(), 8), (_reasons(), 16)])


def doubted() -> Sequence[Line]:
    """What was stored, and may not be what somebody did."""
    return [Line(8, [(_ahead(), 12), (_ahead_share(), 6), (_skewed(), 6)]), Line(8, [(_doubtful(), 24)])]


def _letters() -> Any:
    panel = bars(
        "Dead letters",
        "An hour: whole batches, or single items of a batch.",
        units.NONE,
        [prometheus("sum by (cause) (increase(paceline_ingest_dead_letters_total[1h]))", name="{{cause}}")],
        no_data="None was ever counted.",
        stacked=True,
    )
    return with_colours(panel, {"batch": palette.VERMILLION, "items": palette.ORANGE})


def _reasons() -> Any:
    panel = rows(
        "Why could it not be stored?",
        "Dead letters by reason; `paceline dead-letters` shows and replays them.",
        [records(asked.letters_by_reason())],
        no_data="Everything was stored.",
    )
    panel.override_by_name("Last", cells.number(units.SINCE, 0, 150))
    for name in ("Kind", "Times", "Users"):
        panel.override_by_name(name, cells.wide(110))
    return panel


def _ahead() -> Any:
    targets = [
        prometheus(asked.ahead(limit), letter, name=f"more than {limit}")
        for letter, limit in zip("ABCD", _AHEAD, strict=True)
    ]
    panel = bars(
        "Do clocks run ahead?",
        "Batches an hour that speak of a later time than it was here. If all do, this machine's own clock is late.",
        units.NONE,
        targets,
        no_data=UNREAD,
        stacked=True,
    )
    return with_colours(panel, {f"more than {limit}": colour for limit, colour in _AHEAD.items()})


def _ahead_share() -> Any:
    panel = tile(
        "Batches ahead of time",
        "Of a day's batches, those more than a minute ahead: their items stand at a wrong time.",
        units.PERCENT,
        [prometheus(asked.ahead_share())],
        no_data="No batches came in a day.",
        steps=[(None, palette.FINE), (1, palette.LOOK), (50, palette.URGENT)],
    )
    return panel.decimals(1)


def _skewed() -> Any:
    return tile(
        "Whose clocks are wrong?",
        "Users of whom items were refused: more than a day ahead, or older than what is kept.",
        units.NONE,
        [records(asked.skewed())],
        no_data="Nobody's.",
        steps=[(None, palette.FINE), (1, palette.LOOK)],
    )


def _doubtful() -> Any:
    panel = rows(
        "Whose data have gaps, or sensors that repeat themselves?",
        "By user id, without values: a coach sees more on the client's board.",
        [records(asked.doubtful())],
        no_data="Nobody's.",
    )
    return panel.override_by_name("Last seen", cells.number(units.SINCE, 0, 150))
