"""docker-compose.yml is one, and keeps its own rules."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from paceline.settings import Settings
from paceline.stack import Stack, furnish
from tests.deploy.composition import Service, services, variables, written
from tests.repository.files import ROOT, text, tracked_files

SERVICES = services()
ONCE = {"setup"}
"""Ends when its work is done."""
OURS = {name for name, service in SERVICES.items() if "build" in service.said}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def test_it_is_what_the_compose_specification_says() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.schema.json").read_text())
    assert [error.message for error in Draft7Validator(schema).iter_errors(written())] == []


def test_the_schema_would_find_a_mistake() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.schema.json").read_text())
    wrong = {"services": {"api": {"image": "a", "read_onyl": True}}}
    assert not Draft7Validator(schema).is_valid(wrong)


@each_service
def test_a_service_is_confined(service: Service) -> None:
    said = service.said
    user, _, group = said["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert "cap_add" not in said
    assert "privileged" not in said
    assert said["security_opt"] == ["no-new-privileges:true"]
    limits = said["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}


@each_service
def test_a_service_is_pinned_restarted_and_looked_after(service: Service) -> None:
    said = service.said
    assert re.search(r":v?\d+\.\d+[.\d]*(-\w+)?$", said["image"]), "a version, not a moving tag"
    assert said["restart"] == ("no" if service.name in ONCE else "unless-stopped")
    assert said["logging"]["options"].keys() == {"max-size", "max-file"}
    assert ("healthcheck" in said) is (service.name not in ONCE | {"simulator"})


def test_nothing_is_published_but_the_three_doors() -> None:
    published = {name: service.said["ports"] for name, service in SERVICES.items() if "ports" in service.said}
    assert published == {"mosquitto": ["8883:8883"], "api": ["127.0.0.1:8000:8000"], "grafana": ["127.0.0.1:3000:3000"]}
    assert {name for name, each in SERVICES.items() if "outside" in each.said["networks"]} == published.keys()
    assert written()["networks"]["inside"] == {"internal": True}
    assert not any("network_mode" in service.said for service in SERVICES.values())


@each_service
def test_a_service_starts_once_what_it_needs_is_healthy(service: Service) -> None:
    for needed, condition in service.needs.items():
        expected = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert condition == expected, needed
        assert needed in ONCE or "healthcheck" in SERVICES[needed].said


def test_everything_that_asks_a_database_waits_until_it_is_set_up() -> None:
    waiting = {name for name, service in SERVICES.items() if "setup" in service.needs}
    assert waiting >= {"mosquitto", "warden", "ingestor", "insights", "api", "grafana", "prometheus"}
    assert set(SERVICES["setup"].needs) == {"influxdb", "postgres"}


@each_service
def test_no_secret_stands_in_the_environment(service: Service) -> None:
    for name, value in service.environment.items():
        secret = re.search("PASSWORD|TOKEN|SECRET|KEY", name)
        assert not secret or value.startswith(("/run/secrets", "/stack/secrets")) or not value, name
        assert "://" not in value or "@" not in value, name


@each_service
def test_a_service_sees_its_own_secrets_and_its_own_data_only(service: Service) -> None:
    shared = {"mosquitto": {"stack/data/mosquitto"}, "warden": {"stack/data/mosquitto"}}
    own = {
        "api": {"stack/secrets/keys", "stack/secrets/authority/ca.pem", "stack/secrets/authority/ca.key"},
        "mosquitto": {"stack/secrets/authority/broker"},
        "setup": {"stack"},
        "influxdb": {"stack/backup"},
        "postgres": {"stack/backup"},
    }
    for mount in service.mounts:
        source = mount.source.removeprefix("./")
        if not source.startswith("stack"):
            assert mount.read_only, source
            continue
        usual = {f"stack/{what}/{service.name}" for what in ("secrets", "data")}
        usual.add(f"stack/secrets/authority/svc-{service.name}")
        assert source in usual | own.get(service.name, set()) | shared.get(service.name, set())
        written_to = source.startswith(("stack/data", "stack/backup", "stack/secrets/keys")) or source == "stack"
        assert mount.read_only is not written_to, source


def test_all_that_is_mounted_is_there_once_the_folder_is_made(tmp_path: Path) -> None:
    furnish(Stack(tmp_path / "stack"), [], simulator=True)
    for service in SERVICES.values():
        for mount in service.mounts:
            path = mount.source.removeprefix("./")
            assert ((tmp_path if path.startswith("stack") else ROOT) / path).exists(), path


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_are_told_only_what_they_know(name: str) -> None:
    known = {"FORWARDED_ALLOW_IPS", *(f"PACELINE_{each.upper()}" for each in Settings.model_fields)}
    assert SERVICES[name].environment.keys() <= known


@pytest.mark.parametrize(("proxy", "seen"), [("172.18.0.1", "203.0.113.7"), ("198.51.100.9", "198.51.100.9")])
async def test_the_api_believes_a_proxy_of_this_machine_and_no_other(proxy: str, seen: str) -> None:
    trusted = SERVICES["api"].environment["FORWARDED_ALLOW_IPS"]
    clients: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        clients.append(scope["client"][0])

    headers = [(b"x-forwarded-for", b"10.1.1.1, 203.0.113.7")]
    scope: Any = {"type": "http", "client": (proxy, 1), "scheme": "http", "headers": headers}
    await ProxyHeadersMiddleware(app, trusted_hosts=trusted)(scope, None, None)  # type: ignore[arg-type]
    assert clients == [seen]


def test_the_file_of_a_secret_is_read_where_it_is_mounted() -> None:
    for service in SERVICES.values():
        targets = [Path(mount.target) for mount in service.mounts]
        for file in (Path(value) for value in service.environment.values() if "/secrets/" in value):
            assert any(file.is_relative_to(target) or target.is_relative_to(file) for target in targets), file


def test_every_variable_that_an_operator_may_set_is_documented() -> None:
    guide = text("docs/operations.md")
    asked = variables()
    assert {name for name, (how, _) in asked.items() if how == "?"} == {"PACELINE_UID", "PACELINE_GID"}
    assert [name for name in asked if f"`{name}`" not in guide] == []


def test_the_image_is_of_this_version() -> None:
    version = re.search(r'^version = "(.*)"$', text("pyproject.toml"), flags=re.MULTILINE)
    assert version
    assert {SERVICES[name].said["image"] for name in OURS} == {f"paceline:{version[1]}"}
    assert f"docker build --tag paceline:{version[1]} ." in text("README.md")


def stages() -> list[str]:
    """The Dockerfile's stages."""
    return re.split(r"^(?=FROM )", text("Dockerfile"), flags=re.MULTILINE)[1:]


