"""The group: how its figures are spread, when it uploads, and whether it wears and logs."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import barchart, common, histogram
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, VizOrientation
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from contract.conventions import MINIMUM_GROUP
from dashboards import cells, group_queries, links, palette, units, variables
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.panels import Steps, finish, lines, rows, tile, with_band, with_colours
from dashboards.targets import Target, prometheus, records, series
from dashboards.transforming import grouped, sorted_by, time_as_text

TOO_FEW = (
    f"How a group is spread takes {MINIMUM_GROUP} clients with a value, so that it tells of nobody alone. "
    "Of fewer, the table at the top has each client."
)
NO_CLIENTS = "Nobody is in your care yet: a client gives consent to a professional in their app."


def board() -> Dashboard:
    """The board."""
    return frame(
        links.COHORT,
        "Cohort",
        "Everybody in care together: distributions, percentiles, hours of upload, adherence.",
        [
            even(3, *_tiles()),
            Line(9, [(_last_weeks(), 14), (_signs(), 10)]),
            Line(8, [(_uploads(), 8), (_kept("wear_share", "Who wears the watch?"), 8), (_logged(), 8)]),
            even(8, _each_day()),
            Heading(f"How the last week is spread over the clients, of {MINIMUM_GROUP} and more"),
            even(7, *_histograms()),
            Heading(f"Week by week, of {MINIMUM_GROUP} and more"),
            even(8, *_spreads()),
        ],
        variables=[variables.coach(), variables.clients(), variables.ended_for_all()],
        links=[links.to_roster(), links.to_board("Operations", links.OPERATIONS)],
    )


def _tiles() -> Sequence[Any]:
    shares: Steps = [(None, palette.LOOK), (50, palette.FINE)]
    count = tile(
        "Clients", "With a consent in force.", units.NONE, [records(group_queries.how_many())],
        no_data=NO_CLIENTS, steps=[(None, palette.FINE)],
    )  # fmt: skip
    worn = tile(
        "Days worn", "Of the last 14 days, those with 10 hours of wear; mean of all clients.", units.PERCENT,
        [records(group_queries.kept("wear_share"))], no_data=NO_CLIENTS, steps=shares,
    )  # fmt: skip
    logged = tile(
        "Days logged", "Of the last 14 days, those with a meal; mean of all clients.", units.PERCENT,
        [records(group_queries.kept("logging_share"))], no_data=NO_CLIENTS, steps=shares,
    )  # fmt: skip
    return [count, worn.decimals(0), logged.decimals(0)]


def _last_weeks() -> Any:
    panel = rows(
        "Where does the group stand?",
        f"Means a day of the last 7 days: percentiles of {MINIMUM_GROUP} clients and more; of fewer, each client.",
        [records(group_queries.last_weeks())],
        no_data=NO_CLIENTS,
    )
    panel.override_by_name("rank", cells.HIDDEN)
    for title in group_queries.LAST_WEEKS:
        panel.override_by_name(title, cells.number(units.NONE, 0, 95))
    return panel


def _signs() -> Any:
    panel = _columns(
        "What is seen most often?",
        "How many clients have which sign now.",
        [records(group_queries.signs())],
        "Nothing stands out in anybody.",
    )
    return with_colours(panel.orientation(VizOrientation.HORIZONTAL), {"Clients": palette.ORANGE})


def _uploads() -> Any:
    panel = _columns(
        "When do people upload?",
        "Batches of the whole installation in the hour before, mean of 28 days. Phones upload at 10, 14, 18 and 22.",
        [prometheus("sum(increase(paceline_ingest_messages_total[1h]))", name="batches")],
        "No batches were counted in this time range: is Prometheus reading the ingestor?",
    )
    panel.interval("1h").time_from("28d").with_transformation(time_as_text("Time", "HH"))
    panel.with_transformation(grouped(["Time"], {"batches": "mean"})).with_transformation(sorted_by("Time"))
    return with_colours(panel, {"batches (mean)": palette.SKY})


def _kept(column: str, title: str) -> Any:
    panel = _columns(
        title,
        "Clients by the share of the last 14 days with 10 hours of wear.",
        [records(group_queries.by_share(column, "clients"))],
        NO_CLIENTS,
    )
    return with_colours(panel, {"clients": palette.BLUE})


def _logged() -> Any:
    return _kept("logging_share", "Who logs meals?").description(
        "Clients by the share of the last 14 days with a meal."
    )


def _columns(title: str, about: str, targets: Sequence[Target], no_data: str) -> Any:
    legend = common.VizLegendOptions().show_legend(False).display_mode(LegendDisplayMode.HIDDEN).calcs([])
    panel = barchart.Panel().legend(legend.placement(LegendPlacement.BOTTOM)).fill_opacity(75)
    finish(panel, (title, about, units.NONE, no_data), targets)
    return panel.decimals(0)


def _histograms() -> Sequence[Any]:
    asked = [
        ("Resting heart rate", "resting_heart_rate_bpm", palette.VERMILLION, 5),
        ("HRV (RMSSD)", "hrv_ms", palette.BLUE, 10),
        ("Sleep", "sleep_min", palette.PURPLE, 30),
        ("Energy eaten", "energy_in_kcal", palette.ORANGE, 250),
    ]
    return [_histogram(*each) for each in asked]


def _histogram(title: str, column: str, colour: str, size: int) -> Any:
    legend = common.VizLegendOptions().show_legend(False).display_mode(LegendDisplayMode.HIDDEN).calcs([])
    panel = histogram.Panel().bucket_size(size).legend(legend.placement(LegendPlacement.BOTTOM)).fill_opacity(75)
    unit = units.MINUTES if units.minutes(column) else units.unit_of(column)
    said = (title, "How many clients have which mean of the last 7 days.", unit, TOO_FEW)
    finish(panel, said, [records(group_queries.values(column, title))])
    return with_colours(panel, {title: colour})


_CUTS = {"A": (25, "a quarter below"), "B": (50, "median"), "C": (75, "a quarter above")}


def _spreads() -> Sequence[Any]:
    asked = [
        ("Sleep of the group", "sleep_min", palette.PURPLE),
        ("Steps of the group", "steps", palette.GREEN),
        ("Resting heart rate of the group", "resting_heart_rate_bpm", palette.VERMILLION),
    ]
    return [_spread(*each) for each in asked]


def _spread(title: str, column: str, colour: str) -> Any:
    panel = lines(
        title,
        "The clients' means of a week: the median, and between which values the middle half of them is.",
        units.unit_of(column),
        [series(group_queries.spread(column, share, name), letter) for letter, (share, name) in _CUTS.items()],
        no_data=TOO_FEW,
    )
    return with_band(with_colours(panel, {"median": colour}), "a quarter below", "a quarter above")


def _each_day() -> Any:
    panel = lines(
        "How many wear and log each day?",
        "Clients with 10 hours of wear, and with a meal.",
        units.NONE,
        [series(group_queries.days_worn()), series(group_queries.days_with(), "B")],
        no_data="No days in this time range.",
    )
    panel.axis_soft_min(0).decimals(0).override_by_name("worn", [Property("custom.lineWidth", 2)])
    return with_colours(panel, {"worn": palette.BLUE, "logged": palette.ORANGE})
