"""What a device puts on disk survives its death."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.chaos.journal import Answer, Intent, Journal, read_journal

INTENTS = [
    Intent("b0", "meals", {"items": [{"meal_id": "a", "name": "line\nbreak"}]}),
    Intent("again0", "meals", {"items": []}, again=True),
]
ANSWERS = [Answer("b0", complete=True), Answer("again0", complete=False)]
ENTRIES = [*INTENTS, *ANSWERS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(Journal(tmp_path / "ann.journal")) as journal:
        for intent in INTENTS:
            journal.add_intent(intent)
        for answer in ANSWERS:
            journal.add_answer(answer)
    return tmp_path / "ann.journal"


def test_what_was_put_down_is_read_again(path: Path) -> None:
    assert read_journal(path) == ENTRIES
    with closing(Journal(path)) as journal:
        assert journal.entries == ENTRIES


def test_a_device_that_never_began_has_said_nothing(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "nobody.journal") == []


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_dropped_and_the_next_one_is_whole(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    with closing(Journal(path)) as journal:
        kept = journal.entries
        assert kept == ENTRIES[: len(kept)]
        journal.add_answer(Answer("next", complete=True))
    assert read_journal(path) == [*kept, Answer("next", complete=True)]


@given(st.text(), st.text())
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, name: str, value: str) -> None:
    path = tmp_path_factory.mktemp("journal") / "ann.journal"
    intent = Intent("b0", "meals", {name: value})
    with closing(Journal(path)) as journal:
        journal.add_intent(intent)
    assert read_journal(path) == [intent]
