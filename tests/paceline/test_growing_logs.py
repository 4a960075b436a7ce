"""The log of a Mosquitto of ours: two files of a bounded size, however long it runs."""

import asyncio
import sys
from pathlib import Path

import pytest

from paceline import growing_logs, mosquitto
from paceline.growing_logs import KEPT_BYTES, keep_small, set_aside, tail
from paceline.mosquitto import keep_running
from paceline.processes import Child

CHATTER = "import time\nwhile True: print('hello', flush=True); time.sleep(0.001)"


def test_the_log_of_the_run_before_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "mosquitto.log"
    set_aside(log)  # there is none
    for run in ("first", "second", "third"):
        set_aside(log)
        log.write_text(run)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "mosquitto.log": "third",
        "mosquitto.log.1": "second",
    }


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "mosquitto.log"
    keep_small(log)  # there is none
    log.write_bytes(b"x" * KEPT_BYTES)
    keep_small(log)
    assert log.stat().st_size == KEPT_BYTES
    assert not (tmp_path / "mosquitto.log.1").exists()


async def test_a_program_writes_on_while_its_log_is_kept_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_logs, "KEPT_BYTES", 100)
    monkeypatch.setattr(mosquitto, "_LOOK_EVERY_S", 0.001)
    log, older = tmp_path / "chatter.log", tmp_path / "chatter.log.1"
    child = Child([sys.executable, "-c", CHATTER], log=log)
    child.start()
    keeping = asyncio.create_task(keep_running(child, port=1))

    def written_on_after_a_cut() -> bool:
        return older.exists() and 0 < log.stat().st_size < older.stat().st_size

    try:
        while not await asyncio.to_thread(written_on_after_a_cut):
            pass
        # NUL bytes would be before what is written after the cut, if it were written where it would have been.
        assert {*older.read_bytes().split(), *log.read_bytes().split()} <= {b"hello"}
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        child.kill()


def test_a_disk_that_is_full_loses_the_older_lines_and_not_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(growing_logs, "copyfile", full)
    log = tmp_path / "mosquitto.log"
    log.write_bytes(b"x" * (KEPT_BYTES + 1))
    keep_small(log)
    assert log.stat().st_size == 0


@pytest.mark.parametrize("lines", [0, 1, 10, 100_000])
def test_the_last_words_are_the_last_lines_of_a_log_of_any_size(tmp_path: Path, lines: int) -> None:
    log = tmp_path / "mosquitto.log"
    log.write_text("".join(f"line {number}\n" for number in range(lines)))
    assert tail(log, 10) == "\n".join(f"line {number}" for number in range(max(0, lines - 10), lines))
