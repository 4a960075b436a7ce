"""Nutrition: energy in against out, macros, targets, when and what is eaten, and where the weight goes."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import common, heatmap
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import HeatmapCalculationMode
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from contract.conventions import LIVING_FACTOR
from dashboards import annotations, cells, food_queries, links, palette, queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.panels import Steps, bars, finish, lines, marked, rows, tile, with_colours
from dashboards.targets import records, series
from dashboards.transforming import converted, summed, time_as_text, without
from dashboards.weighing import weights

NO_MEALS = "No meals in this time range: ask whether they are logged, and widen the range."
NO_TARGETS = "No targets yet: send the client feedback with targets for their days."

_KCAL = units.unit_of("energy_in_kcal")
_STEP: Property = Property("custom.lineInterpolation", "stepAfter")


def board() -> Dashboard:
    """The board."""
    return frame(
        links.NUTRITION,
        "Nutrition",
        "What one client eats, when, and against which need and targets.",
        [
            even(3, *_tiles()),
            Line(8, [(_energy(), 12), (_macros(), 12)]),
            Line(8, [(_adherence(), 8), (_timing(), 16)]),
            Heading("Meals"),
            even(8, _by_type(), _gaps()),
            Heading("Weight, and what else is in it"),
            even(8, weights("Where does the weight go?"), _fibre(), _sodium()),
        ],
        variables=[
            variables.coach(),
            variables.client(),
            variables.device(),
            variables.period(),
            variables.ended(),
            variables.zone(),
            variables.living_need(),
        ],
        links=[links.to_roster(), links.boards_of_client()],
        annotations=annotations.of_client(),
        tags=[links.CLIENT_TAG],
        since="now-4w",
    )


def _tiles() -> Sequence[Any]:
    shown = [
        ("Energy eaten", "Mean of the last 7 days with a meal.", "energy_in_kcal", 0),
        ("Protein", "Mean of the last 7 days with a meal.", "protein_g", 0),
        ("Fibre", "Mean of the last 7 days with a meal; 25 g are adequate for adults (EFSA 2010).", "fiber_g", 0),
        ("Meals logged", "Meals, snacks and drinks a day, mean of the last 7 days with one.", "meals_count", 1),
    ]
    made = [
        tile(
            title, about, units.unit_of(column), [series(queries.rolling(column, title))],
            no_data=NO_MEALS, steps=_FIBRE if column == "fiber_g" else _PLAIN,
        ).decimals(decimals)
        for title, about, column, decimals in shown
    ]  # fmt: skip
    made.append(
        tile(
            "Weight", "Mean of the last 7 weighings.", units.unit_of("weight_kg"),
            [series(queries.rolling("weight_kg", "Weight", today=True))],
            no_data="No weighing: is there a scale?", steps=_PLAIN,
        ).decimals(1)
    )  # fmt: skip
    made.append(
        tile(
            "Days with a meal", "Of the last 14 days.", units.PERCENT, [records(food_queries.logged_share())],
            no_data="Nothing worked out yet.", steps=[(None, palette.LOOK), (50.0, palette.FINE)],
        ).decimals(0)
    )  # fmt: skip
    return made


_PLAIN = [(None, palette.FINE)]
_FIBRE = [(None, palette.LOOK), (20.0, palette.FINE)]
_KEPT: Steps = [(None, palette.FINE), (0.0, palette.LOOK), (50.0, palette.FINE)]


def _energy() -> Any:
    panel = bars(
        "Energy in against out",
        f"Eaten, against what living ({LIVING_FACTOR} times resting by Mifflin 1990) and exercise take. Means a day.",
        _KCAL,
        [
            series(food_queries.living(), "B"),
            series(queries.columns_of_days({"energy_out_kcal": "exercise"}, period=True, ended=True), "C"),
            series(queries.columns_of_days({"energy_in_kcal": "eaten"}, period=True, ended=True)),
            records(food_queries.target("energy_in_kcal"), "D", lines=True),
        ],
        no_data=NO_MEALS,
        stacked=True,
    )
    own = [Property("custom.stacking", {"mode": "none", "group": "B"}), Property("custom.drawStyle", "line")]
    line = [Property("custom.lineWidth", 2), Property("custom.fillOpacity", 0)]
    panel.override_by_name("eaten", [*own, *line, Property("custom.showPoints", "always")])
    panel.override_by_name("target", [*own, *line, _STEP, Property("custom.spanNulls", True)])
    colours = {"eaten": palette.ORANGE, "living": palette.GREY, "exercise": palette.BLUE, "target": palette.PURPLE}
    return with_colours(panel, colours)


def _macros() -> Any:
    panel = bars(
        "Where does the energy come from?",
        "Carbohydrate and protein at 4 kcal/g, fat at 9 kcal/g; means a day.",
        _KCAL,
        [series(food_queries.macros())],
        no_data="No meals with carbohydrate, protein and fat in this time range.",
        stacked=True,
    )
    return with_colours(panel, {"carbohydrate": palette.GREEN, "protein": palette.BLUE, "fat": palette.VERMILLION})


def _adherence() -> Any:
    panel = rows(
        "Are the targets kept?",
        "Mean of the last 7 days against the target, and the share of days within 10 % of it.",
        [records(food_queries.adherence())],
        no_data=NO_TARGETS,
    )
    for name in ("Target", "Mean"):
        panel.override_by_name(name, cells.number(units.NONE, 0, 80))
    panel.override_by_name("Off by", cells.number(units.PERCENT, 0, 80))
    kept = [*cells.number(units.PERCENT, 0, 90), *cells.by_value(_KEPT)]
    return panel.override_by_name("Days kept", kept)


def _timing() -> Any:
    hours = common.HeatmapCalculationBucketConfig().mode(HeatmapCalculationMode.SIZE)
    days = common.HeatmapCalculationBucketConfig().mode(HeatmapCalculationMode.SIZE)
    buckets = common.HeatmapCalculationOptions().x_buckets(days.value("1d")).y_buckets(hours.value("1"))
    colours = heatmap.HeatmapColorOptions().scheme(palette.HEAT_SCHEME).steps(16).reverse(False)
    panel = heatmap.Panel().calculate(True).calculation(buckets).color(colours).cell_gap(1).hide_legend()
    panel.exemplars_color(palette.UNKNOWN)
    panel.hide_from(common.HideSeriesConfig().legend(False).tooltip(False).viz(False))
    panel.y_axis(heatmap.YAxisConfig().unit("suffix: h").min(0).max(24).decimals(0))
    said = ("When is eaten through the day?", "Meals by hour of the day (up) and day; hours are those of who looks.")
    finish(panel, (*said, units.NONE, NO_MEALS), [series(queries.samples("meals", {"calories": "kcal"}), table=True)])
    panel.with_transformation(summed(["Time"], "hour")).with_transformation(converted("hour", "time"))
    panel.with_transformation(time_as_text("hour", "HH")).with_transformation(converted("hour", "number"))
    return panel.with_transformation(without("kcal"))


def _by_type() -> Any:
    panel = bars(
        "How is the energy spread over the meals?",
        "Energy by type of meal, added up over each period. Meals without a type are left out.",
        _KCAL,
        [series(food_queries.by_type(name), letter, name=name) for letter, name in food_queries.TYPES.items()],
        no_data="No meals with a type in this time range.",
        stacked=True,
    )
    colours = dict(zip(food_queries.TYPES.values(), palette.SERIES, strict=False))
    return with_colours(panel, colours)


def _gaps() -> Any:
    panel = bars(
        "Longest gap between meals",
        "The longest time without a meal that ended on each day; most often the night. More than a day: not logged.",
        units.unit_of("wear_hours"),
        [series(food_queries.longest_gaps())],
        no_data=NO_MEALS,
    )
    return with_colours(panel, {"longest gap": palette.SKY}).axis_soft_max(24)


def _fibre() -> Any:
    panel = lines(
        "Fibre and sugar",
        "Means a day. 25 g of fibre are adequate for adults (EFSA Journal 2010;8:1462).",
        units.unit_of("fiber_g"),
        [series(queries.columns_of_days({"fiber_g": "fibre", "sugar_g": "sugar"}, period=True, ended=True))],
        no_data="No meals with fibre or sugar in this time range.",
    )
    return with_colours(panel, {"fibre": palette.GREEN, "sugar": palette.PURPLE})


def _sodium() -> Any:
    panel = bars(
        "Sodium",
        "Means a day; 2000 mg, the line, are the most that the WHO advises to adults (2012).",
        units.unit_of("sodium_mg"),
        [series(queries.columns_of_days({"sodium_mg": "sodium"}, period=True, ended=True))],
        no_data="No meals with sodium in this time range.",
    )
    return with_colours(marked(panel, 2_000), {"sodium": palette.SKY})
