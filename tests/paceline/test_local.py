"""`paceline run`, started as a person starts it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

import pytest

from paceline.processes import Child, find_program, free_port
from tests.devices import Device
from tests.servers.influx import InfluxServer

BODIES = Path(__file__).parents[1] / "bodies"
USER = "3e4567e1-b8bc-4d6a-8c08-4039a2b40000"


# Without the shell's proxies: the server is on this machine.
_opener = build_opener(ProxyHandler({}))


class LocalRun:
    """A `paceline run` on a folder of its own."""

    def __init__(self, data: Path, log: Path, *options: str, env: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", "paceline", "run", "--data", str(data), *options]
        self.note = data / "paceline.json"
        self.tokens: dict[str, str] = {}
        own = {
            "PACELINE_MQTT_PORT": str(free_port()),
            "PACELINE_MQTTS_PORT": str(free_port()),
            "PACELINE_API_PORT": str(free_port()),
            "PACELINE_RETENTION_DAYS": "36500",  # the bodies have dates of their own
        }
        self.child = Child(command, log=log, env={**own, **(env or {})})

    def start(self) -> None:
        self.child.start()
        self.child.wait_ready(self.answers)

    def answers(self) -> bool:
        try:
            return self.note.exists() and self.get("/health", account=None)[0] == 200
        except OSError:
            return False

    def interrupt(self) -> int:
        """Ctrl-C, and the exit code."""
        assert self.child.process
        os.kill(self.child.pid, signal.SIGINT)
        return self.child.process.wait(30)

    @property
    def addresses(self) -> dict[str, Any]:
        return dict(json.loads(self.note.read_text()))

    def get(self, path: str, account: str | None = "me@example.org") -> tuple[int, Any]:
        headers = self.bearer(account) if account else {}
        return self.send(Request(f"{self.addresses['api_url']}{path}", headers=headers))  # noqa: S310  # http

    def post(self, path: str, body: bytes) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", **self.bearer("me@example.org")}
        return self.send(Request(f"{self.addresses['api_url']}{path}", body, headers))  # noqa: S310  # http

    def bearer(self, account: str) -> dict[str, str]:
        """The headers with which one of the run's own accounts asks."""
        if account not in self.tokens:
            password = (self.note.parent / "logins" / account).read_text()
            form = urlencode({"username": account, "password": password}).encode()
            status, answer = self.send(Request(f"{self.addresses['api_url']}/users/login", form))  # noqa: S310  # http
            assert status == 200
            self.tokens[account] = answer["access_token"]
        return {"Authorization": f"Bearer {self.tokens[account]}"}

    def send(self, request: Request) -> tuple[int, Any]:
        try:
            with _opener.open(request, timeout=20) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            return error.code, json.load(error)

    def publish(self, kind: str, payload: bytes, *, times: int = 1) -> None:
        topic = f"v1/users/{USER}/telemetry/{kind}"
        program, port = find_program("mosquitto_pub", "mosquitto-clients"), str(self.addresses["mqtt_port"])
        login = ["-u", USER, "-P", self.password(USER)]
        for _ in range(times):
            subprocess.run(
                [program, "-h", "127.0.0.1", "-p", port, *login, "-q", "1", "-t", topic, "-s"],
                input=payload,
                check=True,
            )

    def password(self, user: str) -> str:
        return (self.note.parent / "passwords" / user).read_text()


StartRun = Callable[..., LocalRun]


@pytest.fixture
def start_run(tmp_path: Path) -> Iterator[StartRun]:
    started: list[LocalRun] = []

    def start(*options: str) -> LocalRun:
        run = LocalRun(tmp_path / "data", tmp_path / "run.log", *options)
        started.append(run)
        run.start()
        return run

    yield start
    for run in started:
        run.child.stop()


