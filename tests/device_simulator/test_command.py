import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from contract import topics
from contract.catalogue import CATALOGUE
from contract.reading import read_batch
from contract.stamping import Horizon
from tests.device_simulator.answerer import Answerer
from tests.servers.mosquitto import MosquittoServer

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "device_simulator"]


def dry_run(*arguments: str) -> list[str]:
    done = subprocess.run([*COMMAND, "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_a_dry_run_prints_what_the_contract_takes_in_order() -> None:
    lines = dry_run("--devices", "3", "--days", "2", "--seed", "9")
    assert len(lines) > 150
    for line in lines:
        document = msgspec.json.decode(line)
        assert list(document) == ["topic", "payload"]
        user_id, kind = topics.read_telemetry(document["topic"])
        payload = msgspec.json.encode(document["payload"])
        reading = read_batch(CATALOGUE[kind], user_id, payload, Horizon(0, 10**14))
        assert not reading.rejected


def test_speed_and_number_of_processes_change_nothing() -> None:
    whole = dry_run("--devices", "4", "--days", "1", "--seed", "9", "--speed", "60")
    parts = dry_run("--devices", "2", "--days", "1", "--seed", "9")
    parts += dry_run("--devices", "2", "--days", "1", "--seed", "9", "--start-index", "2")
    assert sorted(whole) == sorted(parts)
    assert whole != dry_run("--devices", "4", "--days", "1", "--seed", "10")


def test_it_says_at_the_end_what_became_of_everything(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    arguments = ["--broker", str(own_mosquitto.endpoint), "--devices", "2", "--days", "1", "--duration", "1"]
    done = subprocess.run([*COMMAND, *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    count = len(answerer.firsts)
    assert f"published {count} " in done.stdout
    assert f"receipted {count}  in flight 0 " in done.stdout


def test_ctrl_c_ends_it_in_order(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    arguments = ["--broker", str(own_mosquitto.endpoint), "--devices", "2", "--days", "1"]
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert "published" in output


def test_a_broker_that_is_not_one_is_a_plain_error() -> None:
    done = subprocess.run(
        [*COMMAND, "--broker", "http://nowhere"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "mqtt://" in done.stderr
    assert "Traceback" not in done.stderr
