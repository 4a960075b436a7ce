"""Pictures of all boards, drawn from what real databases answer."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.preview.sheet import WIDTH
from benchmarks.preview.showing import draw
from benchmarks.preview.theme import DARK, LIGHT
from dashboards.asking.sources import Sources
from tests.dashboards.conftest import ALL_BOARDS, Care

KILOBYTES = 300


@pytest.mark.parametrize("name", ALL_BOARDS)
async def test_a_board_is_drawn_small_enough_to_be_committed(
    name: str, care: Care, sources: Sources, tmp_path: Path
) -> None:
    path = await draw(name, care, sources, LIGHT, tmp_path)
    assert path.stat().st_size < KILOBYTES * 1_024
    with Image.open(path) as picture:
        assert picture.width == WIDTH
        assert picture.mode == "P"
        # Grounds, texts and curves: an empty sheet has a handful of colours.
        assert len(picture.getcolors() or ()) > 50


async def test_the_theme_is_that_which_was_asked_for(care: Care, sources: Sources, tmp_path: Path) -> None:
    path = await draw("roster", care, sources, DARK, tmp_path)
    with Image.open(path) as picture:
        ground = picture.convert("RGB").getpixel((1, 1))
    assert isinstance(ground, tuple)
    assert max(ground) < 40