@pytest.fixture(scope="module", params=["embedded", "influx"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    """One without people on each store, for the tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("run")
    env = {}
    if request.param == "influx":
        influx: InfluxServer = request.getfixturevalue("influx")
        env = {"PACELINE_INFLUX_URL": influx.url, "PACELINE_INFLUX_DATABASE": f"local_{uuid4().hex}"}
    shared = LocalRun(folder / "data", folder / "run.log", "--no-demo", env=env)
    shared.start()
    yield shared
    shared.child.stop()


def body(kind: str) -> dict[str, Any]:
    """A batch that every installation must take as it stands."""
    return dict(json.loads((BODIES / f"{kind}.json").read_text()))


def with_receipt(run: LocalRun, kind: str, batch: dict[str, Any]) -> dict[str, Any]:
    """Publish a batch and wait until the house has said what became of it."""
    with Device(run.addresses["mqtt_port"], USER, login=(USER, run.password(USER))) as device:
        device.publish(kind, json.dumps(batch | {"batch_id": uuid4().hex}))
        return device.receipt()


@pytest.mark.parametrize("kind", ["meals", "exercises"])
def test_what_mosquitto_pub_publishes_is_read_back_exactly(run: LocalRun, kind: str) -> None:
    batch = body(kind)
    run.publish(kind, json.dumps(batch).encode(), times=10)
    with_receipt(run, kind, batch | {"items": list(reversed(batch["items"]))})
    status, items = run.get(f"/api/v1/users/{USER}/{kind}")
    assert status == 200
    said = {"timestamp": batch["timestamp"], "source_device": batch["source_device"]}
    key = {"meals": "meal_id", "exercises": "exercise_id"}[kind]
    assert {item[key]: item for item in items} == {item[key]: item | said for item in batch["items"]}
    assert len(items) == len(batch["items"])


@pytest.mark.parametrize("path", ["/meals", "/exercises", "/api/v1/meals", "/api/v1/exercises"])
def test_the_same_bodies_over_http_are_answered_with_their_receipt(run: LocalRun, path: str) -> None:
    batch = body(path.rsplit("/", 1)[1])
    status, receipt = run.post(path, json.dumps(batch).encode())
    assert status == 201
    assert (receipt["status"], receipt["stored"], receipt["rejected"]) == ("stored", len(batch["items"]), [])


def test_a_command_beside_it_finds_its_broker_and_gets_in(start_run: StartRun) -> None:
    run = start_run("--no-demo")
    assert with_receipt(run, "moods", body("meals"))["status"] == "rejected"
    command = [sys.executable, "-m", "paceline", "dead-letters", "replay", "--all"]
    env = {"PACELINE_DATA": str(run.note.parent)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "0 of 1 letters stored"), done.stderr
    assert "unknown kind" in done.stdout


def test_stopped_and_started_again_it_has_lost_nothing(start_run: StartRun) -> None:
    run, batch = start_run("--no-demo"), body("meals")
    with_receipt(run, "meals", batch)
    _, before = run.get(f"/api/v1/users/{USER}/meals")
    assert run.interrupt() == 0
    assert not run.note.exists()
    run.start()
    assert run.get(f"/api/v1/users/{USER}/meals") == (200, before)
    assert len(before) == len(batch["items"])


def test_people_live_in_it_unless_they_are_not_wanted(start_run: StartRun) -> None:
    run = start_run()
    (someone,) = re.findall(r"/users/([0-9a-f-]{36})/meals$", run.child.log.read_text(), flags=re.MULTILINE)
    run.child.wait_ready(lambda: bool(run.get(f"/api/v1/users/{someone}/heart_rate")[1]))
    assert run.interrupt() == 0
    assert "simulated people live here" in run.child.log.read_text()
    stories = json.loads((run.note.parent / "stories.json").read_text())["stories"]
    assert len({each["user_id"] for each in stories}) == 5
    run.start()
    assert json.loads((run.note.parent / "stories.json").read_text())["stories"] == stories, "stories go on"


def test_passwords_are_shown_once_and_kept_for_their_owner_only(start_run: StartRun) -> None:
    run = start_run("--no-demo")
    folder = run.note.parent / "logins"
    passwords = {path.name: path.read_text() for path in folder.iterdir()}
    assert passwords.keys() == {"operator@example.org", "me@example.org"}
    assert all(run.child.log.read_text().count(password) == 1 for password in passwords.values())
    kept = [*folder.iterdir(), *(run.note.parent / "keys").iterdir(), folder, folder.parent / "keys"]
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}
    assert run.interrupt() == 0
    run.start()
    assert all(run.child.log.read_text().count(password) == 1 for password in passwords.values())
    assert run.get("/api/v1/users/me")[0] == 200


def test_a_second_run_on_the_same_folder_is_refused_with_words(run: LocalRun) -> None:
    second = subprocess.run(run.child.command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "another `paceline run` uses" in second.stderr


def test_a_port_that_is_taken_is_refused_with_words_when_insisted_on(run: LocalRun, tmp_path: Path) -> None:
    taken = str(run.addresses["mqtt_port"])
    command = [sys.executable, "-m", "paceline", "run", "--data", str(tmp_path / "other"), "--mqtt-port", taken]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"port {taken} is in use" in second.stderr
