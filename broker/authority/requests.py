"""Reading a device's own signing request (PKCS #10): hostile until proven otherwise.

Of all that it says, only the key is taken, and that only with the proof that the sender has its other half. Its name,
its extensions and its wishes are not even looked at.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from contract.errors import Rejected

MAX_BYTES = 16_384
"""A request with an RSA key of 4096 bits has less than 2 KiB."""

_RSA_BITS = range(2_048, 4_097)
_CURVES = ("secp256r1", "secp384r1")


class RequestRefused(Rejected):
    """A signing request that can't be used; the message says why, for the device's developer."""


def read_request(pem: str) -> CertificatePublicKeyTypes:
    """The key of a signing request.

    Raises:
        RequestRefused: not a request, not signed by its own key, or a key that we don't sign.
    """
    if len(pem) > MAX_BYTES:
        raise RequestRefused(f"longer than {MAX_BYTES} characters")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        _require_strong(key)
        if not request.is_signature_valid:
            raise RequestRefused("not signed by its own key")
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        # Not chained: the parser's words may repeat what was sent.
        raise RequestRefused("not a PKCS #10 signing request in PEM") from None
    return key


def _require_strong(key: object) -> None:
    # Before the signature is checked: a huge key would make us work for its sender.
    match key:
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS and key.public_numbers().e in {3, 65_537}:
            return
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return
        case ed25519.Ed25519PublicKey():
            return
    raise RequestRefused("the key must be EC on P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits")
