"""Every question of every board, asked of real databases with people in them."""

from typing import Any

import pytest

from dashboards.asking.asker import Asker, panels_of
from dashboards.asking.sources import Sources
from tests.dashboards.conftest import Care, board


@pytest.mark.parametrize("name", ["roster", "client"])
async def test_every_question_of_a_board_is_answered(name: str, care: Care, sources: Sources) -> None:
    asker = Asker(board(name), sources, care.now_ms)
    for asked in await asker.choose():
        assert asked.frames
    for panel in panels_of(asker.board):
        shown = await asker.show(panel)
        print(
            panel["title"],
            [
                [(f.title, f.kind, len(f.values), f.values[-1] if f.kind != "frame" else "") for f in fr.fields]
                for fr in shown.frames
            ][:6],
        )
    await asker.annotate()
