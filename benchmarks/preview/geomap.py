"""Maps, without their ground: what that is, the map's maker knows."""

import math

from benchmarks.preview.canvas import Box
from benchmarks.preview.looks import looks_of
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown


def draw(scene: Scene, box: Box, shown: Shown) -> None:
    """Draw a panel's contents."""
    layer = shown.panel["options"]["layers"][0]
    where, style = layer["location"], layer["config"]["style"]
    frame = next((frame for frame in shown.frames if len(frame)), None)
    places = [frame.field(where[name]) for name in ("latitude", "longitude")] if frame else []
    felt = frame.field(style["color"]["field"]) if frame else None
    if frame is None or felt is None or None in places:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    looks = looks_of(shown.panel, felt, scene.canvas.theme)
    latitudes, longitudes = (each.values for each in places if each is not None)
    points = [
        (east, north, looks.stepped(value) if value is not None else scene.canvas.theme.dim)
        for north, east, value in zip(latitudes, longitudes, felt.values, strict=True)
        if north is not None
    ]
    if not points:
        scene.nothing(box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"))
        return
    axes = scene.canvas.axes(box)
    axes.set_aspect(1 / math.cos(math.radians(points[0][1])), adjustable="datalim")
    axes.margins(0.1)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(scene.canvas.theme.grid)
    easts, norths, colours = zip(*points, strict=True)
    axes.scatter(easts, norths, s=style["size"]["fixed"] ** 2, c=colours, alpha=style["opacity"], linewidths=0)
