"""Panels as these boards use them: one look, and nothing that has to be said twice.

Every panel has a title that is a question or a plain noun, one line that says what it shows, the unit from the
contract, and what to do when there is no data.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    LineInterpolation,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

from contract.stamping import DAY_MS
from dashboards import palette
from dashboards.targets import SEVERAL, Target

Steps = Sequence[tuple[float | None, str]]
"""Colours from these values on; the first from minus infinity (None)."""


def lines(title: str, about: str, unit: str, targets: Sequence[Target], *, no_data: str) -> timeseries.Panel:
    """Lines over time."""
    panel = timeseries.Panel().legend(_legend()).tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    panel.line_width(2).fill_opacity(0).show_points(VisibilityMode.AUTO).point_size(4)
    panel.line_interpolation(LineInterpolation.LINEAR).span_nulls(4 * DAY_MS).axis_border_show(False)
    panel.color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
    finish(panel, (title, about, unit, no_data), targets)
    return panel


def bars(
    title: str, about: str, unit: str, targets: Sequence[Target], *, no_data: str, stacked: bool = False
) -> timeseries.Panel:
    """Bars over time; their edges have the full colour, since bars may stand behind each other."""
    panel = lines(title, about, unit, targets, no_data=no_data)
    panel.draw_style(GraphDrawStyle.BARS).fill_opacity(75).line_width(1).bar_width_factor(0.8).axis_soft_min(0)
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    return panel


def tile(
    title: str, about: str, unit: str, targets: Sequence[Target], *, no_data: str, steps: Steps, field: str = ""
) -> stat.Panel:
    """One figure, large; a text if `field` names it."""
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False).fields(f"/^{field}$/" if field else "")
    panel = stat.Panel().reduce_options(reduced).graph_mode(BigValueGraphMode.NONE)
    panel.color_mode(BigValueColorMode.VALUE).color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
    panel.thresholds(thresholds(steps))
    finish(panel, (title, about, unit, no_data), targets)
    return panel


def rows(title: str, about: str, targets: Sequence[Target], *, no_data: str) -> table.Panel:
    """A table; a cell without a value is empty."""
    panel = table.Panel().show_header(True).filterable(False)
    finish(panel, (title, about, "none", no_data), targets)
    return panel.override_by_regexp(".*", [DynamicConfigValue("noValue", "-")])


def thresholds(steps: Steps) -> ThresholdsConfig:
    """Colours by value."""
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([Threshold(value, color) for value, color in steps])


def coloured(colours: Mapping[str, str]) -> dict[str, Sequence[DynamicConfigValue]]:
    """Of lines and bars by name: always the same colour, whatever else is on the panel."""
    return {name: [fixed(colour)] for name, colour in colours.items()}


def fixed(colour: str) -> DynamicConfigValue:
    """One colour, as a property."""
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def with_colours(panel: Any, colours: Mapping[str, str]) -> Any:
    """A panel whose lines or bars have these colours by name."""
    for name, properties in coloured(colours).items():
        panel.override_by_name(name, list(properties))
    return panel


def with_band(panel: Any, low: str, high: str) -> Any:
    """Two lines of a panel as the edges of a grey band, without legend."""
    edge = [
        fixed(palette.BAND),
        DynamicConfigValue("custom.lineWidth", 0),
        DynamicConfigValue("custom.showPoints", "never"),
        DynamicConfigValue("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]
    panel.override_by_name(low, edge)
    panel.override_by_name(
        high, [*edge, DynamicConfigValue("custom.fillBelowTo", low), DynamicConfigValue("custom.fillOpacity", 22)]
    )
    return panel


def marked(panel: Any, *limits: float, colour: str = palette.LOOK) -> Any:
    """A panel with lines at these values."""
    steps: Steps = [(None, "transparent"), *((limit, colour) for limit in limits)]
    panel.thresholds(thresholds(steps))
    return panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))


def shaded(panel: Any, steps: Steps) -> Any:
    """A panel whose ground has a colour by value, with a line where the next one begins."""
    panel.thresholds(thresholds(steps))
    return panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED_AND_AREA))


def as_points(colour: str) -> list[DynamicConfigValue]:
    """A line's values as dots: single days, beside a mean."""
    return [
        fixed(colour),
        DynamicConfigValue("custom.drawStyle", "points"),
        DynamicConfigValue("custom.pointSize", 4),
    ]


def worded(words: Mapping[str, tuple[str, str]]) -> list[Any]:
    """Values as words and colours."""
    results = {
        value: ValueMappingResult(text=text, color=colour, index=number)
        for number, (value, (text, colour)) in enumerate(words.items())
    }
    return [ValueMap(results)]


STATUS_WORDS: Mapping[str, tuple[str, str]] = {
    "urgent": ("▲ Today", palette.URGENT),
    "look": ("● Look", palette.LOOK),
    "fine": ("○ Fine", palette.FINE),
    "unknown": ("? Nothing lately", palette.UNKNOWN),
}
"""Statuses by sign, word and colour, so that none of them is needed alone."""


def _legend() -> common.VizLegendOptions:
    shown = common.VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    return shown.placement(LegendPlacement.BOTTOM).calcs([])


def finish(panel: Any, said: tuple[str, str, str, str], targets: Sequence[Target]) -> None:
    """What every panel has: title, description, unit, what to say without data, and its questions."""
    title, about, unit, no_data = said
    panel.title(title).description(about).unit(unit).no_value(no_data).datasource(_source(targets))
    for target in targets:
        panel.with_target(target)


def _source(targets: Sequence[Target]) -> Any:
    first = targets[0].source
    return first if all(target.source is first for target in targets) else SEVERAL
