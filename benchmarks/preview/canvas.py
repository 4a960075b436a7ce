"""A sheet to draw on, measured as a browser does: pixels from the upper left corner."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from benchmarks.preview.theme import Theme
from dashboards import palette

mpl.rcParams["axes.unicode_minus"] = False
_DPI = 100
_FONT = "DejaVu Sans"
_NARROWER = 0.92
"""The font that the plotting library brings, at a size at which its words take what Grafana's (Inter) take."""
_COLOURS = 256
"""Of a PNG with a palette."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; `x` and `y` are its upper left corner."""

    x: float
    y: float
    w: float
    h: float

    def inside(self, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> "Box":
        """Without these margins."""
        return Box(self.x + left, self.y + top, max(self.w - left - right, 1), max(self.h - top - bottom, 1))


class Canvas:
    """One picture.

    Args:
        width, height: pixels.
        theme: whose ground it has.
    """

    def __init__(self, width: int, height: int, theme: Theme) -> None:
        self.width, self.height, self.theme = width, height, theme
        self.figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=theme.ground)
        # The library's own types say nothing of these.
        agg: Any = FigureCanvasAgg(self.figure)
        self._agg, self._renderer = agg, agg.get_renderer()
        self._fonts: dict[tuple[float, bool], FontProperties] = {}

    def text(self, x: float, y: float, words: str, size: float, colour: str, **how: Any) -> None:
        """Words whose middle is at `y`; `align` is left, center or right, `bold` as it says."""
        style: dict[str, Any] = {"fontproperties": self._font(size, bold=how.get("bold", False)), "color": colour}
        at = (x / self.width, 1 - y / self.height)
        self.figure.text(*at, words, ha=how.get("align", "left"), va="center_baseline", parse_math=False, **style)

    def width_of(self, words: str, size: float, *, bold: bool = False) -> float:
        """Pixels that words take."""
        measured = self._renderer.get_text_width_height_descent(words, self._font(size, bold=bold), ismath=False)
        return float(measured[0])

    def shortened(self, words: str, size: float, room: float, *, bold: bool = False) -> str:
        """As much of the words as there is room for."""
        if self.width_of(words, size, bold=bold) <= room:
            return words
        while words and self.width_of(words + "…", size, bold=bold) > room:
            words = words[:-1]
        return words.rstrip() + "…" if words else ""

    def wrapped(self, words: str, size: float, room: float) -> list[str]:
        """Words in lines that fit."""
        lines = [""]
        for word in words.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and self.width_of(longer, size) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def rectangle(self, box: Box, colour: str, *, edge: str = "none", radius: float = 0) -> None:
        """A filled rectangle."""
        corner = (box.x / self.width, 1 - (box.y + box.h) / self.height)
        size = (box.w / self.width, box.h / self.height)
        style: dict[str, Any] = {
            "facecolor": colour,
            "edgecolor": edge,
            "linewidth": 0.8,
            "transform": self.figure.transFigure,
        }
        if radius:
            shape = f"round,pad=0,rounding_size={radius / self.width}"
            rounded = FancyBboxPatch(corner, *size, boxstyle=shape, mutation_aspect=self.width / self.height, **style)
            self.figure.add_artist(rounded)
        else:
            self.figure.add_artist(Rectangle(corner, *size, **style))

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 1.0) -> None:
        """Straight lines from point to point."""
        across, up = [x / self.width for x in xs], [1 - y / self.height for y in ys]
        self.figure.add_artist(Line2D(across, up, color=colour, linewidth=width, solid_capstyle="butt"))

    def axes(self, box: Box) -> Axes:
        """Axes without a frame of their own, as large as the box."""
        corner = (box.x / self.width, 1 - (box.y + box.h) / self.height)
        made = self.figure.add_axes((*corner, box.w / self.width, box.h / self.height), facecolor="none", zorder=2)
        for spine in made.spines.values():
            spine.set_visible(False)
        made.tick_params(length=0, labelsize=7.5, colors=self.theme.dim, labelcolor=self.theme.dim, pad=4)
        made.set_axisbelow(True)
        return made

    def save(self, path: Path) -> None:
        """Write it as a PNG with a palette."""
        self._agg.draw()
        whole = Image.frombuffer("RGBA", self._agg.get_width_height(), bytes(self._agg.buffer_rgba())).convert("RGB")
        whole.quantize(palette=_palette(whole, self.theme), dither=Image.Dither.NONE).save(path, optimize=True)

    def _font(self, size: float, *, bold: bool) -> FontProperties:
        key = (size, bold)
        if key not in self._fonts:
            weight = "bold" if bold else "normal"
            self._fonts[key] = FontProperties(family=_FONT, size=size * _NARROWER * 72 / _DPI, weight=weight)
        return self._fonts[key]


def _palette(whole: Image.Image, theme: Theme) -> Image.Image:
    """The colours that are most of the picture, and those that mean something however little of them there is."""
    meant = [*(value for value in vars(palette).values() if str(value).startswith("#")), *astuple(theme)]
    counted: Any = whole.getcolors(whole.width * whole.height)
    found = sorted(counted, reverse=True)
    colours = dict.fromkeys([*(_parts(each) for each in meant), *(colour for _, colour in found)])
    made = Image.new("P", (1, 1))
    made.putpalette([part for colour in list(colours)[:_COLOURS] for part in colour])
    return made


def _parts(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
