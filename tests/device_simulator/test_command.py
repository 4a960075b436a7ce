import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import msgspec
import pytest

from contract import topics
from contract.catalogue import CATALOGUE
from contract.reading import read_batch
from contract.stamping import Horizon
from device_simulator.ledger_reader import read_ledger
from device_simulator.scenario import shipped_scenarios
from paceline.processes import free_port
from tests.device_simulator.answerer import Answerer
from tests.servers.mosquitto import MosquittoServer

ROOT = Path(__file__).parents[2]
LIMIT_S = 60
COMMAND = [sys.executable, "-m", "device_simulator"]


def dry_run(*arguments: str) -> list[str]:
    done = subprocess.run([*COMMAND, "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def run(broker: MosquittoServer, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "--broker", str(broker.endpoint), "--ledger", str(folder / "ledger"), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)


def test_the_help_names_every_scenario() -> None:
    shown = subprocess.run([*COMMAND, "--help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert all(name in shown for name in shipped_scenarios())


_WITHOUT_END = {"steady", "live", "flaky", "storm"}


@pytest.mark.parametrize("name", [name for name in shipped_scenarios() if name not in {"hostile", "lives"}])
def test_a_dry_run_prints_what_the_contract_takes(name: str) -> None:
    # At once all of peak is 23,000 batches; its first burst is 500.
    speed, duration_s = ("1", "5") if name == "peak" else ("1440", "0.5" if name in _WITHOUT_END else "60")
    arguments = ("--devices", "3", "--seed", "9", "--lives", "3", "--speed", speed, "--duration", duration_s)
    lines = dry_run("--scenario", name, *arguments)
    assert len(lines) >= 3
    for line in lines:
        document = msgspec.json.decode(line)
        assert list(document) == ["topic", "payload"]
        user_id, kind = topics.read_telemetry(document["topic"])
        payload = msgspec.json.encode(document["payload"])
        assert not read_batch(CATALOGUE[kind], user_id, payload, Horizon(0, 10**14)).rejected


def test_a_dry_run_of_a_day_prints_the_whole_day() -> None:
    lines = dry_run("--scenario", "day", "--devices", "20", "--seed", "9")
    assert len({msgspec.json.decode(line)["payload"]["user_id"] for line in lines}) == 20


def test_a_dry_run_of_hostile_devices_prints_what_is_no_json_in_base_64() -> None:
    lines = dry_run("--scenario", "hostile", "--devices", "50", "--duration", "60", "--interval", "2")
    assert {tuple(msgspec.json.decode(line)) for line in lines} == {("topic", "payload"), ("topic", "payload_base64")}


def test_speed_and_number_of_processes_change_nothing() -> None:
    lives = ("--scenario", "lives", "--days", "1", "--seed", "9")
    whole = dry_run(*lives, "--devices", "4", "--speed", "60")
    parts = dry_run(*lives, "--devices", "2") + dry_run(*lives, "--devices", "2", "--start-index", "2")
    assert sorted(whole) == sorted(parts)
    assert whole != dry_run("--scenario", "lives", "--days", "1", "--devices", "4", "--seed", "10")


def test_who_has_read_enough_of_a_dry_run_may_close_it() -> None:
    with subprocess.Popen(
        [*COMMAND, "--dry-run", "--devices", "100", "--interval", "0.1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 0


def test_it_says_at_the_end_what_became_of_everything(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    done = run(own_mosquitto, tmp_path, "--devices", "5", "--interval", "0.1", "--duration", "1",
               "--json", str(tmp_path / "report.json"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    count = len(answerer.firsts)
    assert count > 40
    assert re.search(rf"published +{count}\b", done.stdout)
    assert re.search(rf"receipted +{count}\b", done.stdout)
    found = msgspec.json.decode((tmp_path / "report.json").read_bytes())
    assert (found["published"], found["receipted"], found["errors"]) == (count, count, 0)
    assert (found["scenario"], found["devices"], found["seed"]) == ("steady", 5, 1)
    assert 0 < found["ran_s"] < 60
    assert len(read_ledger(tmp_path / "ledger")[1]) == count


def test_people_with_stories_live_and_the_truth_is_beside(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    done = run(own_mosquitto, tmp_path, "--scenario", "lives", "--devices", "20", "--days", "1", "--duration", "2",
               "--story", "--truth", str(tmp_path / "stories.json"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = msgspec.json.decode((tmp_path / "stories.json").read_bytes())["stories"]
    heard = {msgspec.json.decode(each.payload)["user_id"] for each in answerer.firsts}
    assert {each["user_id"] for each in told} <= heard


def test_a_run_that_nobody_answers_says_what_is_missing(own_mosquitto: MosquittoServer, tmp_path: Path) -> None:
    arguments = ["--broker", str(own_mosquitto.endpoint), "--devices", "2", "--interval", "0.1", "--days", "3"]
    with subprocess.Popen(
        [*COMMAND, *arguments, "--scenario", "live", "--ledger", str(tmp_path / "ledger")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:  # fmt: skip
        assert running.stderr is not None
        assert "--days has no meaning in this scenario" in running.stderr.readline()
        while "not delivered" not in running.stderr.readline():
            pass
        running.send_signal(signal.SIGINT)
        while not running.stderr.readline().startswith("last receipts"):
            pass
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert "is the ingestor there?" in errors
    assert re.search(r"without an answer +[1-9]", output)


def test_a_wrong_address_leaves_the_ledger_of_the_run_before_as_it_is(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    assert run(own_mosquitto, tmp_path, "--devices", "2", "--interval", "0.1", "--duration", "0.5").returncode == 0
    before = (tmp_path / "ledger").read_bytes()
    own_mosquitto.stop()
    done = run(own_mosquitto, tmp_path, "--devices", "2")
    assert (done.returncode, "Connection refused" in done.stderr) == (1, True)
    assert (tmp_path / "ledger").read_bytes() == before


@pytest.mark.parametrize("scenario", ["steady", "lives"])
def test_a_disk_that_is_full_ends_it_with_a_plain_error(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path, scenario: str
) -> None:
    small = ["sh", "-c", 'ulimit -f 4; exec "$@"', "sh", *COMMAND]
    arguments = ["--broker", str(own_mosquitto.endpoint), "--scenario", scenario, "--interval", "0.1", "--days", "1"]
    done = subprocess.run([*small, *arguments, "--ledger", str(tmp_path / "ledger")],
                          cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)  # fmt: skip
    assert done.returncode == 1
    assert "can't be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("scenario", ["steady", "lives"])
def test_ctrl_c_ends_it_in_order(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path, scenario: str
) -> None:
    arguments = ["--broker", str(own_mosquitto.endpoint), "--scenario", scenario, "--devices", "2", "--days", "1"]
    arguments += ["--ledger", str(tmp_path / "ledger")]
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        running.stderr.readline()
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0, errors
    assert "published" in output


@pytest.mark.parametrize("scenario", ["steady", "lives"])
def test_ctrl_c_does_not_wait_for_a_broker_that_says_nothing(scenario: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(LIMIT_S)
        url = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ["--broker", url, "--scenario", scenario, "--no-ledger"]
        with subprocess.Popen(
            [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as running:
            connection, _ = silent.accept()
            with connection:
                running.send_signal(signal.SIGINT)
                _, errors = running.communicate(timeout=LIMIT_S)
    assert running.returncode == 0, errors
    assert "did not answer" not in errors


def test_ctrl_c_while_modules_are_loaded_leaves_no_traceback() -> None:
    early = "import os, signal, sys; from device_simulator import __main__ as program\n"
    early += "class Hook:\n def find_spec(self, *_): os.kill(os.getpid(), signal.SIGINT)\n"
    early += "sys.meta_path.insert(0, Hook()); program.main()"
    ended = subprocess.run([sys.executable, "-c", early], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, "")


def test_prometheus_is_served_while_it_runs(own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path) -> None:
    port = free_port()
    arguments = ["--broker", str(own_mosquitto.endpoint), "--interval", "0.1", "--ledger", str(tmp_path / "ledger")]
    with subprocess.Popen(
        [*COMMAND, *arguments, "--metrics-port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        while not running.stderr.readline().startswith("running"):
            pass
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{port}/metrics") as response:
            served = response.read().decode()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert "paceline_simulator_connected 100.0" in served
    assert 'paceline_simulator_puback_seconds{quantile="0.99"}' in served


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--broker", "http://nowhere"), "mqtt://"),
        (("--scenario", "nope"), "no scenario 'nope'"),
        (("--scenario", "peak", "--devices", "2000000"), "devices.count"),
        (("--pregenerate",), "duration"),
        (("--story", "--start-index", "20"), "include one of them"),
        (("--start-index", "9999999999"), "--start-index"),
        (("--json", "."), "can't be written"),
        (("--json", "nowhere/report.json"), "can't be written"),
        (("--scenario", "lives", "--devices", "1000000"), "ulimit"),
        (("--scenario", "lives", "--broker", "mqtt://127.0.0.1:1"), "Connection refused"),
        (("--certificates", "nowhere"), "ca.pem"),
    ],
)
def test_what_cannot_be_is_a_plain_error(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, "--no-ledger", "--truth", str(tmp_path / "t"), *arguments],
                          cwd=ROOT, check=False, capture_output=True, text=True)  # fmt: skip
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert "Traceback" not in done.stderr
