"""The folder of docker-compose.yml, before anything runs."""

import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import make_url

from broker.authority.names import SERVICES, SIMULATOR
from contract.errors import Misconfigured
from paceline.serving import read_settings
from paceline.stack import NOBODY, RECORDS, ROLES, TOKEN, Stack, furnish, give_away


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    made = Stack(tmp_path / "stack")
    furnish(made, ["coach.example.org"])
    return made


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nobody_but_its_owner_may_read_or_enter_any_of_it(stack: Stack) -> None:
    assert stat.S_IMODE(stack.folder.stat().st_mode) == 0o700
    for path in stack.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name == ".lock", path


def test_what_is_there_stays_when_it_is_made_again(stack: Stack) -> None:
    before = contents(stack.folder)
    furnish(stack, ["coach.example.org"])
    assert contents(stack.folder) == before


def test_no_two_secrets_are_the_same_but_those_that_two_sides_share(tmp_path: Path, stack: Stack) -> None:
    other = Stack(tmp_path / "other")
    furnish(other, [])
    secrets = contents(stack.folder / "secrets")
    assert not set(secrets.values()) & set(contents(other.folder / "secrets").values()) - {b""}
    shared = [path for path, said in secrets.items() if list(secrets.values()).count(said) > 1 and said]
    assert {path.name for path in shared} == {
        *("ca.pem", "PACELINE_INFLUX_TOKEN", "admin-token", "PACELINE_METRICS_TOKEN", "api-token"),
        *("grafana-password", "records-password"),
    }


def test_no_service_gets_another_s_password_and_none_the_owner_s(stack: Stack) -> None:
    owner = stack.secret("postgres", "password").read_text()
    assert make_url(stack.secret("setup", RECORDS).read_text()).password == owner
    passwords = {owner}
    for service, role in ROLES.items():
        if service != "grafana":
            url = make_url(stack.secret(service, RECORDS).read_text())
            assert url.username == role
            passwords.add(str(url.password))
    passwords.add(stack.secret("grafana", "records-password").read_text())
    assert len(passwords) == 1 + len(ROLES)


def test_the_broker_s_certificate_has_the_names_under_which_devices_and_services_find_it(stack: Stack) -> None:
    certificate = x509.load_pem_x509_certificate((stack.authority / "broker" / "certificate.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["coach.example.org", "mosquitto", "localhost"]


def test_an_identity_that_may_publish_as_anybody_is_made_only_when_it_is_asked_for(stack: Stack) -> None:
    made = {path.name for path in stack.authority.iterdir() if path.is_dir()}
    assert made == {"broker", *SERVICES}
    furnish(stack, [], simulator=True)
    assert (stack.authority / SIMULATOR / "key.pem").exists()


def test_compose_is_told_whom_services_run_as_and_never_root(stack: Stack) -> None:
    stack.environment.write_text("MINE=1\nPACELINE_UID=5\n")
    give_away(stack, ["coach.example.org", "10.0.0.1"])
    noted = dict(line.split("=") for line in stack.environment.read_text().splitlines())
    assert noted["MINE"] == "1"
    assert noted["PACELINE_HOST"] == "coach.example.org"
    assert noted["PACELINE_BROKER_NAMES"] == "coach.example.org,10.0.0.1"
    assert int(noted["PACELINE_UID"]) == (os.geteuid() or NOBODY)
    owners = {path.stat().st_uid for path in (stack.folder, *stack.folder.rglob("*"))}
    assert owners == {int(noted["PACELINE_UID"])}
    give_away(stack, [])
    assert "PACELINE_HOST=coach.example.org" in stack.environment.read_text()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="can't be used"):
        furnish(Stack(tmp_path / "file" / "stack"), [])


def test_settings_are_read_from_a_service_s_own_files(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PACELINE_SECRETS", str(stack.folder / "secrets" / "setup"))
    settings = read_settings()
    assert settings.influx_token is not None
    assert settings.influx_token.get_secret_value() == stack.secret("setup", TOKEN).read_text()
    assert settings.records_url == stack.secret("setup", RECORDS).read_text()
    monkeypatch.setenv("PACELINE_INFLUX_TOKEN", "from the environment")
    settings = read_settings()
    assert settings.influx_token is not None
    assert settings.influx_token.get_secret_value() == "from the environment"
