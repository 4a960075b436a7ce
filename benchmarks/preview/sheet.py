"""One board as one picture: its head, and its panels on Grafana's grid."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.preview import charts, geomap, heatmap, stat, table, timeseries
from benchmarks.preview.canvas import Box, Canvas
from benchmarks.preview.looks import Json
from benchmarks.preview.scene import Mark, Scene
from benchmarks.preview.theme import Theme
from dashboards.asking.asker import Shown

WIDTH = 1600
MARGIN = 8
"""Between panels, and around all of them."""
ROW = 30
HEAD = 84
TITLE = 32

DRAWN: Mapping[str, Callable[[Scene, Box, Shown], None]] = {
    "timeseries": timeseries.draw,
    "stat": stat.draw,
    "table": table.draw,
    "barchart": charts.bars,
    "histogram": charts.histogram,
    "heatmap": heatmap.draw,
    "geomap": geomap.draw,
}
"""By type of panel."""


def sheet(
    board: Json,
    panels: Mapping[int, Shown],
    span: tuple[int, int],
    *,
    theme: Theme,
    chosen: Sequence[tuple[str, str]] = (),
    ways: Sequence[str] = (),
    marks: Sequence[Mark] = (),
) -> Canvas:
    """A picture of a board.

    Args:
        board: its JSON.
        panels: with their answers, by id.
        span: time range, milliseconds since 1970 UTC.
        theme: dark or light.
        chosen: labels of variables, and what is chosen.
        ways: boards that it leads to.
        marks: annotations.
    """
    rows = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in board["panels"])
    canvas = Canvas(WIDTH, HEAD + rows * (ROW + MARGIN) + MARGIN, theme)
    scene = Scene(canvas, *span, marks)
    _head(canvas, board, span, chosen, ways)
    for panel in board["panels"]:
        box = _place(panel["gridPos"])
        if panel["type"] == "row":
            canvas.text(box.x + 6, box.y + box.h / 2, f"⌄  {panel['title']}", 16, theme.text, bold=True)
        else:
            _panel(scene, box, panels[panel["id"]])
    return canvas


def write(canvas: Canvas, path: Path) -> None:
    """As a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas.save(path)


def _place(position: Json) -> Box:
    column = (WIDTH - MARGIN) / 24
    left, top = MARGIN + position["x"] * column, HEAD + position["y"] * (ROW + MARGIN)
    return Box(left, top, position["w"] * column - MARGIN, position["h"] * (ROW + MARGIN) - MARGIN)


def _panel(scene: Scene, box: Box, shown: Shown) -> None:
    canvas, theme = scene.canvas, scene.canvas.theme
    canvas.rectangle(box, theme.panel, edge=theme.border, radius=2)
    title = canvas.shortened(shown.panel["title"], 14, box.w - 36, bold=True)
    canvas.text(box.x + 10, box.y + TITLE / 2, title, 14, theme.text, bold=True)
    after = box.x + 22 + canvas.width_of(title, 14, bold=True)
    about = canvas.shortened(shown.panel.get("description", ""), 11, box.x + box.w - after - 8)
    canvas.text(after, box.y + TITLE / 2 + 1, about, 11, theme.dim)
    DRAWN[shown.panel["type"]](scene, box.inside(left=8, top=TITLE, right=8, bottom=6), shown)


def _head(
    canvas: Canvas, board: Json, span: tuple[int, int], chosen: Sequence[tuple[str, str]], ways: Sequence[str]
) -> None:
    theme = canvas.theme
    canvas.text(MARGIN + 4, 24, board["title"], 20, theme.text, bold=True)
    after = MARGIN + 24 + canvas.width_of(board["title"], 20, bold=True)
    canvas.text(after, 26, board.get("description", ""), 13, theme.dim)
    days = " to ".join(datetime.fromtimestamp(each / 1_000, UTC).strftime("%Y-%m-%d %H:%M") for each in span)
    canvas.text(WIDTH - MARGIN - 4, 24, f"{days} UTC", 13, theme.text, align="right")
    x = MARGIN + 4.0
    for label, value in chosen:
        x = _chip(canvas, x, label, value)
    for each in board.get("annotations", {}).get("list", ()):
        canvas.line([x + 4, x + 4], [50, 70], each["iconColor"], 2)
        canvas.text(x + 12, 60, each["name"], 13, theme.dim)
        x += 30 + canvas.width_of(each["name"], 13)
    right = WIDTH - MARGIN - 4.0
    for title in reversed(ways):
        words = f"{title} →"
        canvas.text(right, 60, words, 13, theme.link, align="right")
        right -= canvas.width_of(words, 13) + 18


def _chip(canvas: Canvas, x: float, label: str, value: str) -> float:
    theme = canvas.theme
    value = canvas.shortened(value, 13, 260)
    wide = [canvas.width_of(label, 13) + 16, canvas.width_of(value, 13) + 20]
    canvas.rectangle(Box(x, 46, sum(wide), 28), theme.panel, edge=theme.border, radius=2)
    canvas.text(x + 8, 60, label, 13, theme.dim)
    canvas.text(x + wide[0] + 6, 60, value, 13, theme.text)
    return x + sum(wide) + 10
