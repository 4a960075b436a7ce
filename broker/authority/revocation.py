"""Revocation lists (RFC 5280, section 5): which certificates are good no more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from broker.authority.certificates import Authority
from contract.errors import Rejected


class ListRefused(Rejected):
    """Not a revocation list of our authority."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate that is good no more.

    Attributes:
        serial: its serial number, as hexadecimal digits.
        at: since when.
    """

    serial: str
    at: datetime


def revocation_list(authority: Authority, number: int, revoked: Iterable[Revoked], now: datetime) -> bytes:
    """The list, PEM.

    Args:
        authority: who signs.
        number: grows with every list that says more.
        revoked: all certificates that have been revoked and have not ended by themselves.
        now: when it is made.
    """
    entries = [
        x509.RevokedCertificateBuilder().serial_number(int(each.serial, 16)).revocation_date(each.at).build()
        for each in revoked
    ]
    builder = (
        # Given all at once: `add_revoked_certificate` copies what it has so far, each time.
        x509.CertificateRevocationListBuilder(revoked_certificates=entries)
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        # Lists are brought to the broker when they change, not fetched by it; one that grew old by itself would shut
        # out everybody.
        .next_update(authority.certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def list_number(pem: bytes, authority: x509.Certificate) -> int:
    """The number of a revocation list.

    Raises:
        ListRefused: it is none, or not this authority's.
    """
    key = authority.public_key()
    try:
        found = x509.load_pem_x509_crl(pem)
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound):
        raise ListRefused("not a revocation list with a number") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not found.is_signature_valid(key):
        raise ListRefused("not signed by the installation's authority")
    return number
