"""Who needs me today, and why: every client a row, the neediest first."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from dashboards import cells, links, palette, roster_queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Line, even
from dashboards.panels import STATUS_WORDS, Steps, rows, tile
from dashboards.targets import records
from dashboards.transforming import in_order, joined, sorted_by, sparklines

NO_CLIENTS = "Nobody is in your care yet: a client gives consent to a professional in their app."

_ADVERSE: dict[str, Steps] = {
    # Changes in % from which the week's mean is worth a look, on the side that is not wished for; none is below -100.
    "Energy": [(None, palette.FINE), (-100, palette.LOOK), (-20, palette.FINE)],
    "Protein": [(None, palette.FINE), (-100, palette.LOOK), (-20, palette.FINE)],
    "Load": [(None, palette.FINE), (50, palette.LOOK)],
    "Resting HR": [(None, palette.FINE), (5, palette.LOOK), (10, palette.URGENT)],
    "HRV": [(None, palette.FINE), (-100, palette.URGENT), (-20, palette.LOOK), (-10, palette.FINE)],
    "Sleep": [(None, palette.FINE), (-100, palette.LOOK), (-10, palette.FINE)],
}
_NEED: Steps = [(None, palette.FINE), (0.4, palette.LOOK), (0.8, palette.URGENT)]
_KEPT: Steps = [(None, palette.FINE), (0, palette.LOOK), (50, palette.FINE)]
_LETTERS = dict(zip(roster_queries.MEASURES, "BCDEFG", strict=True))
_FIRST = ("rank", "client", "Client", "Status", "Need", "Why", "Last seen", "Worn", "Logged")
_ORDER = (
    *_FIRST,
    *(name for column, letter in _LETTERS.items() for name in (roster_queries.MEASURES[column], f"Trend #{letter}")),
)
"""Each change has its line beside it."""


def board() -> Dashboard:
    """The board."""
    return frame(
        links.ROSTER,
        "Roster",
        "Who needs me today, and why. A name leads to that client's board.",
        [
            even(3, *_tiles()),
            Line(17, [(_table(), 24)]),
        ],
        variables=[variables.coach()],
        links=[links.to_board("Cohort", links.COHORT), links.to_board("Operations", links.OPERATIONS)],
    )


def _tiles() -> Sequence[Any]:
    counted = [
        ("Who needs me today?", "Clients with signs that should not wait.", "urgent", palette.URGENT),
        ("Who is worth a look?", "Clients with signs that are not urgent.", "look", palette.LOOK),
        ("Who is fine?", "Clients in whose days nothing stands out.", "fine", palette.FINE),
    ]
    made = [
        tile(
            title,
            about,
            units.NONE,
            [records(roster_queries.how_many(status))],
            no_data="No clients yet.",
            steps=[(None, palette.UNKNOWN), (1, colour)],
        )
        for title, about, status, colour in counted
    ]
    silent = tile(
        "Who has gone silent?",
        "Clients of whom nothing was measured for three days: ask whether they wear and charge their watch.",
        units.NONE,
        [records(roster_queries.silent())],
        no_data="No clients yet.",
        steps=[(None, palette.UNKNOWN), (1, palette.LOOK)],
    )
    return [*made, silent]


def _table() -> Any:
    lines = [records(roster_queries.roster_line(column), letter, lines=True) for column, letter in _LETTERS.items()]
    panel = rows(
        "Who needs me today, and why?",
        "Last 7 days against each one's usual (28 days before: median; load: mean). Worn, logged: share of 14 days.",
        [records(roster_queries.roster()), *lines],
        no_data=NO_CLIENTS,
    )
    panel.with_transformation(sparklines(list(_LETTERS.values()))).with_transformation(joined("client"))
    panel.with_transformation(sorted_by("rank")).with_transformation(in_order(_ORDER))
    for name in ("rank", "client"):
        panel.override_by_name(name, cells.HIDDEN)
    _name_and_reasons(panel)
    for name, steps in _ADVERSE.items():
        width = 90 if len(name) > 7 else 66
        panel.override_by_name(name, [*cells.number(units.PERCENT, 0, width), *cells.by_value(steps)])
    for column, letter in _LETTERS.items():
        panel.override_by_name(f"Trend #{letter}", cells.sparkline("28 days", units.unit_of(column), 64))
    return panel


def _name_and_reasons(panel: Any) -> None:
    to_client = [links.to_client(links.CLIENT, "Why? Open this client's board")]
    panel.override_by_name("Client", [*cells.wide(125), Property("links", to_client)])
    panel.override_by_name("Status", [*cells.by_word(STATUS_WORDS), *cells.wide(85)])
    need = [Property("unit", units.SHARE), Property("min", 0), Property("max", 1), *cells.wide(50)]
    gauge = cells.cell("gauge", mode="basic", valueDisplayMode="hidden")
    panel.override_by_name("Need", [*need, gauge, cells.stepped(_NEED)])
    panel.override_by_name("Why", [Property("custom.minWidth", 150), cells.WRAPPED])
    panel.override_by_name("Last seen", [Property("unit", units.SINCE), *cells.wide(106)])
    for name in ("Worn", "Logged"):
        panel.override_by_name(name, [*cells.number(units.PERCENT, 0, 64), *cells.by_value(_KEPT)])
