"""Which boards are drawn, for whom, and over which time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from benchmarks.coached import Lived
from benchmarks.preview.scene import Mark
from benchmarks.preview.sheet import sheet, write
from benchmarks.preview.theme import Theme
from dashboards.asking.asker import Asked, Asker, Shown, panels_of
from dashboards.asking.expanding import Choice
from dashboards.asking.sources import Sources
from dashboards.building import BOARDS, FOLDER

STORIES = {"client": "overreaching", "training": "overreaching", "recovery": "rising blood pressure"}
"""Who is on a board; on others somebody to whom nothing happened."""


class Peopled(Protocol):
    """Databases in which people have lived."""

    @property
    def lives(self) -> Sequence[Lived]:
        """Who they are, and what their devices published."""

    @property
    def now_ms(self) -> int:
        """Until when, milliseconds since 1970 UTC."""

    def of(self, story: str | None) -> Lived:
        """The first to whom this happened."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """What somebody has chosen on a board.

    Attributes:
        values: by variable.
        span: the time range, milliseconds since 1970 UTC; None: the board's own.
    """

    values: Mapping[str, str]
    span: tuple[int, int] | None = None


def chosen_on(name: str, world: Peopled) -> Choosing:
    """What makes a board worth looking at."""
    if name == "session":
        lived, (session, *span) = max(
            ((lived, each) for lived in world.lives for each in lived.sessions()),
            key=lambda found: found[1][2] - found[1][1],
        )
        return Choosing({"client": lived.user_id, "session": session}, (span[0], span[1]))
    return Choosing({"client": world.of(STORIES.get(name)).user_id})


async def draw(name: str, world: Peopled, sources: Sources, theme: Theme, folder: Path) -> Path:
    """Ask what a board asks, and write its picture."""
    board = _read(name)
    choosing = chosen_on(name, world)
    asker = Asker(board, sources, world.now_ms, chosen=choosing.values, span=choosing.span)
    offered = await asker.choose()
    panels: dict[int, Shown] = {panel["id"]: await asker.show(panel) for panel in panels_of(board)}
    marks = _marks(board, await asker.annotate())
    span = (asker.scope.from_ms, asker.scope.to_ms)
    chosen = [_in_words(variable, asker.scope.choices, offered) for variable in board["templating"]["list"]]
    path = folder / f"{name}.png"
    said = [each for each in chosen if each]
    write(sheet(board, panels, span, theme=theme, chosen=said, ways=_ways(board), marks=marks), path)
    return path


def _read(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return made


def _ways(board: Mapping[str, Any]) -> list[str]:
    """Titles of the boards that are one click away."""
    found: list[str] = []
    for link in board.get("links", ()):
        if link["type"] == "link":
            found.append(link["title"])
        else:
            others = [other for other in map(_read, BOARDS) if set(link["tags"]) <= set(other["tags"])]
            found += [other["title"] for other in others if other["uid"] != board["uid"]]
    return found


def _marks(board: Mapping[str, Any], asked: list[Asked]) -> list[Mark]:
    colours = {f"annotation {each['name']}": each["iconColor"] for each in board["annotations"]["list"]}
    return [
        Mark(at, colours[each.where])
        for each in asked
        for frame in each.frames
        if (times := frame.field("time"))
        for at in times.values
    ]


def _in_words(variable: Mapping[str, Any], choices: Mapping[str, Choice], asked: list[Asked]) -> tuple[str, str] | None:
    if variable.get("hide") == 2:
        return None
    choice = choices[variable["name"]]
    words = {"$__all": "All"}
    if variable["type"] == "custom":
        parts = (part.partition(" : ") for part in variable["query"].split(","))
        words |= {value.strip(): text.strip() for text, _, value in parts}
    for each in asked:
        for frame in each.frames if each.where == f"variable {variable['name']}" else ():
            texts, values = frame.field("__text"), frame.field("__value")
            if texts and values:
                words |= dict(zip(values.values, texts.values, strict=True))
    value = "$__all" if choice.is_all else choice.values[0]
    return variable["label"], str(words.get(value, value))
