"""What all panels of a picture share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.preview.canvas import Box, Canvas


@dataclass(frozen=True, slots=True)
class Mark:
    """An annotation: a moment on every time axis, milliseconds since 1970 UTC, and its colour."""

    at_ms: int
    colour: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture in the making.

    Attributes:
        canvas: to draw on.
        from_ms, to_ms: the time range, milliseconds since 1970 UTC.
        marks: annotations.
    """

    canvas: Canvas
    from_ms: int
    to_ms: int
    marks: Sequence[Mark] = ()

    def nothing(self, box: Box, words: str) -> None:
        """What a panel says that has nothing to show."""
        lines = self.canvas.wrapped(words, 13, box.w - 24)
        for number, line in enumerate(lines):
            y = box.y + box.h / 2 + 18 * (number - (len(lines) - 1) / 2)
            self.canvas.text(box.x + box.w / 2, y, line, 13, self.canvas.theme.dim, align="center")

    def time_ticks(self, most: int) -> list[tuple[float, str]]:
        """Moments for a time axis, and how they are written there."""
        span_s = (self.to_ms - self.from_ms) / 1_000
        step_s = next((step for step in _STEPS if span_s / step <= most), _STEPS[-1])
        form = "%-d %b" if step_s >= 86_400 else "%H:%M" if step_s >= 60 else "%H:%M:%S"
        # Weeks begin on Mondays, as everywhere on the boards.
        offset = 4 * 86_400 if step_s % 604_800 == 0 else 0
        first = -(-(self.from_ms / 1_000 - offset) // step_s) * step_s + offset
        moments = [first + number * step_s for number in range(int(span_s // step_s) + 1)]
        return [
            (each * 1_000, datetime.fromtimestamp(each, UTC).strftime(form))
            for each in moments
            if each * 1_000 <= self.to_ms
        ]


_STEPS = (
    30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
    2_419_200, 4_838_400, 9_676_800,
)  # fmt: skip
