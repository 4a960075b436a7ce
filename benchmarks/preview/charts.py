"""Charts without a time axis: bars by name, and how often which values are."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.preview.axis import Scale
from benchmarks.preview.canvas import Box
from benchmarks.preview.legend import legend
from benchmarks.preview.looks import Looks, looks_of
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown
from dashboards.asking.frames import Field

_WIDE_NAMES = 230


def bars(scene: Scene, box: Box, shown: Shown) -> None:
    """A group of bars, or a stack of them, for each name."""
    frame = next((frame for frame in shown.frames if len(frame)), None)
    if frame is None:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    names = [str(value) for value in next(each for each in frame.fields if each.kind != "number").values]
    fields = [each for each in frame.fields if each.kind == "number"]
    looks = [looks_of(shown.panel, each, scene.canvas.theme) for each in fields]
    options = shown.panel["options"]
    if options["legend"]["showLegend"]:
        named = [(each.title, each.line_colour(number)) for number, each in enumerate(looks)]
        box = box.inside(bottom=legend(scene.canvas, box, named))
    draw = _lying if options.get("orientation") == "horizontal" else _standing
    draw(scene, box, names, fields, looks, stacked=options.get("stacking") == "normal")


def _standing(
    scene: Scene, box: Box, names: list[str], fields: Sequence[Field], looks: Sequence[Looks], *, stacked: bool
) -> None:
    heights = np.array([[value or 0.0 for value in each.values] for each in fields])
    tops = heights.sum(axis=0) if stacked else heights.max(axis=0)
    scale = Scale.of([0.0, *tops], looks[0], bars=True)
    words = [looks[0].words(tick, scene.to_ms, scale.decimals or None) for tick in scale.ticks]
    left = 10 + max(scene.canvas.width_of(each, 11) for each in words)
    plot = box.inside(left=left, top=8, right=8, bottom=20)
    axes = scene.canvas.axes(plot)
    every = max(math.ceil(len(names) * max(_widest(scene, names) + 8, 30) / plot.w), 1)
    axes.set_xticks(range(0, len(names), every), names[::every])
    axes.set_yticks(list(scale.ticks), words)
    axes.set_ylim(scale.low, scale.high)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.grid(visible=True, axis="y", color=scene.canvas.theme.grid, linewidth=0.8)
    base = np.zeros(len(names))
    wide = 0.8 if stacked else 0.8 / len(fields)
    for number, (height, each) in enumerate(zip(heights, looks, strict=True)):
        shift = 0.0 if stacked else (number - (len(fields) - 1) / 2) * wide
        where = np.arange(len(names)) + shift
        axes.bar(where, height, wide, bottom=base if stacked else 0, color=each.line_colour(number), alpha=0.75)
        base = base + height
        if not stacked and plot.w / len(names) > 34:
            for x, value in zip(where, height, strict=True):
                said = each.words(float(value), scene.to_ms)
                axes.text(x, value, said, ha="center", va="bottom", fontsize=7.5, color=scene.canvas.theme.text)


def _lying(
    scene: Scene, box: Box, names: list[str], fields: Sequence[Field], looks: Sequence[Looks], *, stacked: bool
) -> None:
    del stacked
    room = min(_widest(scene, names) + 12, _WIDE_NAMES)
    plot = box.inside(left=room, top=4, right=30, bottom=20)
    axes = scene.canvas.axes(plot)
    values = [value or 0.0 for value in fields[0].values]
    scale = Scale.of([0.0, *values], looks[0], bars=True)
    axes.set_xlim(scale.low, scale.high)
    axes.set_xticks(list(scale.ticks), [looks[0].words(tick, scene.to_ms) for tick in scale.ticks])
    axes.set_yticks(range(len(names)), [scene.canvas.shortened(name, 11, room - 10) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(visible=True, axis="x", color=scene.canvas.theme.grid, linewidth=0.8)
    axes.barh(range(len(names)), values, 0.7, color=looks[0].line_colour(0), alpha=0.75)
    for y, value in enumerate(values):
        said = " " + looks[0].words(value, scene.to_ms)
        axes.text(value, y, said, va="center", fontsize=7.5, color=scene.canvas.theme.text)


def histogram(scene: Scene, box: Box, shown: Shown) -> None:
    """How many values are in each bucket."""
    found = [each for frame in shown.frames for each in frame.fields if each.kind == "number"]
    values: list[Any] = [value for each in found for value in each.values if value is not None]
    if not values:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    looks = looks_of(shown.panel, found[0], scene.canvas.theme)
    size = shown.panel["options"]["bucketSize"]
    edges = np.arange(math.floor(min(values) / size) * size, max(values) + size, size)
    counts, edges = np.histogram(values, np.append(edges, edges[-1] + size))
    plot = box.inside(left=26, top=6, right=14, bottom=20)
    axes = scene.canvas.axes(plot)
    axes.bar(edges[:-1], counts, size * 0.96, align="edge", color=looks.line_colour(0), alpha=0.75)
    every = max(math.ceil(len(edges) * 62 / plot.w), 1)
    axes.set_xticks(edges[::every], [looks.words(float(edge), scene.to_ms) for edge in edges[::every]])
    axes.set_yticks(list(Scale.of([0.0, *map(float, counts)], looks, bars=True, most=4).ticks))
    axes.grid(visible=True, axis="y", color=scene.canvas.theme.grid, linewidth=0.8)


def _widest(scene: Scene, names: Sequence[str]) -> float:
    return max(scene.canvas.width_of(name, 11) for name in names)
