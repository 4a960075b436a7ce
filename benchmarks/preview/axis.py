"""The axes of a panel over time: values to the left, moments below."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.preview.canvas import Box
from benchmarks.preview.looks import Looks
from benchmarks.preview.scene import Scene

_BELOW = 20


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of values, and the ticks on it."""

    low: float
    high: float
    ticks: Sequence[float]

    @classmethod
    def of(cls, values: Sequence[float], looks: Looks, *, bars: bool = False, most: int = 6) -> "Scale":
        """That holds all values, and what the settings ask for; bars stand on 0."""
        softly = [looks.get(f"custom.axisSoft{end}") for end in ("Min", "Max")]
        taken = [*values, *(each for each in softly if each is not None), *([0.0] if bars else [])]
        low, high = looks.get("min", min(taken)), looks.get("max", max(taken))
        if low == high:
            low, high = min(2 * low, 0.0), max(2 * high, 0.0) or float(low == 0)
        step = _step((high - low) / most)
        if looks.get("decimals") == 0:
            step = max(math.ceil(step - 1e-9), 1)
        if low not in {looks.get("min"), softly[0]}:
            low = math.floor(low / step) * step
        if high not in {looks.get("max"), softly[1]}:
            high = math.ceil(high / step + 0.05) * step
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return cls(low, high, [number * step for number in range(first, last + 1)])

    @property
    def decimals(self) -> int:
        """That ticks need to be told apart."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        size = math.floor(math.log10(step) + 1e-9)
        return max(-size, 0) + (size < 1 and round(step / 10.0**size, 3) == 2.5)


def _step(least: float) -> float:
    size = 10.0 ** math.floor(math.log10(least))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= least * 0.999)


def value_axis(scene: Scene, box: Box, scale: Scale, looks: Looks) -> Any:
    """Axes with both scales, in a box that has room for their words."""
    words = [looks.words(tick, scene.to_ms, scale.decimals or None) for tick in scale.ticks]
    left = 10 + max((scene.canvas.width_of(each, 11) for each in words), default=20)
    plot = box.inside(left=left, top=6, right=8, bottom=_BELOW)
    axes: Any = scene.canvas.axes(plot)  # the library's own types are incomplete
    axes.set_xlim(scene.from_ms, scene.to_ms)
    axes.set_ylim(scale.low, scale.high)
    moments = scene.time_ticks(max(int(plot.w // 70), 2))
    axes.set_xticks([at for at, _ in moments], [said for _, said in moments])
    axes.set_yticks(list(scale.ticks), words)
    axes.grid(visible=True, color=scene.canvas.theme.grid, linewidth=0.8)
    return axes
