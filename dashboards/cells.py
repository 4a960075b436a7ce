"""How a column of a table looks: properties of its cells."""

from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue as Property

from dashboards import palette
from dashboards.panels import Steps, worded


def cell(kind: str, **options: Any) -> Property:
    """The kind of cell, as Grafana names it."""
    return Property("custom.cellOptions", {"type": kind, **options})


GROUND = cell("color-background", mode="basic")
"""The cell has the colour of its value, by steps or words; Grafana writes on it in black or white."""


def by_value(steps: Steps) -> list[Property]:
    """A ground that depends on the value: steps are of what it means.

    Raises:
        ValueError: the lowest step means something: Grafana would say it of cells without a value.
    """
    grounds = [(value, palette.GROUNDS[meaning]) for value, meaning in steps]
    if grounds[0] != (None, palette.CLEAR):
        raise ValueError("a cell without a value must have no ground")
    return [GROUND, stepped(grounds)]


def by_word(words: Mapping[str, tuple[str, str]]) -> list[Property]:
    """Values as words, on grounds by what they mean."""
    grounds = {value: (text, palette.GROUNDS[meaning]) for value, (text, meaning) in words.items()}
    return [Property("mappings", worded(grounds)), GROUND]


def stepped(steps: Steps) -> Property:
    """Colours from these values on."""
    return Property(
        "thresholds", {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]}
    )


def number(unit: str, decimals: int, width: int | None = None) -> list[Property]:
    """A number with its unit."""
    return [Property("unit", unit), Property("decimals", decimals), *wide(width)]


def wide(width: int | None) -> list[Property]:
    """So many pixels; None: what is left."""
    return [] if width is None else [Property("custom.width", width)]


def sparkline(title: str, unit: str, width: int | None = None, *, shown: bool = False) -> list[Property]:
    """A small line; `shown`: with its last value beside it."""
    style = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "hideValue": not shown}
    drawn = cell("sparkline", **style)
    colour = Property("color", {"mode": "fixed", "fixedColor": palette.FINE})
    return [Property("displayName", title), *number(unit, 0, width), drawn, colour]


HIDDEN = [
    Property("custom.hidden", True),
    Property("custom.hideFrom", {"viz": True, "legend": False, "tooltip": False}),
]
"""Of a column that only links or the order need; Grafana 12 has another name for it than 11."""

WRAPPED = cell("auto", wrapText=True)
