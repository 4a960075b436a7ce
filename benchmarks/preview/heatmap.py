"""Heatmaps: how many values are in each cell of time and size."""

from collections import Counter

from matplotlib import colormaps
from matplotlib.colors import Normalize

from benchmarks.preview.axis import Scale, value_axis
from benchmarks.preview.canvas import Box
from benchmarks.preview.looks import Looks
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown

_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}


def draw(scene: Scene, box: Box, shown: Shown) -> None:
    """Draw a panel's contents."""
    options = shown.panel["options"]
    across = options["calculation"]["xBuckets"]["value"]
    wide, high = int(across[:-1]) * _UNITS_MS[across[-1]], float(options["calculation"]["yBuckets"]["value"])
    cells: Counter[tuple[float, float]] = Counter()
    for frame in shown.frames:
        times = next(each.values for each in frame.fields if each.kind == "time")
        values = next((each.values for each in frame.fields if each.kind == "number"), ())
        for at, value in zip(times, values, strict=True):
            if value is not None and scene.from_ms <= at <= scene.to_ms:
                cells[at // wide * wide, value // high * high] += 1
    if not cells:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    axis = options["yAxis"]
    said = {"unit": axis.get("unit", "none"), "decimals": axis.get("decimals"), "min": axis["min"], "max": axis["max"]}
    looks = Looks(said, "", scene.canvas.theme)
    axes = value_axis(scene, box, Scale.of([axis["min"], axis["max"]], looks), looks)
    colours, much = colormaps[options["color"]["scheme"].lower()], Normalize(0, max(cells.values()))
    axes.grid(visible=False)
    for (at, value), number in cells.items():
        axes.bar(at, high * 0.92, wide * 0.92, bottom=value, align="edge", color=colours(much(number)), linewidth=0)
