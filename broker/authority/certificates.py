"""Making certificates (RFC 5280). Pure: a certificate depends on the arguments, the clock's too, and on randomness.

The rules of this file:

1. The authority signs ends only: its certificate says path length 0.
2. A device's or service's certificate opens the broker's door and is good for nothing else (client authentication);
   the broker's own is good for being the broker (server authentication). Neither can be used as the other.
3. Whatever a request asked for, the name, the purposes and the dates are ours.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from broker.authority.names import SERVICE_PREFIX, is_device_name
from contract.errors import Misconfigured

AUTHORITY_DAYS = 20 * 365
SERVICE_DAYS = 398
"""Of the broker's and the services' certificates; `paceline setup` renews them."""

_LATE_CLOCK = timedelta(minutes=5)
"""Certificates are good from a little before they were made: not every device's clock is right."""

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that can sign.

    Attributes:
        certificate: what others trust.
        key: what nobody else may have.
    """

    certificate: x509.Certificate
    key: Key = field(repr=False)

    @classmethod
    def read(cls, certificate_pem: bytes, key_pem: bytes) -> "Authority":
        """From its files.

        Raises:
            Misconfigured: they can't be read, or don't belong together.
        """
        try:
            certificate = x509.load_pem_x509_certificate(certificate_pem)
            key = load_pem_private_key(key_pem, password=None)
        except ValueError:
            # Not chained: nothing of a key belongs into a log.
            raise Misconfigured("the authority's certificate or key can't be read") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise Misconfigured("the authority's key does not belong to its certificate")
        return cls(certificate, key)


def new_key() -> Key:
    """A key on NIST P-256, which every TLS library takes."""
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(now: datetime) -> Authority:
    """An authority that nobody knows yet."""
    key = new_key()
    name = _name("Paceline installation")
    builder = (
        _dated(now, AUTHORITY_DAYS)
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def sign_service(authority: Authority, name: str, key: CertificatePublicKeyTypes, now: datetime) -> x509.Certificate:
    """The certificate of one of our services, by its name."""
    if not name.startswith(SERVICE_PREFIX):
        raise ValueError(f"services' names begin with {SERVICE_PREFIX}")
    return _sign_client(authority, name, key, now, SERVICE_DAYS)


def sign_device(
    authority: Authority, user_id: str, key: CertificatePublicKeyTypes, now: datetime, days: int
) -> x509.Certificate:
    """The certificate of a user's device; its serial number tells it from the user's others.

    Raises:
        ValueError: no device can have this name.
    """
    if not is_device_name(user_id):
        raise ValueError("not a user id that can have devices")
    return _sign_client(authority, user_id, key, now, days)


def sign_broker(
    authority: Authority, names: Sequence[str], key: CertificatePublicKeyTypes, now: datetime
) -> x509.Certificate:
    """The certificate of the broker.

    Args:
        authority: who signs.
        names: host names and IP addresses under which devices and services come to it; at least one.
        key: the broker's.
        now: when it begins.

    Raises:
        Misconfigured: one is no name of a host.
    """
    try:
        found = x509.SubjectAlternativeName([_host(name) for name in names])
    except ValueError:
        raise Misconfigured("the broker's names must be host names and IP addresses") from None
    builder = _end(
        authority, "Paceline broker", key, dates=(now, SERVICE_DAYS), purpose=ExtendedKeyUsageOID.SERVER_AUTH
    )
    return builder.add_extension(found, critical=False).sign(authority.key, hashes.SHA256())


def pem_of(certificate: x509.Certificate) -> bytes:
    """As devices and brokers read it."""
    return certificate.public_bytes(Encoding.PEM)


def pem_of_key(key: Key) -> bytes:
    """PKCS #8, unencrypted: for a file that only its owner may read, or for the device's own eyes."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_hash(key: CertificatePublicKeyTypes) -> str:
    """Tells a public key from all others: SHA-256 of its SubjectPublicKeyInfo, as hexadecimal digits."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()


def serial_of(certificate: x509.Certificate) -> str:
    """The serial number as it is kept and told: hexadecimal digits."""
    return f"{certificate.serial_number:x}"


def _sign_client(
    authority: Authority, name: str, key: CertificatePublicKeyTypes, now: datetime, days: int
) -> x509.Certificate:
    builder = _end(authority, name, key, dates=(now, days), purpose=ExtendedKeyUsageOID.CLIENT_AUTH)
    return builder.sign(authority.key, hashes.SHA256())


def _end(
    authority: Authority,
    name: str,
    key: CertificatePublicKeyTypes,
    *,
    dates: tuple[datetime, int],
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    """Rules 2 and 3."""
    return (
        _dated(*dates)
        .subject_name(_name(name))
        .issuer_name(authority.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )


def _dated(now: datetime, days: int) -> x509.CertificateBuilder:
    return x509.CertificateBuilder().not_valid_before(now - _LATE_CLOCK).not_valid_after(now + timedelta(days=days))


def _usage(**uses: bool) -> x509.KeyUsage:
    """These uses of a key alone."""
    unused = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    return x509.KeyUsage(**unused | uses)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if not name or not name.isascii() or any(letter in name for letter in " /:@"):
            raise
        return x509.DNSName(name)