def test_the_image_is_small_and_nobody_s() -> None:
    _build, last = stages()
    assert len({stage.split()[1] for stage in stages()}) == 1, "one base, so that what is built runs"
    assert re.match(r"FROM python:3\.\d+\.\d+-slim\n", last)
    user = re.search(r"^USER (\d+):(\d+)$", last, flags=re.MULTILINE)
    assert user
    assert int(user[1]) > 0
    assert "HEALTHCHECK" in last
    assert "apt-get" not in last
    assert "pip install" not in last


def test_the_image_gets_checked_packages_and_no_more_of_the_folder_than_it_is_made_from() -> None:
    build, _last = stages()
    assert "--require-hashes --requirement /build/requirements.txt" in build
    assert "--no-build-isolation" in build
    ignored = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*"
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    packages: Any = re.search(r"^packages = \[(.*)\]$", text("pyproject.toml"), flags=re.MULTILINE)
    rooms = set(re.findall(r'"(\w+)"', packages[1]))
    assert let_in == rooms | {"pyproject.toml", "requirements.txt", "README.md", "LICENSE"}


def test_the_package_in_the_image_has_every_file_of_every_room(tmp_path: Path) -> None:
    let_in = [line.removeprefix("!") for line in text(".dockerignore").splitlines() if line.startswith("!")]
    files = [path.relative_to(ROOT) for path in tracked_files()]
    context = [path for path in files if path.parts[0] in let_in]
    for path in context:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "made"]
    subprocess.run(build, check=True, capture_output=True, cwd=tmp_path)
    [wheel] = (tmp_path / "made").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    rooms = {str(path) for path in context if len(path.parts) > 1}
    assert rooms >= {"broker/acl", "broker/mosquitto.conf", "paceline/cli.py"}
    assert rooms <= packed
