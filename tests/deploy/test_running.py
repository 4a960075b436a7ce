"""A batch goes through the whole stack: from a device with a certificate to the stored item, and to Prometheus."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paceline.processes import free_port
from tests.deploy.alerting import instant
from tests.deploy.natively import Natively
from tests.deploy.visiting import Visitor, api, until, visitor
from tests.repository.files import ROOT


@pytest.fixture
def ann(native: Natively, tmp_path: Path) -> Iterator[Visitor]:
    made = visitor(native, tmp_path)
    yield made
    made.http.close()


def test_a_batch_is_stored_read_summed_up_and_counted(native: Natively, ann: Visitor) -> None:
    receipt = ann.publish("meals", {"meal_id": "1", "calories": 450.0}, {"meal_id": "2", "calories": 150.0})
    assert (receipt["status"], receipt["stored"]) == ("stored", 2)
    found = ann.http.get("/users/me/meals").raise_for_status().json()
    assert {(each["meal_id"], each["calories"]) for each in found} == {("1", 450.0), ("2", 150.0)}
    until(lambda: instant(native, 'paceline_ingest_items_total{kind="meals"} >= 2'))
    until(lambda: instant(native, "sum(paceline_insights_days_total) >= 1"))


def test_prometheus_hears_every_part_and_the_broker_through_its_warden(native: Natively) -> None:
    parts = {"ingestor", "insights", "api", "warden", "machine", "influxdb", "prometheus", "mosquitto"}
    until(lambda: {labels["job"] for labels, _ in instant(native, "paceline:part_up:min == 1")} == parts)
    # The broker says its figures every ten seconds, and rules are worked out in turns.
    until(lambda: instant(native, "paceline_broker_subscriptions"))
    # In a container the machine may have no file system to tell of.
    disks = len(instant(native, "node_filesystem_size_bytes"))
    until(lambda: len(instant(native, "paceline:disk_free:share > 0")) == disks)


def test_a_revoked_device_is_out_at_once(ann: Visitor) -> None:
    assert ann.publish("steps", {"steps": 10})["status"] == "stored"
    assert not ann.is_refused()
    ann.http.delete(f"/devices/{ann.device['id']}").raise_for_status()
    assert ann.is_refused()


def test_the_api_says_that_all_it_needs_is_there(native: Natively) -> None:
    with api(native) as nobody:
        health = nobody.get("/health").raise_for_status().json()
    assert [health[each] for each in ("status", "broker", "series", "records")] == ["ok"] * 4


def test_simulated_people_come_by_the_identity_that_is_made_for_them(native: Natively) -> None:
    native.run_once("again", "setup", "--stack", "stack", "--simulator")
    stored = "sum(paceline_ingest_messages_total)"
    until(lambda: instant(native, stored))
    [(_, before)] = instant(native, stored)
    people = native.run_ours("simulator")
    try:
        until(lambda: instant(native, f"{stored} > {before + 20}"))
        assert people.alive, people.last_words()
    finally:
        people.stop()


@pytest.mark.parametrize("name", ["warden", "ingestor", "insights", "api"])
def test_a_service_of_ours_is_healthy_by_its_own_check_and_not_when_it_is_gone(native: Natively, name: str) -> None:
    service = native.services[name]
    _, python, *check = service.said["healthcheck"]["test"]
    assert python == "python"
    port = re.findall(r"//127\.0\.0\.1:(\d+)", check[-1])[0]
    address = check[-1].replace(f":{port}", f":{native.ports[name]}")
    assert port in service.environment.values(), "the port that it is told"
    assert ended([*check[:-1], address]) == 0
    assert ended([*check[:-1], f"http://127.0.0.1:{free_port()}/metrics"]) == 1


def ended(arguments: list[str]) -> int:
    return subprocess.run([sys.executable, *arguments], check=False, cwd=ROOT).returncode


def test_nothing_that_is_secret_stands_in_a_log(native: Natively) -> None:
    files = [path for path in (native.stack.folder / "secrets").rglob("*") if path.is_file()]
    secrets = {path.read_text().strip() for path in files if path.suffix not in {".pem", ".key"}} - {""}
    assert len(secrets) > 10
    logs = {path.name: path.read_text(errors="replace") for path in native.folder.glob("*.log")}
    assert logs.keys() >= {f"{name}.log" for name in ("setup", "api", "ingestor", "postgres", "mosquitto")}
    for name, said in logs.items():
        assert not any(secret in said for secret in secrets), name
