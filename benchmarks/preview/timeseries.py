"""Lines, bars and points over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from benchmarks.preview.axis import Scale, value_axis
from benchmarks.preview.canvas import Box
from benchmarks.preview.legend import legend
from benchmarks.preview.looks import Json, Looks, looks_of
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown
from dashboards.asking.frames import Frame

Points = list[tuple[float, float]]


@dataclass(slots=True)
class Curve:
    """One line, or the bars of one name.

    Attributes:
        looks: its own.
        colour: likewise.
        points: moments and values, without those that have none.
        gaps: moments without a value.
        base: what it stands on, by moment.
    """

    looks: Looks
    colour: str
    points: Points
    gaps: list[float]
    base: dict[float, float] = field(default_factory=dict)

    @property
    def is_bars(self) -> bool:
        """Instead of a line or points."""
        return bool(self.looks.get("custom.drawStyle") == "bars")

    @property
    def is_unnamed(self) -> bool:
        """Not in the legend."""
        return bool((self.looks.get("custom.hideFrom") or {}).get("legend"))

    @property
    def stack(self) -> str | None:
        """The name of the stack that it is a part of."""
        stacking = self.looks.get("custom.stacking") or {}
        return str(stacking.get("group")) if stacking.get("mode") == "normal" else None

    def tops(self) -> list[float]:
        """How far up it goes."""
        return [value + self.base.get(at, 0) for at, value in self.points]


def draw(scene: Scene, box: Box, shown: Shown) -> None:
    """Draw a panel's contents."""
    curves = curves_of(scene, shown.panel, shown.frames)
    if not any(curve.points for curve in curves):
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    _put_on_stacks(curves)
    named = [(curve.looks.title, curve.colour) for curve in curves if not curve.is_unnamed]
    plot = box.inside(bottom=legend(scene.canvas, box, named))
    first = curves[0].looks
    scale = Scale.of([value for curve in curves for value in curve.tops()], first, bars=any(c.is_bars for c in curves))
    axes = value_axis(scene, plot, scale, first)
    _ground(axes, first, scale)
    bars = [curve for curve in curves if curve.is_bars]
    for curve in curves:
        if not curve.is_bars:
            _line(axes, curve, curves, plot.w)
    for curve in bars:
        _bars(axes, curve, bars, scene)
    for mark in scene.marks:
        axes.axvline(mark.at_ms, color=mark.colour, linewidth=1, linestyle=(0, (3, 3)))


def curves_of(scene: Scene, panel: Json, frames: Sequence[Frame]) -> list[Curve]:
    """All numbers of all frames over their times."""
    found: list[Curve] = []
    every = {at for frame in frames for at in frame.fields[0].values} if frames else set()
    for frame in frames:
        times = next((each.values for each in frame.fields if each.kind == "time"), None)
        for each in frame.fields:
            if each.kind != "number" or times is None:
                continue
            looks = looks_of(panel, each, scene.canvas.theme)
            known = [(at, value) for at, value in zip(times, each.values, strict=True) if value is not None]
            colour = looks.line_colour(len(found))
            points = [point for point in known if scene.from_ms <= point[0] <= scene.to_ms]
            found.append(Curve(looks, colour, points, sorted(every - {at for at, _ in known})))
    return found


def _put_on_stacks(curves: Sequence[Curve]) -> None:
    heights: dict[str, dict[float, float]] = {}
    for curve in curves:
        if curve.stack is not None:
            height = heights.setdefault(curve.stack, {})
            curve.base = {at: height.get(at, 0.0) for at, _ in curve.points}
            for at, value in curve.points:
                height[at] = height.get(at, 0.0) + value


