"""One session: heart rate, pace, altitude, and where it went."""

from typing import Any

from grafana_foundation_sdk.builders import common, geomap
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.common import FrameGeometrySourceMode
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property
from grafana_foundation_sdk.models.geomap import TooltipMode

from dashboards import cells, links, palette, training_queries, units, variables
from dashboards.frame import frame
from dashboards.geometry import Line, even
from dashboards.panels import Steps, finish, lines, rows, with_colours
from dashboards.targets import series, tables
from dashboards.transforming import in_order, joined

NO_TRACK = "No track of this session: come here from the sessions on the board Training, or the watch recorded none."
_PACE = "dthms"


def board() -> Dashboard:
    """The board."""
    return frame(
        links.SESSION,
        "Session",
        "One session of one client; reached from the sessions on the board Training.",
        [
            Line(4, [(_whole(), 24)]),
            Line(14, [(_heart_rate(), 12), (_way(), 12)]),
            even(8, _pace(), _altitude(), _cadence()),
        ],
        variables=[variables.coach(), variables.client(), variables.session()],
        links=[links.to_roster(), links.boards_of_client()],
        since="now-7d",
        refresh="",
    )


def _whole() -> Any:
    panel = rows(
        "The session as a whole",
        "As the watch summed it up.",
        tables(training_queries.this_session()),
        no_data=NO_TRACK,
    )
    panel.with_transformation(joined("Time")).with_transformation(in_order(("Time", "Type", *_FIGURES, "Load")))
    panel.override_by_name("Time", [Property("displayName", "Began")])
    for name, field in _FIGURES.items():
        panel.override_by_name(name, cells.number(units.in_rows(field, "exercises"), 1 if "_km" in field else 0))
    return panel


_FIGURES = {"Duration": "duration_min"} | {name: field for field, name in training_queries.OF_SESSIONS.items()}


def _heart_rate() -> Any:
    return _along("Heart rate", "How hard the heart worked.", "heart_rate", palette.VERMILLION)


def _altitude() -> Any:
    return _along("Altitude", "Up and down.", "altitude_m", palette.GREEN)


def _cadence() -> Any:
    panel = lines(
        "Cadence",
        "Turns of the crank, or steps, a minute.",
        units.unit_of("cadence", "track"),
        [series(training_queries.along("cadence", "cadence"))],
        no_data=NO_TRACK,
    )
    return with_colours(panel, {"cadence": palette.PURPLE})


def _along(title: str, about: str, field: str, colour: str) -> Any:
    name = title.lower()
    panel = lines(
        title, about, units.unit_of(field, "track"), [series(training_queries.along(field, name))], no_data=NO_TRACK
    )
    return with_colours(panel, {name: colour})


def _pace() -> Any:
    panel = lines(
        "Pace", "Time for a kilometre; standing still is left out.", _PACE, [series(training_queries.pace())],
        no_data=NO_TRACK,
    )  # fmt: skip
    return with_colours(panel, {"pace": palette.BLUE})


def _way() -> Any:
    panel = geomap.Panel().basemap(common.MapLayerOptions().type("default").name("Ground"))
    panel.layers([_points()]).tooltip(geomap.TooltipOptions().mode(TooltipMode.DETAILS))
    panel.view(geomap.MapViewConfig().id("fit").all_layers(True).lat(0).lon(0).zoom(15))
    said = ("Where did it go?", "The way, in colours of the heart rate. The map's ground is loaded from its maker.")
    finish(
        panel,
        (*said, units.unit_of("heart_rate", "track"), "No positions: the session was indoors, or without GPS."),
        [series(training_queries.way(), table=True)],
    )
    steps: Steps = [(None, palette.SKY), (120, palette.GREEN), (150, palette.ORANGE), (170, palette.VERMILLION)]
    return panel.override_by_name("heart_rate", [cells.stepped(steps)])


def _points() -> Any:
    where = common.FrameGeometrySource().mode(FrameGeometrySourceMode.COORDS).latitude("lat").longitude("lng")
    style = {
        "color": {"field": "heart_rate", "fixed": palette.SKY},
        "opacity": 0.9,
        "size": {"fixed": 4, "min": 2, "max": 15},
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
    }
    layer = common.MapLayerOptions().type("markers").name("Way").config({"showLegend": False, "style": style})
    return layer.location(where)
