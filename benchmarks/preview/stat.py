"""One figure, large."""

from collections.abc import Sequence
from typing import Any

from benchmarks.preview.canvas import Box
from benchmarks.preview.looks import Looks, looks_of
from benchmarks.preview.scene import Scene
from dashboards.asking.asker import Shown
from dashboards.asking.frames import Field


def draw(scene: Scene, box: Box, shown: Shown) -> None:
    """Draw a panel's contents."""
    options = shown.panel["options"]["reduceOptions"]
    wanted = options.get("fields", "").strip("/^$")
    fields = [field for frame in shown.frames for field in frame.fields if _is_asked_for(field, wanted)]
    if not fields:
        _words(scene, box, shown.panel["fieldConfig"]["defaults"].get("noValue", "No data"), scene.canvas.theme.dim)
        return
    room = box.w / len(fields)
    for number, field in enumerate(fields):
        looks = looks_of(shown.panel, field, scene.canvas.theme)
        part = Box(box.x + number * room, box.y, room, box.h)
        _figure(scene, part, looks, _last(field.values))


def _figure(scene: Scene, box: Box, looks: Looks, value: Any) -> None:
    # A text has the colour of the lowest threshold, as in Grafana.
    colour = looks.colour(value) or looks.stepped(float("-inf")) or scene.canvas.theme.text
    _words(scene, box, looks.words(value, scene.to_ms), colour)


def _is_asked_for(field: Field, wanted: str) -> bool:
    return wanted in {field.name, field.title} if wanted else field.kind == "number"


def _last(values: Sequence[Any]) -> Any:
    return next((value for value in reversed(values) if value is not None), None)


def _words(scene: Scene, box: Box, words: str, colour: str) -> None:
    """As large as there is room for."""
    canvas = scene.canvas
    wide = canvas.width_of(words, 100) or 1
    size = min(100 * 0.84 * box.w / wide, box.h * 0.78, 60)
    canvas.text(box.x + box.w / 2, box.y + box.h / 2, words, size, colour, align="center", bold=size > 26)
