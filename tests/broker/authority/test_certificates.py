"""Certificates and revocation lists, as OpenSSL understands them."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from broker.authority.certificates import (
    Authority,
    key_hash,
    new_authority,
    new_key,
    pem_of,
    pem_of_key,
    serial_of,
    sign_broker,
    sign_device,
    sign_service,
)
from broker.authority.names import SERVICES, SIMULATOR, is_device_name
from broker.authority.revocation import ListRefused, Revoked, list_number, revocation_list
from contract.errors import Misconfigured
from contract.topics import is_user_id

NOW = datetime.now(UTC)
AUTHORITY = new_authority(NOW)
KEY = new_key()


def verified(folder: Path, certificate: x509.Certificate, purpose: str, *more: str) -> bool:
    """What the program says of it, with this authority alone."""
    (folder / "ca.pem").write_bytes(pem_of(AUTHORITY.certificate))
    (folder / "it.pem").write_bytes(pem_of(certificate))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "-purpose", purpose, *more, "it.pem"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_a_device_s_certificate_opens_the_door_and_nothing_else(tmp_path: Path) -> None:
    certificate = sign_device(AUTHORITY, "ann", KEY.public_key(), NOW, 90)
    assert verified(tmp_path, certificate, "sslclient")
    assert not verified(tmp_path, certificate, "sslserver")
    assert not verified(tmp_path, certificate, "crlsign")


def test_the_broker_s_certificate_is_good_for_its_names_and_for_being_the_broker(tmp_path: Path) -> None:
    certificate = sign_broker(AUTHORITY, ["mqtt.example.org", "10.0.0.1", "::1"], KEY.public_key(), NOW)
    assert verified(tmp_path, certificate, "sslserver", "-verify_hostname", "mqtt.example.org")
    assert verified(tmp_path, certificate, "sslserver", "-verify_ip", "10.0.0.1")
    assert not verified(tmp_path, certificate, "sslserver", "-verify_hostname", "other.example.org")
    assert not verified(tmp_path, certificate, "sslclient")


@pytest.mark.parametrize("name", ["", "two words", "mqtts://host", "host:8883", "Übung"])
def test_what_is_no_host_can_not_be_the_broker_s_name(name: str) -> None:
    with pytest.raises(Misconfigured):
        sign_broker(AUTHORITY, [name], KEY.public_key(), NOW)


def test_a_device_can_not_sign_for_others(tmp_path: Path) -> None:
    device = sign_device(AUTHORITY, "ann", KEY.public_key(), NOW, 90)
    forged = sign_device(Authority(device, KEY), "bob", new_key().public_key(), NOW, 90)
    (tmp_path / "chain.pem").write_bytes(pem_of(device))
    assert not verified(tmp_path, forged, "sslclient", "-untrusted", "chain.pem")


def test_certificates_end_when_they_should_and_differ_in_their_serials() -> None:
    first, second = (sign_device(AUTHORITY, "ann", KEY.public_key(), NOW, 30) for _ in range(2))
    assert serial_of(first) != serial_of(second)
    assert abs(first.not_valid_after_utc - NOW - timedelta(days=30)) < timedelta(seconds=1)
    assert first.not_valid_before_utc < NOW


@pytest.mark.parametrize("name", [*SERVICES, SIMULATOR, "SVC-ingestor", "Svc-x", "me", "", "a b", "a/b", "+", "x" * 65])
def test_no_device_can_be_called_like_a_service_or_like_nobody(name: str) -> None:
    with pytest.raises(ValueError, match="not a user id"):
        sign_device(AUTHORITY, name, KEY.public_key(), NOW, 90)


@given(st.text(max_size=70))
def test_who_may_have_a_device_has_a_user_id_and_is_no_service(name: str) -> None:
    assert is_device_name(name) == (is_user_id(name) and name[:4].lower() != "svc-")


def test_a_service_s_certificate_has_a_service_s_name() -> None:
    with pytest.raises(ValueError, match="svc-"):
        sign_service(AUTHORITY, "ann", KEY.public_key(), NOW)
    assert sign_service(AUTHORITY, "svc-api", KEY.public_key(), NOW).subject.rfc4514_string() == "CN=svc-api"


def test_an_authority_is_read_back_and_a_stranger_s_key_is_refused() -> None:
    pem = pem_of(AUTHORITY.certificate)
    assert Authority.read(pem, pem_of_key(AUTHORITY.key)).certificate == AUTHORITY.certificate
    for key in (pem_of_key(new_key()), b"", pem):
        with pytest.raises(Misconfigured):
            Authority.read(pem, key)
    assert "PRIVATE" not in repr(AUTHORITY)


def test_a_key_is_told_from_another_by_its_hash() -> None:
    again = ec.EllipticCurvePublicNumbers(
        KEY.public_key().public_numbers().x, KEY.public_key().public_numbers().y, ec.SECP256R1()
    ).public_key()
    assert key_hash(KEY.public_key()) == key_hash(again) != key_hash(new_key().public_key())


def test_openssl_refuses_what_is_on_the_list_and_nothing_else(tmp_path: Path) -> None:
    lost, kept = (sign_device(AUTHORITY, "ann", KEY.public_key(), NOW, 90) for _ in range(2))
    (tmp_path / "revoked.pem").write_bytes(revocation_list(AUTHORITY, 1, [Revoked(serial_of(lost), NOW)], NOW))
    check = ("-crl_check", "-CRLfile", "revoked.pem")
    assert not verified(tmp_path, lost, "sslclient", *check)
    assert verified(tmp_path, kept, "sslclient", *check)


def test_a_list_outlives_the_years_in_which_nobody_makes_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "revoked.pem").write_bytes(revocation_list(AUTHORITY, 0, [], NOW))
    years_later = NOW + timedelta(days=19 * 365)
    certificate = sign_device(AUTHORITY, "ann", KEY.public_key(), years_later, 90)
    at = str(int((years_later + timedelta(days=1)).timestamp()))
    assert verified(tmp_path, certificate, "sslclient", "-crl_check", "-CRLfile", "revoked.pem", "-attime", at)


@given(st.integers(min_value=0, max_value=2**62))
def test_a_list_tells_its_number(number: int) -> None:
    assert list_number(revocation_list(AUTHORITY, number, [], NOW), AUTHORITY.certificate) == number


def test_a_list_of_another_authority_is_refused() -> None:
    other = new_authority(NOW)
    for pem in (revocation_list(other, 1, [], NOW), b"", b"nonsense", pem_of(AUTHORITY.certificate)):
        with pytest.raises(ListRefused):
            list_number(pem, AUTHORITY.certificate)
