"""`paceline run` notices that its Mosquitto has died."""

import json
import signal
from pathlib import Path

import psutil

from tests.paceline.test_local import StartRun, body, start_run

__all__ = ["start_run"]  # a fixture


def mosquitto_of(pid: int) -> psutil.Process:
    (broker,) = (
        child for child in psutil.Process(pid).children() if any("mosquitto.conf" in part for part in child.cmdline())
    )
    return broker


def test_a_broker_that_was_killed_is_started_again(start_run: StartRun) -> None:
    run = start_run("--no-demo")
    upload = json.dumps(body("meals")).encode()
    assert run.post("/meals", upload)[0] == 201
    killed = mosquitto_of(run.child.pid)
    killed.send_signal(signal.SIGKILL)
    run.child.wait_ready(lambda: "mosquitto ended, starting it again" in run.child.log.read_text())
    run.child.wait_ready(lambda: run.post("/meals", upload)[0] == 201)
    assert mosquitto_of(run.child.pid).pid != killed.pid
    assert run.interrupt() == 0
    assert run.child.log.read_text().count("mosquitto ended") == 1


def test_a_broker_that_cannot_be_started_again_ends_the_run_with_words(start_run: StartRun, tmp_path: Path) -> None:
    run = start_run("--no-demo")
    (tmp_path / "data" / "broker" / "mosquitto.conf").write_text("no_such_option true\n")
    mosquitto_of(run.child.pid).send_signal(signal.SIGKILL)
    assert run.child.process
    assert run.child.process.wait(60) == 1
    said = run.child.log.read_text()
    assert "mosquitto ended at its start" in said
    assert "no_such_option" in said
    assert "Traceback" not in said
