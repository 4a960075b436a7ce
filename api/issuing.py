"""Issuing certificates to devices: the installation's authority signs what `broker.authority` lets it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from api.problems import ProblemError
from broker.authority.certificates import (
    Authority,
    key_hash,
    new_key,
    pem_of,
    pem_of_key,
    serial_of,
    sign_device,
)
from broker.authority.folder import load_authority
from broker.authority.names import is_device_name
from broker.authority.requests import RequestRefused, read_request
from contract.errors import Misconfigured
from storage.records.devices import Certificate


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was just made.

    Attributes:
        certificate: as it is kept.
        key_hash: of the device's public key.
        private_key: PEM, if the key was made for the device; kept nowhere.
    """

    certificate: Certificate
    key_hash: str
    private_key: str | None = field(default=None, repr=False)


class Issuer:
    """Signs devices' certificates.

    Args:
        folder: the authority's; None: this installation issues none.
        days: how long a certificate is good, in days.
    """

    def __init__(self, folder: Path | None, days: int) -> None:
        self._folder = folder
        self._authority: Authority | None = None
        self.lifetime = timedelta(days=days)

    @property
    def is_possible(self) -> bool:
        """There is an authority, as far as one was told."""
        return self._folder is not None

    def authority(self) -> Authority:
        """Who signs; read once.

        Raises:
            Misconfigured: there is none.
        """
        if self._authority is None:
            if self._folder is None:
                raise Misconfigured("no authority was named")
            self._authority = load_authority(self._folder)
        return self._authority

    async def issue(self, user_id: str, signing_request: str | None, now: datetime) -> Issued:
        """A certificate for a user's device, with the request's key or one made for it.

        Raises:
            ProblemError: 422, the request can't be used; 503, this installation issues none.
        """
        if not is_device_name(user_id):
            raise ProblemError(422, "a user of this id can't have devices")
        if signing_request is not None:
            return await self.certify(user_id, await request_key(signing_request), now)
        key = new_key()
        issued = await self.certify(user_id, key.public_key(), now)
        return Issued(issued.certificate, issued.key_hash, pem_of_key(key).decode())

    async def certify(self, user_id: str, key: CertificatePublicKeyTypes, now: datetime) -> Issued:
        """A certificate for this key; raises as `issue` does."""
        try:
            authority = self.authority()
        except Misconfigured:
            raise ProblemError(503, "this installation issues no certificates: its authority is missing") from None
        days = self.lifetime.days
        found = await asyncio.to_thread(sign_device, authority, user_id, key, now, days)
        return Issued(_kept(found, now), key_hash(key))

    def is_late(self, certificate: Certificate, now: datetime) -> bool:
        """Whether it is time to renew: the last third of its time has begun."""
        return certificate.expires_at - now < (certificate.expires_at - certificate.issued_at) / 3


async def request_key(signing_request: str) -> CertificatePublicKeyTypes:
    """The key of a device's signing request.

    Raises:
        ProblemError: 422, it can't be used.
    """
    try:
        return await asyncio.to_thread(read_request, signing_request)
    except RequestRefused as error:
        raise ProblemError(422, str(error), field="signing_request") from None


def _kept(certificate: x509.Certificate, now: datetime) -> Certificate:
    return Certificate(serial_of(certificate), now, certificate.not_valid_after_utc, pem_of(certificate).decode())
