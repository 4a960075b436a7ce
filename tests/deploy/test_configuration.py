"""The configuration of what is not ours: by each program's own check where there is one, by structure for Grafana."""

import configparser
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from paceline.processes import find_program
from storage.records.roles import BOARDS
from tests.deploy.alerting import rules
from tests.deploy.composition import services
from tests.repository.files import ROOT, text

GRAFANA = ROOT / "deploy" / "grafana"
SERVICES = services()
BOARDS_JSON = sorted((ROOT / "dashboards" / "json").glob("*.json"))


def provisioned(name: str) -> Any:
    return yaml.safe_load((GRAFANA / "provisioning" / name / "paceline.yaml").read_text())


def sources() -> dict[str, dict[str, Any]]:
    """Grafana's data sources by uid."""
    return {each["uid"]: each for each in provisioned("datasources")["datasources"]}


def ini() -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None)
    read.read(GRAFANA / "grafana.ini")
    return read


def test_prometheus_takes_its_configuration_and_its_rules(tmp_path: Path) -> None:
    token = tmp_path / "api-token"
    token.write_text("a token")
    for file in (ROOT / "deploy" / "prometheus").iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace("/run/secrets/prometheus/api-token", str(token)))
    command = [find_program("promtool", "prometheus"), "check", "config", str(tmp_path / "prometheus.yml")]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "6 rules found" in checked.stdout + checked.stderr


def test_prometheus_asks_services_that_are_there_at_ports_where_they_tell() -> None:
    jobs = yaml.safe_load(text("deploy/prometheus/prometheus.yml"))["scrape_configs"]
    targets = [target for job in jobs for config in job["static_configs"] for target in config["targets"]]
    for host, port in (target.split(":") for target in targets):
        if host == "localhost":
            continue
        told = SERVICES[host].environment.values()
        assert host in {"machine", "influxdb"} or port in told, host


def test_grafana_knows_the_three_databases_under_fixed_uids_and_only_reads() -> None:
    found = sources()
    assert found.keys() == {"paceline-series", "paceline-records", "paceline-prometheus"}
    assert not any(each["editable"] for each in found.values())
    assert found["paceline-series"]["jsonData"]["version"] == "InfluxQL"
    assert (
        found["paceline-series"]["jsonData"]["dbName"]
        == SERVICES["influxdb"].environment["DOCKER_INFLUXDB_INIT_BUCKET"]
    )
    assert found["paceline-records"]["user"] == BOARDS
    assert found["paceline-records"]["jsonData"]["database"] == SERVICES["postgres"].environment["POSTGRES_DB"]
    hosts = {re.search(r"(?:http://)?(\w+):\d+", each["url"])[1] for each in found.values()}  # type: ignore[index]
    assert hosts == {"influxdb", "postgres", "prometheus"}


def test_no_password_of_a_database_stands_in_the_provisioning() -> None:
    secrets = [value for each in sources().values() for value in each.get("secureJsonData", {}).values()]
    assert len(secrets) == 2
    assert all(re.fullmatch(r"(Token )?\$__file\{/run/secrets/grafana/[\w-]+\}", value) for value in secrets)


def test_every_secret_of_grafana_is_a_file_that_setup_makes() -> None:
    files = "".join(path.read_text() for path in GRAFANA.rglob("*") if path.is_file())
    named = set(re.findall(r"\$__file\{/run/secrets/grafana/([\w-]+)\}", files))
    assert named == {"admin-password", "secret-key", "influx-token", "records-password"}


def test_nobody_gets_into_grafana_without_an_account_and_coaches_change_nothing() -> None:
    said = ini()
    assert said["auth.anonymous"]["enabled"] == "false"
    assert said["users"]["allow_sign_up"] == "false"
    assert said["users"]["auto_assign_org_role"] == "Viewer"
    assert said["users"]["viewers_can_edit"] == "false"
    assert said["security"]["admin_password"].startswith("$__file{")
    assert said["snapshots"]["external_enabled"] == "false"


def test_every_line_of_a_configuration_has_its_why() -> None:
    for name in ("deploy/grafana/grafana.ini", "deploy/postgres/postgresql.conf"):
        for block in re.split(r"\n\s*\n", text(name)):
            assert any(line.startswith("#") for line in block.splitlines()), block


def test_boards_are_provided_from_where_they_are_mounted() -> None:
    [provider] = provisioned("dashboards")["providers"]
    mounts = {mount.target: mount.source for mount in SERVICES["grafana"].mounts}
    assert mounts[provider["options"]["path"]] == "./dashboards/json"
    assert provider["allowUiUpdates"] is False
    home = ini()["dashboards"]["default_home_dashboard_path"]
    assert (ROOT / "dashboards" / "json" / Path(home).name).exists()
    environment = SERVICES["grafana"].environment
    assert environment["GF_PATHS_PROVISIONING"] == "/etc/paceline/provisioning"
    assert mounts["/etc/paceline"] == "./deploy/grafana"


def walk(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


@pytest.mark.parametrize("board", BOARDS_JSON, ids=lambda path: path.stem)
def test_a_board_asks_only_databases_that_are_provisioned(board: Path) -> None:
    known = {uid: each["type"] for uid, each in sources().items()}
    asked = [
        each["datasource"] for each in walk(json.loads(board.read_text())) if isinstance(each.get("datasource"), dict)
    ]
    ours = [each for each in asked if not each["uid"].startswith("-- ")]
    assert ours
    assert all(known[each["uid"]] == each["type"] for each in ours if each["uid"] != "__expr__")


def test_a_link_of_an_alert_leads_to_a_board() -> None:
    uids = {json.loads(board.read_text())["uid"] for board in BOARDS_JSON}
    links = [rule.said["annotations"]["board"] for rule in rules().values() if "board" in rule.said["annotations"]]
    assert links
    assert all(re.match(r"/d/([\w-]+)", link)[1] in uids for link in links)  # type: ignore[index]
