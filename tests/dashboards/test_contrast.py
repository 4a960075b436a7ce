"""What is drawn and written in a colour is seen in both of Grafana's themes (WCAG 2.2)."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import pytest

from benchmarks.preview.theme import THEMES, Theme, text_on
from dashboards import cells, palette
from dashboards.asking.asker import panels_of
from tests.dashboards.conftest import ALL_BOARDS, board

GRAPHICS, SMALL_TEXT = 3.0, 4.5
"""Success criteria 1.4.11 (and 1.4.3 for text of 18 points and more, as in tiles) and 1.4.3."""

Json = Mapping[str, Any]

each_board = pytest.mark.parametrize("name", ALL_BOARDS)


def luminance(colour: str) -> float:
    """Relative, as WCAG defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def property_sets(panel: Json) -> Iterator[dict[str, Any]]:
    """What the panel's defaults say, and each of its overrides."""
    yield dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"].get("overrides", ()):
        yield {each["id"]: each.get("value") for each in override["properties"]}


def meanings(said: Json) -> Iterator[str]:
    """Colours by threshold and by word."""
    yield from (step["color"] for step in (said.get("thresholds") or {}).get("steps", ()))
    for mapping in said.get("mappings") or ():
        yield from (each["color"] for each in mapping["options"].values() if each.get("color"))


def cell_type(said: Json) -> str:
    return str((said.get("custom.cellOptions") or {}).get("type", ""))


def drawn(panel: Json) -> Iterator[str]:
    """Colours of lines, bars, points, gauges and large figures."""
    for said in property_sets(panel):
        colour = said.get("color") or {}
        # The edges of a band have no width: it is a ground.
        if colour.get("mode") == "fixed" and said.get("custom.lineWidth") != 0:
            yield colour["fixedColor"]
        if panel["type"] == "stat" or cell_type(said) == "gauge":
            yield from meanings(said)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@each_board
def test_what_is_drawn_is_seen_on_a_panel(name: str, theme: Theme) -> None:
    for panel in panels_of(board(name)):
        for colour in drawn(panel):
            assert contrast(theme.named(colour), theme.panel) >= GRAPHICS, (panel["title"], colour)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@each_board
def test_what_is_written_on_a_coloured_cell_is_read(name: str, theme: Theme) -> None:
    for panel in panels_of(board(name)):
        for said in property_sets(panel):
            if cell_type(said) == "color-background":
                for colour in meanings(said):
                    ground = theme.named(colour)
                    assert contrast(text_on(ground), ground) >= SMALL_TEXT, (panel["title"], colour)


@each_board
def test_no_small_text_is_coloured(name: str) -> None:
    """None of these colours has 4.5 on both themes; none can have."""
    said = chain.from_iterable(property_sets(panel) for panel in panels_of(board(name)))
    assert "color-text" not in {cell_type(each) for each in said}


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_colour_that_is_not_a_ground_is_seen(theme: Theme) -> None:
    for colour in {*palette.SERIES, *palette.STATUS.values()}:
        assert contrast(colour, theme.panel) >= GRAPHICS, colour


def test_a_cell_without_a_value_has_no_ground() -> None:
    with pytest.raises(ValueError, match="without a value"):
        cells.by_value([(None, palette.LOOK), (50, palette.FINE)])


@each_board
def test_no_two_lines_of_a_panel_have_one_colour(name: str) -> None:
    for panel in panels_of(board(name)):
        colours = [
            said["color"]["fixedColor"]
            for said in property_sets(panel)
            if (said.get("color") or {}).get("mode") == "fixed" and said.get("custom.lineWidth") != 0
            # A line of each row of a table is no neighbour.
            if panel["type"] != "table"
        ]
        assert len(set(colours)) == len(colours), (panel["title"], colours)
        # A pattern would give one colour to all that it fits.
        matchers = {override["matcher"]["id"] for override in panel["fieldConfig"].get("overrides", ())}
        assert panel["type"] != "timeseries" or matchers <= {"byName"}, panel["title"]


@each_board
def test_bars_have_an_edge_of_their_full_colour(name: str) -> None:
    for panel in panels_of(board(name)):
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        assert custom.get("drawStyle") != "bars" or custom["lineWidth"] >= 1, panel["title"]
