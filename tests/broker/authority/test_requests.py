"""Signing requests from devices, and from those who only say they are."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from broker.authority.requests import MAX_BYTES, RequestRefused, read_request

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "svc-api")])


def request_of(key: Any, algorithm: hashes.SHA256 | None = None) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(NAME)
    extended = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return extended.sign(key, algorithm).public_bytes(Encoding.PEM)


GOOD = request_of(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65_537, 2_048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_a_key_that_devices_have_is_taken(key: Any) -> None:
    assert read_request(request_of(key, hashes.SHA256()).decode()) == key.public_key()


def test_an_edwards_key_is_taken() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    assert read_request(request_of(key).decode()) == key.public_key()


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65_537, 1_024),  # noqa: S505  # it is to be refused
        ec.generate_private_key(ec.SECP192R1()),
        ec.generate_private_key(ec.SECP521R1()),
        dsa.generate_private_key(2_048),
    ],
    ids=["short RSA", "P-192", "P-521", "DSA"],
)
def test_a_key_that_is_weak_or_odd_is_refused(key: Any) -> None:
    with pytest.raises(RequestRefused, match="the key must be"):
        read_request(request_of(key, hashes.SHA256()).decode())


def test_a_request_that_its_own_key_has_not_signed_is_refused() -> None:
    der = bytearray(x509.load_pem_x509_csr(GOOD).public_bytes(Encoding.DER))
    der[der.index(b"svc-api")] ^= 1
    forged = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    with pytest.raises(RequestRefused, match="own key"):
        read_request(forged.decode())


def test_a_request_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(RequestRefused, match="longer"):
        read_request(GOOD.decode() + "x" * MAX_BYTES)


@given(st.text())
def test_no_text_is_more_than_refused(text: str) -> None:
    with pytest.raises(RequestRefused):
        read_request(text)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_request_with_a_byte_changed_is_the_same_or_refused(at: int, byte: int) -> None:
    changed = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    try:
        key = read_request(changed.decode("latin-1"))
    except RequestRefused:
        return
    assert key == x509.load_pem_x509_csr(GOOD).public_key()
