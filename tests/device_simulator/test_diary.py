from pathlib import Path

import pytest

from contract.errors import Misconfigured
from device_simulator.diary import Diary


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    Diary(3, {"somebody": 1_700_000_000_000}).write(path)
    assert Diary.read(path, 3) == Diary(3, {"somebody": 1_700_000_000_000})
    assert list(tmp_path.iterdir()) == [path]


def test_of_other_lives_it_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    Diary(3, {"somebody": 1}).write(path)
    assert Diary.read(path, 4) == Diary(4)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"seed": "x"}', b"\xff", b'{"seed": 3, "resume_ms": 5}'])
def test_one_that_cannot_be_read_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo.json"
    path.write_bytes(content)
    assert Diary.read(path, 3) == Diary(3)


def test_none_is_an_empty_one(tmp_path: Path) -> None:
    assert Diary.read(tmp_path / "missing.json", 3) == Diary(3)
    assert Diary.read(None, 3) == Diary(3)


def test_one_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="diary"):
        Diary(3).write(tmp_path / "missing" / "demo.json")
