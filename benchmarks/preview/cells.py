"""The cells of a table."""

from typing import Any, Protocol

from benchmarks.preview.canvas import Box
from benchmarks.preview.formats import moment
from benchmarks.preview.looks import Looks
from benchmarks.preview.scene import Scene
from benchmarks.preview.theme import text_on
from dashboards.asking.frames import Field

SIZE = 13
LINE = 19
MARGIN = 6
"""Pixels between a cell's edge and what is in it."""
_LABEL = 70
"""Pixels for the value beside a sparkline."""


class Column(Protocol):
    """What a cell has to know of its column."""

    @property
    def field(self) -> Field:
        """Its values."""

    @property
    def looks(self) -> Looks:
        """How they are shown."""

    @property
    def is_right(self) -> bool:
        """On which side."""

    @property
    def wraps(self) -> bool:
        """Over several lines."""


def cell(scene: Scene, box: Box, column: Column, value: Any) -> None:
    """Draw one cell."""
    kind = (column.looks.get("custom.cellOptions") or {}).get("type", "auto")
    if kind == "sparkline":
        _sparkline(scene, box, column.looks, value)
    elif kind == "gauge" and value is not None:
        _gauge(scene, box, column.looks, value)
    else:
        _words(scene, box, column, value, grounded=kind == "color-background")


def _words(scene: Scene, box: Box, column: Column, value: Any, *, grounded: bool) -> None:
    canvas, looks = scene.canvas, column.looks
    said = _said(column, value, scene.to_ms)
    colour = canvas.theme.link if looks.get("links") else canvas.theme.text
    if grounded and value is not None and (ground := looks.colour(value)):
        canvas.rectangle(Box(box.x - MARGIN, box.y, box.w + 2 * MARGIN, box.h), ground)
        colour = text_on(ground)
    at, align = (box.x + box.w, "right") if column.is_right else (box.x, "left")
    lines = canvas.wrapped(said, SIZE, box.w) if column.wraps else [canvas.shortened(said, SIZE, box.w)]
    for number, line in enumerate(lines):
        y = box.y + box.h / 2 + LINE * (number - (len(lines) - 1) / 2)
        canvas.text(at, y, line, SIZE, colour, align=align)


def _said(column: Column, value: Any, now_ms: int) -> str:
    has_form = column.looks.get("unit", "none").startswith(("time", "date"))
    if column.field.kind == "time" and value is not None and not has_form:
        return moment(value, "YYYY-MM-DD HH:mm")
    return column.looks.words(value, now_ms)


def _gauge(scene: Scene, box: Box, looks: Looks, value: float) -> None:
    low, high = looks.get("min", 0), looks.get("max", 100)
    share = min(max((value - low) / (high - low), 0), 1)
    bar = Box(box.x, box.y + 8, box.w, box.h - 16) if box.h <= 40 else Box(box.x, box.y + box.h / 2 - 10, box.w, 20)
    scene.canvas.rectangle(bar, scene.canvas.theme.grid)
    if share:
        scene.canvas.rectangle(Box(bar.x, bar.y, bar.w * share, bar.h), looks.stepped(value) or scene.canvas.theme.link)


def _sparkline(scene: Scene, box: Box, looks: Looks, line: Any) -> None:
    points = [(at, value) for at, value in line or () if value is not None]
    if not points:
        scene.canvas.text(box.x, box.y + box.h / 2, looks.words(None, 0), SIZE, scene.canvas.theme.text)
        return
    hides = (looks.get("custom.cellOptions") or {}).get("hideValue")
    said = looks.words(points[-1][1], scene.to_ms)
    room = 0 if hides else _LABEL
    drawn = box.inside(left=room + 6, top=box.h / 2 - 13, bottom=box.h / 2 - 13)
    if not hides:
        words = scene.canvas.shortened(said, 12, room)
        scene.canvas.text(box.x + room, box.y + box.h / 2, words, 12, scene.canvas.theme.text, align="right")
    first, last = points[0][0], points[-1][0]
    values = [value for _, value in points]
    low, high = min(values), max(values)
    xs = [drawn.x + drawn.w * (at - first) / ((last - first) or 1) for at, _ in points]
    ys = [drawn.y + drawn.h * (1 - (value - low) / ((high - low) or 1)) for value in values]
    scene.canvas.line(xs, ys, looks.line_colour(0), 1)
