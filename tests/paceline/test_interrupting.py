"""Ctrl-C at any early moment of `paceline run` ends it without a traceback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from paceline.processes import Child, free_port


def has_loaded(process: psutil.Process, library: str) -> bool:
    return any(library in mapped.path for mapped in process.memory_maps())


def has_started(process: psutil.Process, program: str) -> bool:
    return any(program in part for child in process.children() for part in child.cmdline())


@pytest.fixture
def starting(tmp_path: Path) -> Child:
    command = [sys.executable, "-m", "paceline", "run", "--no-demo", "--data", str(tmp_path / "data")]
    env = {"PACELINE_MQTT_PORT": str(free_port()), "PACELINE_API_PORT": str(free_port())}
    return Child(command, log=tmp_path / "run.log", env=env)


def interrupt(child: Child) -> int:
    assert child.process
    os.kill(child.pid, signal.SIGINT)
    return child.process.wait(30)


# Named by what is loaded by then: an event in each run, however fast the machine is.
@pytest.mark.parametrize("library", ["_pydantic_core", "numpy/_core", "msgspec/", "uvloop/"])
def test_while_modules_are_loaded(starting: Child, library: str) -> None:
    starting.start()
    try:
        process = psutil.Process(starting.pid)
        starting.wait_ready(lambda: has_loaded(process, library))
        assert interrupt(starting) in {0, 130}
    finally:
        starting.stop()
    assert "Traceback" not in starting.log.read_text()


@pytest.mark.parametrize("sign", ["mosquitto", "records.db"])
def test_while_services_are_set_up(starting: Child, sign: str, tmp_path: Path) -> None:
    starting.start()
    try:
        process = psutil.Process(starting.pid)
        starting.wait_ready(lambda: (tmp_path / "data" / sign).exists() or has_started(process, sign))
        assert interrupt(starting) == 0
    finally:
        starting.stop()
    assert "Traceback" not in starting.log.read_text()


def test_before_anything_is_loaded() -> None:
    early = "import os, signal, threading; from paceline import entry\n"
    early += "class Hook:\n def find_spec(self, *_): os.kill(os.getpid(), signal.SIGINT)\n"
    early += "import sys; sys.meta_path.insert(0, Hook()); entry.main()"
    ended = subprocess.run([sys.executable, "-c", early], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")
