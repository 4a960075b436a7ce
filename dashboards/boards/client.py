"""One client: the week at a glance against the weeks before, what changed, and whether the days are as usual."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from dashboards import annotations, cells, links, palette, queries, roster_queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.panels import STATUS_WORDS, as_points, bars, lines, rows, tile, with_band, with_colours, worded
from dashboards.targets import records, series
from dashboards.transforming import joined, sorted_by, sparklines
from dashboards.weighing import weights

NO_DAYS = "No days in this time range: widen it, or ask whether the watch is worn and the app open."
NO_STANDING = "Nothing worked out yet: that takes three days of data."

_WEEK = {
    "energy_in_kcal": ("mean", "Energy"),
    "protein_g": ("mean", "Protein"),
    "exercise_min": ("sum", "Exercise"),
    "session_load": ("sum", "Load"),
    "steps": ("mean", "Steps"),
    "resting_heart_rate_bpm": ("mean", "Resting HR"),
    "hrv_ms": ("mean", "HRV"),
    "sleep_min": ("mean", "Sleep"),
    "weight_kg": ("mean", "Weight"),
}


def board() -> Dashboard:
    """The board."""
    return frame(
        links.CLIENT,
        "Client overview",
        "One client: what changed, this week against the weeks before, and every day within what is usual.",
        [
            even(3, *_tiles()),
            Line(8, [(_changed(), 12), (_against_usual(), 12)]),
            even(9, *_bands()),
            Heading("Week by week"),
            Line(9, [(_weeks(), 24)]),
            even(9, _energy(), _load(), weights("Weight")),
        ],
        variables=[variables.coach(), variables.client(), variables.period("7d"), variables.ended()],
        links=[links.to_roster(), links.boards_of_client()],
        annotations=annotations.of_client(),
        tags=[links.CLIENT_TAG],
    )


def _tiles() -> Sequence[Any]:
    standing = records(roster_queries.standing_of_client())
    status = tile(
        "How are things?", "The status on the roster.", units.NONE, [standing],
        no_data=NO_STANDING, steps=[(None, palette.UNKNOWN)], field="status",
    )  # fmt: skip
    seen = tile(
        "Last seen", "When the newest measurement was made.", units.SINCE, [standing],
        no_data="Never: no device has sent anything yet.", steps=[(None, palette.FINE)], field="seen",
    )  # fmt: skip
    kept = [(None, palette.LOOK), (50.0, palette.FINE)]
    worn = tile(
        "Worn", "Of the last 14 days, those with 10 hours of wear.", units.PERCENT, [standing],
        no_data=NO_STANDING, steps=kept, field="worn",
    )  # fmt: skip
    logged = tile(
        "Logged", "Of the last 14 days, those with a meal logged.", units.PERCENT, [standing],
        no_data=NO_STANDING, steps=kept, field="logged",
    )  # fmt: skip
    status.mappings(worded(STATUS_WORDS))
    return [status, seen, worn.decimals(0), logged.decimals(0)]


def _changed() -> Any:
    panel = rows(
        "What changed?",
        "Signs in the last days, the most severe first; each says its figures.",
        [records(roster_queries.signs_of_client())],
        no_data="Nothing stands out.",
    )
    tones = {"concern": ("▲ Concern", palette.URGENT), "praise": ("★ Praise", palette.FINE)}
    panel.override_by_name("What it is", [*cells.by_word(tones), *cells.wide(110)])
    panel.override_by_name("What was seen", [cells.WRAPPED])
    return panel.override_by_name("Weight", cells.HIDDEN)


def _against_usual() -> Any:
    panel = rows(
        "How is this week against what is usual?",
        "Mean of the last 7 days that have ended, and median (load: mean) of the 28 before.",
        [records(roster_queries.week_of_client()), records(roster_queries.lines_of_client(), "B", lines=True)],
        no_data=NO_STANDING,
    )
    panel.with_transformation(sparklines(["B"])).with_transformation(joined("measure"))
    panel.with_transformation(sorted_by("rank"))
    panel.override_by_name("rank", cells.HIDDEN)
    panel.override_by_name("measure", [Property("displayName", "A day"), *cells.wide(150)])
    for name in ("7 days", "Usual"):
        panel.override_by_name(name, cells.number(units.NONE, 0, 80))
    panel.override_by_name("Change", cells.number(units.PERCENT, 0, 80))
    return panel.override_by_name("Trend #B", cells.sparkline("28 days", units.NONE, shown=True))


def _bands() -> Sequence[Any]:
    return [
        _band("Resting heart rate", "resting_heart_rate_bpm", "Above the band for long: not recovering, or ill."),
        _band("Heart rate variability", "hrv_ms", "Below the band for long: not recovering, or ill.", logarithm=True),
        _band("Sleep", "sleep_min", "Whether they sleep as long as usual."),
    ]


def _band(title: str, column: str, about: str, *, logarithm: bool = False) -> Any:
    panel = lines(
        title,
        f"{about} Mean of 7 days; the band is the usual range of the 28 days before.",
        units.unit_of(column),
        [
            series(queries.columns_of_days({column: "a day"})),
            series(queries.usual_range(column, logarithm=logarithm), "B"),
        ],
        no_data=NO_DAYS,
    )
    panel.override_by_name("a day", as_points(palette.GREY))
    return with_band(with_colours(panel, {"7 days": palette.INK}), "usual from", "usual to")


def _weeks() -> Any:
    panel = rows(
        "How do the weeks compare?",
        "A row a week from Monday: means a day, but sums of exercise and load. The first and the last may be cut.",
        [series(queries.weeks(_WEEK), table=True)],
        no_data=NO_DAYS,
    )
    panel.override_by_name("Time", [Property("displayName", "Week from"), Property("unit", "time:YYYY-MM-DD")])
    for column, (_, name) in _WEEK.items():
        panel.override_by_name(name, cells.number(units.unit_of(column), 1 if column.endswith(("_kg", "_min")) else 0))
    return panel


def _energy() -> Any:
    columns = {"energy_in_kcal": "eaten", "energy_out_kcal": "exercise"}
    panel = bars(
        "Energy",
        "Eaten, and spent in exercise: means a day over each period.",
        units.unit_of("energy_in_kcal"),
        [series(queries.columns_of_days(columns, period=True, ended=True))],
        no_data="No meals in this time range: ask whether they are logged.",
    )
    return with_colours(panel, {"eaten": palette.ORANGE, "exercise": palette.BLUE})


def _load() -> Any:
    panel = bars(
        "Training load",
        "Effort felt times minutes of all workouts, added up over each period.",
        units.unit_of("session_load"),
        [series(queries.sums_of_periods({"session_load": "load"}))],
        no_data="No workouts with an effort in this time range.",
    )
    return with_colours(panel, {"load": palette.PURPLE})
