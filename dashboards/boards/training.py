"""Training: how much, how suddenly more, how hard, and which sessions."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import barchart, common
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement, StackingMode
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from dashboards import annotations, cells, links, palette, queries, training_queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.panels import Steps, bars, finish, fixed, lines, rows, shaded, tile, with_colours
from dashboards.targets import series, tables
from dashboards.transforming import grouped, in_order, joined, matrix, sorted_by, summed, time_as_text

NO_WORKOUTS = "No workouts in this time range: widen it, or ask whether the watch uploads them."

_LOAD = units.unit_of("session_load")
_RATIO: Steps = [(None, palette.UNKNOWN), (0.8, palette.FINE), (1.3, palette.LOOK), (1.5, palette.URGENT)]
_MONOTONY: Steps = [(None, palette.FINE), (1.5, palette.LOOK), (2.0, palette.URGENT)]
_ZONES = {f"zone{number}_min": f"zone {number}" for number in range(1, 6)}
_ZONE_COLOURS = (palette.GREY, palette.SKY, palette.GREEN, palette.ORANGE, palette.VERMILLION)


def board() -> Dashboard:
    """The board."""
    return frame(
        links.TRAINING,
        "Training",
        "How one client trains: load and how suddenly it changed, intensity, sessions, bests.",
        [
            even(3, *_tiles()),
            Line(8, [(_load(), 12), (_ratio(), 12)]),
            Line(9, [(_sessions(), 24)]),
            Heading("What, and how hard"),
            even(8, _zones(), _volume()),
            even(8, _monotony(), _endurance(), _lifts()),
        ],
        variables=[
            variables.coach(),
            variables.client(),
            variables.device(),
            variables.period("7d"),
            variables.ended(),
        ],
        links=[links.to_roster(), links.boards_of_client()],
        annotations=annotations.of_client(),
        tags=[links.CLIENT_TAG],
    )


def _tiles() -> Sequence[Any]:
    plain: Steps = [(None, palette.FINE)]
    asked = [
        ("Load of the last 7 days", "Effort felt times minutes, added up.", _LOAD, "session_load", 0),
        ("Exercise of the last 7 days", "Hours of all workouts.", units.unit_of("exercise_min"), "exercise_min", 1),
        ("Distance of the last 7 days", "Of all workouts.", units.unit_of("distance_km"), "distance_km", 1),
    ]
    made = [
        tile(title, about, unit, [series(training_queries.week_sum(column, title))], no_data=NO_WORKOUTS, steps=plain)
        .decimals(decimals)
        for title, about, unit, column, decimals in asked
    ]  # fmt: skip
    ratio = tile(
        "Acute to chronic", "Load of 7 days against 28; 0.8 to 1.3 is steady.", units.NONE,
        [series(training_queries.load_ratio())], no_data="Four weeks of workouts are needed.", steps=_RATIO,
    )  # fmt: skip
    return [*made, ratio.decimals(2)]


def _load() -> Any:
    panel = bars(
        "Training load",
        "Effort felt times minutes of all workouts (session RPE), a day; the line is the mean of 28 days.",
        _LOAD,
        [
            series(queries.columns_of_days({"session_load": "load"})),
            series(training_queries.chronic_load(), "B"),
        ],
        no_data="No workouts with an effort in this time range: is it asked for after sessions?",
    )
    line = [Property("custom.drawStyle", "line"), Property("custom.lineWidth", 2), Property("custom.fillOpacity", 0)]
    panel.override_by_name("usual, 28 days", line)
    return with_colours(panel, {"load": palette.PURPLE, "usual, 28 days": palette.GREY})


def _ratio() -> Any:
    panel = lines(
        "Is the load suddenly different?",
        "Acute (7 days) to chronic load (28): 0.8 to 1.3 is steady, from 1.5 a jump (Gabbett 2016). Not a forecast.",
        units.NONE,
        [series(training_queries.load_ratio())],
        no_data="Four weeks of workouts with an effort are needed.",
    )
    panel.axis_soft_min(0).axis_soft_max(2).decimals(2)
    return with_colours(shaded(panel, _RATIO), {"acute to chronic": palette.INK})


def _sessions() -> Any:
    panel = rows(
        "Which sessions were there?",
        "Newest first; the type leads to the session: heart rate, pace, altitude, map.",
        tables(training_queries.sessions()),
        no_data=NO_WORKOUTS,
    )
    panel.with_transformation(joined("Time")).with_transformation(sorted_by("Time", down=True))
    panel.with_transformation(in_order(("Time", "Type", *_FIGURES, "Load"))).with_transformation(
        summed(["Time", "ms"], "end")
    )
    to_session = {"title": "Open the session", "url": links.SESSION_URL, "targetBlank": False}
    panel.override_by_name("Time", [Property("displayName", "Began"), *cells.wide(170)])
    panel.override_by_name("Type", [Property("links", [to_session])])
    for name, field in _FIGURES.items():
        panel.override_by_name(name, cells.number(units.in_rows(field, "exercises"), 1 if "_km" in field else 0))
    panel.override_by_name("Load", cells.number(_LOAD, 0))
    for name in ("ms", "end", "session"):
        panel.override_by_name(name, cells.HIDDEN)
    return panel


_FIGURES = {"Duration": "duration_min"} | {name: field for field, name in training_queries.OF_SESSIONS.items()}


def _zones() -> Any:
    panel = bars(
        "How hard were the days?",
        "Time in heart-rate zones, workouts and all else, added up over each period: zone 1 is easiest.",
        units.unit_of("zone1_min"),
        [series(queries.sums_of_periods(_ZONES))],
        no_data="No time in zones: they take a heart rate, and the client's maximum or birth date.",
        stacked=True,
    )
    return with_colours(panel, dict(zip(_ZONES.values(), _ZONE_COLOURS, strict=True)))


def _volume() -> Any:
    legend = common.VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    panel = barchart.Panel().stacking(StackingMode.NORMAL).legend(legend.placement(LegendPlacement.BOTTOM).calcs([]))
    panel.fill_opacity(75).x_tick_label_spacing(100)
    said = ("How much of which sport a week?", "Hours by type of workout, in weeks of the calendar.")
    finish(
        panel,
        (*said, units.unit_of("exercise_min"), NO_WORKOUTS),
        [series(training_queries.hours_by_type(), table=True)],
    )
    panel.with_transformation(time_as_text("Time", "GGGG-[W]WW"))
    panel.with_transformation(grouped(["Time", "type"], {"h": "sum"}))
    panel.with_transformation(matrix("Time", "type", "h (sum)"))
    for sport, colour in _SPORTS.items():
        panel.override_by_regexp(f"^{sport}", [fixed(colour)])
    return panel


_SPORTS = {
    "Running": palette.SKY,
    "Cycling": palette.ORANGE,
    "Strength": palette.GREEN,
    "Yoga": palette.PURPLE,
    "Swimming": palette.BLUE,
    "Hiking": palette.VERMILLION,
    "Walking": palette.VIOLET,
    "Rowing": palette.GREY,
    "Football": palette.INK,
}
"""By the beginning of the type's name; others get a colour of Grafana's."""


def _monotony() -> Any:
    panel = lines(
        "Is every day the same?",
        "Monotony: mean of 7 days' load over their standard deviation; 2 and more goes with illness (Foster 1998).",
        units.NONE,
        [series(training_queries.monotony())],
        no_data="A week of workouts with an effort is needed.",
    )
    panel.axis_soft_min(0).axis_soft_max(2.5).decimals(1)
    return with_colours(shaded(panel, _MONOTONY), {"monotony": palette.INK})


def _endurance() -> Any:
    panel = rows(
        "Bests over distance",
        "Of all workouts ever stored, by type: longest way, longest time, fastest mean.",
        [series(training_queries.best_endurance(), table=True)],
        no_data="No workout with a distance yet.",
    )
    panel.with_transformation(grouped(["Type"], {"Longest": "max", "Duration": "max", "Fastest": "max"}))
    panel.override_by_name(
        "Longest (max)", [_named("Longest way"), *cells.number(units.unit_of("distance_km"), 1, 110)]
    )
    minutes = units.in_rows("duration_min", "exercises")
    panel.override_by_name("Duration (max)", [_named("Longest time"), *cells.number(minutes, 0, 115)])
    return panel.override_by_name("Fastest (max)", [_named("Fastest mean"), *cells.number("velocitykmh", 1, 120)])


def _lifts() -> Any:
    panel = rows(
        "Bests at the bar",
        "Of all sets ever stored, by lift: heaviest, and what could be lifted once (Epley).",
        [series(training_queries.best_lifts(), table=True)],
        no_data="No sets with a weight yet.",
    )
    panel.with_transformation(grouped(["Lift"], {"Heaviest": "max", "Once": "max"}))
    kilograms = units.unit_of("weight_kg", "sets")
    panel.override_by_name("Heaviest (max)", [_named("Heaviest"), *cells.number(kilograms, 1)])
    return panel.override_by_name("Once (max)", [_named("Could be lifted once"), *cells.number(kilograms, 0)])


def _named(title: str) -> Property:
    return Property("displayName", title)
