"""Every question of every board, asked of real databases with people in them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dashboards.asking.asker import Asker, Shown, panels_of
from dashboards.asking.sources import Sources
from tests.dashboards.conftest import ALL_BOARDS, Care, board
from tests.dashboards.crowd import LEAD
from tests.dashboards.metered import Services

EMPTY_AT_TIMES = {"What changed?", "Are the targets kept?", "How are the devices?", "Why could it not be stored?"}
"""Panels whose emptiness says something."""


async def show_all(name: str, care: Care, sources: Sources) -> list[Shown]:
    """All panels of a board, for all clients; of sessions, those that have a track."""
    shown = []
    for lived in care.lives:
        chosen: dict[str, str] = {"client": lived.user_id, "coach": LEAD.id if name == "cohort" else ""}
        span: tuple[int, int] | None = None
        if name == "session":
            session = next(lived.sessions(), None)
            if session is None:
                continue
            chosen["session"], span = session[0], session[1:]
        asker = Asker(board(name), sources, care.now_ms, chosen=chosen, span=span)
        for asked in await asker.choose():
            assert asked.frames
            assert len(asked.frames[0]), asked.where
        shown += [await asker.show(panel) for panel in panels_of(asker.board)]
        await asker.annotate()
        if "client" not in asker.scope.choices:
            break
    return shown


@pytest.mark.parametrize("name", ALL_BOARDS)
async def test_every_question_of_a_board_is_answered_with_what_its_panels_show(
    name: str, care: Care, sources: Sources
) -> None:
    found: dict[str, set[str]] = {}
    panels: dict[str, Mapping[str, Any]] = {}
    for shown in await show_all(name, care, sources):
        title = shown.panel["title"]
        panels[title] = shown.panel
        titles = {field.title for frame in shown.frames if len(frame) for field in frame.fields}
        found.setdefault(title, set()).update(titles)
    for title, panel in panels.items():
        if title not in EMPTY_AT_TIMES:
            assert found[title], title
            assert set(named_fields(panel)) <= found[title], title


def named_fields(panel: Mapping[str, Any]) -> Iterator[str]:
    """Fields that a panel's settings speak of."""
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["id"] == "byName":
            yield override["matcher"]["options"]
    options = panel.get("options") or {}
    if fields := options.get("reduceOptions", {}).get("fields"):
        yield fields.strip("/^$")


def test_only_metrics_that_a_service_has_are_asked_for() -> None:
    exprs = [
        target["expr"]
        for name in ALL_BOARDS
        for panel in panels_of(board(name))
        for target in panel["targets"]
        if "expr" in target
    ]
    asked = {name for expr in exprs for name in re.findall(r"paceline_\w+", expr)}
    assert asked
    assert asked <= Services().names


def test_no_question_holds_what_a_board_does_not_declare() -> None:
    for name in ALL_BOARDS:
        made = board(name)
        declared = {variable["name"] for variable in made["templating"]["list"]}
        used = set(re.findall(r"\$\{(\w+)", json.dumps(made)))
        assert {each for each in used if not each.startswith("__")} <= declared, name