def _ground(axes: Axes, looks: Looks, scale: Scale) -> None:
    """Thresholds, as lines or as colours of the ground."""
    mode = (looks.get("custom.thresholdsStyle") or {}).get("mode", "off")
    steps = looks.steps
    for number, step in enumerate(steps):
        low = scale.low if step.get("value") is None else step["value"]
        high = steps[number + 1]["value"] if number + 1 < len(steps) else scale.high
        colour = step["color"]
        if colour == "transparent" or mode == "off":
            continue
        if "area" in mode and low < scale.high and high > scale.low:
            axes.axhspan(max(low, scale.low), min(high, scale.high), color=colour, alpha=0.12, linewidth=0)
        if ("line" in mode or "dashed" in mode) and step.get("value") is not None and scale.low < low < scale.high:
            axes.axhline(low, color=colour, linewidth=1.2, linestyle="--" if "dashed" in mode else "-")


def _line(axes: Axes, curve: Curve, curves: Sequence[Curve], width: float) -> None:
    looks = curve.looks
    drawn = looks.get("custom.drawStyle", "line") == "line"
    if below := looks.get("custom.fillBelowTo"):
        other = next((each for each in curves if each.looks.title == below), None)
        if other is not None:
            low = dict(other.points)
            both = [(at, value, low[at]) for at, value in curve.points if at in low]
            opacity = looks.get("custom.fillOpacity", 0) / 100
            xs, highs, lows = zip(*both, strict=True) if both else ((), (), ())
            axes.fill_between(xs, highs, lows, color=curve.colour, alpha=opacity, linewidth=0)
    for run in _runs(curve):
        style = "steps-post" if looks.get("custom.lineInterpolation") == "stepAfter" else "default"
        if drawn and looks.get("custom.lineWidth", 1):
            wide = looks.get("custom.lineWidth", 1) * 0.72
            axes.plot(*zip(*run, strict=True), color=curve.colour, linewidth=wide, drawstyle=style)
    size = looks.get("custom.pointSize", 5)
    shown = looks.get("custom.showPoints", "auto")
    sparse = len(curve.points) <= width / (2 * size)
    on_line = shown == "auto" and sparse and looks.get("custom.lineWidth", 1)
    if curve.points and (not drawn or shown == "always" or on_line):
        xs, ys = zip(*curve.points, strict=True)
        axes.scatter(xs, ys, (size * 0.72) ** 2, color=curve.colour, linewidths=0)


def _runs(curve: Curve) -> list[Points]:
    """The parts of a line: a gap that is longer than `spanNulls` divides it."""
    longest = curve.looks.get("custom.spanNulls", False)
    runs: list[Points] = []
    gaps = curve.gaps
    place = 0
    for point in curve.points:
        while place < len(gaps) and runs and gaps[place] <= runs[-1][-1][0]:
            place += 1
        divided = bool(runs) and place < len(gaps) and gaps[place] < point[0]
        if divided and longest is not False:
            divided = longest is not True and point[0] - runs[-1][-1][0] > longest
        if not runs or divided:
            runs.append([])
        runs[-1].append(point)
    return runs


def _bars(axes: Axes, curve: Curve, bars: Sequence[Curve], scene: Scene) -> None:
    moments = sorted({at for each in bars for at, _ in each.points})
    steps = [later - earlier for earlier, later in pairwise(moments)]
    apart = min(steps, default=(scene.to_ms - scene.from_ms) / 20)
    wide = apart * curve.looks.get("custom.barWidthFactor", 0.6)
    alone = curve.stack is not None
    beside = [each for each in bars if each.stack is None]
    share = 1 if alone else max(len(beside), 1)
    shift = 0.0 if alone else (beside.index(curve) - (share - 1) / 2) * wide / share
    opacity = curve.looks.get("custom.fillOpacity", 0) / 100
    values = [value for _, value in curve.points]
    base = [curve.base.get(at, 0.0) for at, _ in curve.points]
    where = [at + shift for at, _ in curve.points]
    edge = curve.looks.get("custom.lineWidth", 1) * 0.72
    fill = to_rgba(curve.colour, opacity)
    axes.bar(where, values, width=wide / share, bottom=base, facecolor=fill, edgecolor=curve.colour, linewidth=edge)
