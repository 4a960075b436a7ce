"""The panel of body weight, which two boards have under titles of their own."""

from typing import Any

from dashboards import palette, queries, units
from dashboards.panels import as_points, lines, with_colours
from dashboards.targets import series


def weights(title: str) -> Any:
    """Weighings as points, and their mean as a line."""
    panel = lines(
        title,
        "Each day's last weighing, and the mean of the last 7.",
        units.unit_of("weight_kg"),
        [
            series(queries.columns_of_days({"weight_kg": "weighed"})),
            series(queries.rolling("weight_kg", "7 weighings", today=True), "B"),
        ],
        no_data="No weighing in this time range: is there a scale?",
    )
    panel.decimals(1).override_by_name("weighed", as_points(palette.GREY))
    return with_colours(panel, {"7 weighings": palette.GREEN})
