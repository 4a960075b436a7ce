"""The authority's files: made once, kept to their owner, renewed before they end."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from broker.authority.certificates import SERVICE_DAYS
from broker.authority.folder import BROKER, RENEW_BEFORE, load_authority, make_identities
from broker.authority.identity import Identity
from broker.authority.names import SERVICES
from contract.errors import Misconfigured

NOW = datetime.now(UTC)
NAMES = ["localhost", "127.0.0.1"]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((path / "certificate.pem").read_bytes())


def test_made_again_nothing_changes(tmp_path: Path) -> None:
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    before = contents(tmp_path)
    assert {f"{service}/key.pem" for service in SERVICES} < before.keys()
    make_identities(tmp_path, SERVICES, NAMES, NOW + timedelta(days=30))
    assert contents(tmp_path) == before


def test_all_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    make_identities(folder, SERVICES, NAMES, NOW)
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0 or path.name == ".lock", path


def test_a_certificate_is_renewed_before_it_ends_and_keeps_its_key(tmp_path: Path) -> None:
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    service = tmp_path / SERVICES[0]
    before, key = certificate(service), (service / "key.pem").read_bytes()
    late = NOW + timedelta(days=SERVICE_DAYS) - RENEW_BEFORE + timedelta(days=1)
    make_identities(tmp_path, SERVICES, NAMES, late)
    after = certificate(service)
    assert after.not_valid_after_utc > before.not_valid_after_utc
    assert (service / "key.pem").read_bytes() == key
    after.verify_directly_issued_by(load_authority(tmp_path).certificate)


def test_the_broker_gets_a_new_certificate_when_it_is_found_under_another_name(tmp_path: Path) -> None:
    make_identities(tmp_path, (), NAMES, NOW)
    before = certificate(tmp_path / BROKER)
    make_identities(tmp_path, (), [*NAMES, "mqtt.example.org"], NOW)
    assert certificate(tmp_path / BROKER) != before


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_damaged_certificate_is_made_anew(tmp_path: Path, content: bytes) -> None:
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    (tmp_path / SERVICES[0] / "certificate.pem").write_bytes(content)
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    Identity.at(tmp_path / SERVICES[0]).context()


def test_a_damaged_key_is_for_a_person_to_see_to(tmp_path: Path) -> None:
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    (tmp_path / SERVICES[0] / "key.pem").write_bytes(b"nonsense")
    with pytest.raises(Misconfigured, match=r"key\.pem"):
        make_identities(tmp_path, SERVICES, NAMES, NOW)


def test_a_crash_between_key_and_certificate_is_made_good(tmp_path: Path) -> None:
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    (tmp_path / "ca.pem").unlink()
    make_identities(tmp_path, SERVICES, NAMES, NOW)
    trusted = load_authority(tmp_path).certificate
    for name in (BROKER, *SERVICES):
        certificate(tmp_path / name).verify_directly_issued_by(trusted)
        assert (tmp_path / name / "ca.pem").read_bytes() == (tmp_path / "ca.pem").read_bytes()


def test_of_many_who_set_up_at_once_all_have_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: make_identities(tmp_path, SERVICES, NAMES, NOW), range(8)))
    assert len({authority.certificate for authority in made}) == 1


def test_a_folder_without_an_authority_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="paceline setup"):
        load_authority(tmp_path)


def test_an_identity_without_files_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"certificate\.pem"):
        Identity.at(tmp_path).context()
    assert Identity().context().verify_mode is ssl.CERT_REQUIRED
