"""Tables: a header, and rows as far as there is room."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.preview.canvas import Box
from benchmarks.preview.cells import MARGIN, cell
from benchmarks.preview.looks import Looks, looks_of
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown
from dashboards.asking.frames import Field

LEAST = 150
"""Pixels of a column that says nothing of its width."""
ROW = 36
LINE = 19
SIZE = 13


@dataclass(frozen=True, slots=True)
class Column:
    """A field, where it stands, and how it looks."""

    field: Field
    looks: Looks
    x: float
    width: float

    @property
    def is_right(self) -> bool:
        """Numbers stand at the right."""
        return self.field.kind == "number"

    @property
    def wraps(self) -> bool:
        """Long texts go over several lines."""
        return bool((self.looks.get("custom.cellOptions") or {}).get("wrapText"))


def draw(scene: Scene, box: Box, shown: Shown) -> None:
    """Draw a panel's contents."""
    frame = next((frame for frame in shown.frames if len(frame)), None)
    if frame is None:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    theme = scene.canvas.theme
    looks = [(field, looks_of(shown.panel, field, theme)) for field in frame.fields]
    columns = _placed([(field, each) for field, each in looks if not each.get("custom.hidden")], box)
    _header(scene, box, columns)
    y, bottom = box.y + ROW, box.y + box.h
    for row in range(len(frame)):
        height = _height(scene, columns, row)
        if y + height > bottom:
            scene.canvas.text(box.x + box.w / 2, bottom - 6, "⋮", SIZE, theme.dim, align="center")
            break
        for column in columns:
            place = Box(column.x, y, column.width, height).inside(left=MARGIN, right=MARGIN)
            if _is_in(column, box):
                cell(scene, place, column, column.field.values[row])
        y += height
        scene.canvas.line([box.x, box.x + box.w], [y, y], theme.grid, 0.8)


def _is_in(column: Column, box: Box) -> bool:
    """Whether it is seen without scrolling."""
    return column.x + column.width <= box.x + box.w + 1


def _placed(found: Sequence[tuple[Field, Looks]], box: Box) -> list[Column]:
    """Columns of a said width have it; others share what is left."""
    least = [each.get("custom.width") or each.get("custom.minWidth") or LEAST for _, each in found]
    open_columns = sum(each.get("custom.width") is None for _, each in found)
    more = max(box.w - sum(least), 0) / open_columns if open_columns else 0
    made, x = [], box.x
    for (field, each), wide in zip(found, least, strict=True):
        width = wide + (more if each.get("custom.width") is None else 0)
        made.append(Column(field, each, x, width))
        x += width
    return made


def _header(scene: Scene, box: Box, columns: Sequence[Column]) -> None:
    canvas, theme = scene.canvas, scene.canvas.theme
    y = box.y + ROW / 2
    for column in columns:
        if not _is_in(column, box):
            canvas.text(box.x + box.w, y, "⋯", SIZE, theme.dim, align="right")
            break
        words = canvas.shortened(column.looks.title, SIZE, column.width - 12, bold=True)
        at, align = (column.x + column.width - 6, "right") if column.is_right else (column.x + 6, "left")
        canvas.text(at, y, words, SIZE, theme.link, align=align, bold=True)
    canvas.line([box.x, box.x + box.w], [box.y + ROW, box.y + ROW], theme.border, 1)


def _height(scene: Scene, columns: Sequence[Column], row: int) -> float:
    lines = [_lines(scene, column, column.field.values[row]) for column in columns if column.wraps]
    return max(ROW, 14 + LINE * max(lines, default=1))


def _lines(scene: Scene, column: Column, value: Any) -> int:
    return len(scene.canvas.wrapped(str(value), SIZE, column.width - 12)) if value else 1
