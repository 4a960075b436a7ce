"""The authority and the services' identities in files. Making them is idempotent, and renews what is about to end.

    FOLDER/                   the authority: only the API needs it, to sign devices' certificates
        ca.pem  ca.key
        broker/               what only the broker needs; also revoked.pem, the revocation list it begins with
        svc-ingestor/  ...    what only this service needs
            ca.pem            whom it believes
            certificate.pem   who it is
            key.pem           proves it

Each folder can be given to its service alone. A renewed certificate keeps its key.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from broker.authority.certificates import (
    SERVICE_DAYS,
    Authority,
    Key,
    new_authority,
    new_key,
    pem_of,
    pem_of_key,
    sign_broker,
    sign_service,
)
from broker.authority.identity import Identity
from broker.authority.revocation import revocation_list
from broker.files import make_private_folder, write_private
from contract.errors import Misconfigured

BROKER = "broker"
RENEW_BEFORE = timedelta(days=SERVICE_DAYS / 3)

_Sign = Callable[[ec.EllipticCurvePublicKey], x509.Certificate]


def make_identities(folder: Path, services: Sequence[str], broker_names: Sequence[str], now: datetime) -> Authority:
    """Make the authority, the broker's identity and those of these services, as far as they are not there.

    Args:
        folder: the authority's.
        services: their names.
        broker_names: under which the broker is reached.
        now: certificates that end soon after are renewed.

    Raises:
        Misconfigured: the folder can't be used, or what is in it is damaged.
    """
    try:
        make_private_folder(folder)
        with _alone(folder):
            authority = _authority(folder, now)
            _identity(folder / BROKER, authority, now, lambda key: sign_broker(authority, broker_names, key, now))
            if not (folder / BROKER / "revoked.pem").exists():
                write_private(folder / BROKER / "revoked.pem", revocation_list(authority, 0, (), now))
            for name in services:
                _identity(folder / name, authority, now, _signing(authority, name, now))
    except OSError as error:
        raise Misconfigured(f"the authority's folder {folder} can't be used: {error.strerror}") from None
    return authority


def load_authority(folder: Path) -> Authority:
    """The authority that was made there.

    Raises:
        Misconfigured: there is none, or it can't be read.
    """
    try:
        return Authority.read((folder / "ca.pem").read_bytes(), (folder / "ca.key").read_bytes())
    except OSError as error:
        reason = f"no authority in {folder}: {error.strerror} (`paceline setup` makes one)"
        raise Misconfigured(reason) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that set up at once must not make two authorities."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _authority(folder: Path, now: datetime) -> Authority:
    if not (folder / "ca.pem").exists():
        # The certificate last: with it the authority exists. A key without one was left by a crash, and is nobody's.
        made = new_authority(now)
        write_private(folder / "ca.key", pem_of_key(made.key))
        write_private(folder / "ca.pem", pem_of(made.certificate))
    return load_authority(folder)


def _signing(authority: Authority, name: str, now: datetime) -> _Sign:
    return lambda key: sign_service(authority, name, key, now)


def _identity(folder: Path, authority: Authority, now: datetime, sign: _Sign) -> None:
    make_private_folder(folder)
    key_path, certificate_path, authority_path = folder / "key.pem", folder / "certificate.pem", folder / "ca.pem"
    trusted = pem_of(authority.certificate)
    if not authority_path.exists() or authority_path.read_bytes() != trusted:
        write_private(authority_path, trusted)
    if not key_path.exists():
        write_private(key_path, pem_of_key(new_key()))
    certificate = sign(_read_key(key_path).public_key())
    if not certificate_path.exists() or not _is_good(certificate_path, authority, certificate, now):
        write_private(certificate_path, pem_of(certificate))
    Identity.at(folder).context()


def _read_key(path: Path) -> Key:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        raise Misconfigured(f"{path} can't be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Misconfigured(f"{path} is not of our making")
    return key


def _is_good(path: Path, authority: Authority, wanted: x509.Certificate, now: datetime) -> bool:
    """Whether a certificate says what it should, and will do so for a while."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
        found.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    is_same = (found.public_key(), _names(found)) == (wanted.public_key(), _names(wanted))
    return is_same and found.not_valid_after_utc - now > RENEW_BEFORE


def _names(certificate: x509.Certificate) -> object:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
