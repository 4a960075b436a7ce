"""Names and colours below a panel."""

from collections.abc import Sequence

from benchmarks.preview.canvas import Box, Canvas

_HEIGHT = 20
_SIZE = 12


def legend(canvas: Canvas, box: Box, named: Sequence[tuple[str, str]]) -> float:
    """Write names beside their colours at the lower edge of a box; how high that is."""
    lines: list[list[tuple[float, str, str]]] = [[]]
    x = 0.0
    for name, colour in named:
        words = canvas.shortened(name, _SIZE, box.w - 30)
        taken = 34 + canvas.width_of(words, _SIZE)
        if x and x + taken > box.w:
            lines.append([])
            x = 0.0
        lines[-1].append((x, words, colour))
        x += taken
    top = box.y + box.h - _HEIGHT * len(lines)
    for number, line in enumerate(lines):
        y = top + _HEIGHT * (number + 0.5)
        for at, words, colour in line:
            canvas.line([box.x + at + 4, box.x + at + 18], [y, y], colour, 2.5)
            canvas.text(box.x + at + 23, y, words, _SIZE, canvas.theme.text)
    return _HEIGHT * len(lines)
