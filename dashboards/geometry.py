"""Where panels stand on Grafana's grid: 24 columns, rows of 30 pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from grafana_foundation_sdk.models.dashboard import GridPos

COLUMNS = 24
FIRST_SCREEN = 20
"""Rows that a laptop shows without scrolling."""


@dataclass(frozen=True, slots=True)
class Line:
    """Panels side by side.

    Attributes:
        height: of all of them, in rows.
        panels: builders with their widths, which add up to 24 columns.
    """

    height: int
    panels: Sequence[tuple[Any, int]]

    def __post_init__(self) -> None:
        if sum(width for _, width in self.panels) != COLUMNS:
            raise ValueError("the widths of a line must add up to 24 columns")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading over the lines that follow."""

    title: str


def even(height: int, *panels: Any) -> Line:
    """A line of panels of the same width; their number divides 24."""
    return Line(height, [(panel, COLUMNS // len(panels)) for panel in panels])


def place(board: Dashboard, parts: Sequence[Line | Heading]) -> Dashboard:
    """Put lines below each other onto a board; panels are numbered in reading order."""
    for number, (panel, position) in enumerate(_positions(parts), 1):
        panel.id(number).grid_pos(position)
        if isinstance(panel, Row):
            board.with_row(panel)
        else:
            board.with_panel(panel)
    return board


def _positions(parts: Sequence[Line | Heading]) -> Iterator[tuple[Any, GridPos]]:
    top = 0
    for part in parts:
        if isinstance(part, Heading):
            yield Row(part.title), GridPos(h=1, w=COLUMNS, x=0, y=top)
            top += 1
            continue
        left = 0
        for panel, width in part.panels:
            yield panel, GridPos(h=part.height, w=width, x=left, y=top)
            left += width
        top += part.height
