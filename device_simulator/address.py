"""Where the broker is, and as whom a device comes there."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from broker.options import Endpoint
from contract.errors import Misconfigured
from device_simulator.enrolled import people

Credentials = Callable[[str], tuple[str | None, str | None]]
"""User name and password of a user id."""

_SHARED = "certificate.pem"


@dataclass(frozen=True, slots=True)
class Address:
    """The broker's address, and who a device is there.

    Attributes:
        endpoint: the broker's.
        credentials: of a device.
        certificates: folder with `{user_id}.pem`, `{user_id}.key` and `ca.pem`; None: devices show no certificate of
            their own.
        user_ids: by index of the person, where an installation knows them by another id than their seed's.
    """

    endpoint: Endpoint
    credentials: Credentials = field(repr=False)
    certificates: Path | None = None
    user_ids: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str, credentials: Credentials | None = None, certificates: Path | None = None) -> Self:
        """Read `mqtt://user:password@host:port` or `mqtts://...`.

        Args:
            url: of the broker; its user and password, where it has them, are all devices'.
            credentials: of each device, instead of those.
            certificates: folder with the devices' certificates, as above or as `device_simulator.enrolled` keeps it; or
                with `certificate.pem` and `key.pem` of one who may publish as anybody, as `paceline setup` makes it.

        Raises:
            Misconfigured: not such a URL, or the folder lacks `ca.pem`.
        """
        tls = _context(certificates) if certificates else None
        endpoint, username, password = Endpoint.parse(url, tls)
        if certificates is not None and endpoint.tls is None:
            raise Misconfigured("certificates need a broker URL that begins with mqtts://")
        user_ids = {each.index: each.user_id for each in people(certificates) if each.user_id} if certificates else {}
        if tls is not None and certificates is not None and (certificates / _SHARED).exists():
            _show(tls, certificates / _SHARED, certificates / "key.pem")
            certificates = None
        return cls(_resolved(endpoint), credentials or (lambda _: (username, password)), certificates, user_ids)

    def of(self, user_id: str) -> tuple[Endpoint, str | None, str | None]:
        """Endpoint, user name and password of a user's device.

        Raises:
            Misconfigured: there is no certificate for it.
        """
        username, password = self.credentials(user_id)
        if self.certificates is None:
            return self.endpoint, username, password
        tls = _context(self.certificates)
        _show(tls, self.certificates / f"{user_id}.pem", self.certificates / f"{user_id}.key")
        return replace(self.endpoint, tls=tls), username, password


def _show(tls: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        tls.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"the certificate {certificate} with its key can't be used: {error}") from None


def _context(folder: Path) -> ssl.SSLContext:
    authority = folder / "ca.pem"
    try:
        return ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"{authority} can't be used: {error}") from None


def _resolved(endpoint: Endpoint) -> Endpoint:
    """Look the name up once, not for each of ten thousand connections; with TLS the certificate needs the name."""
    if endpoint.tls is not None:
        return endpoint
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Misconfigured(f"{endpoint}: {error.strerror}") from None
    # IPv4 first, since that is where brokers listen when a name like localhost has both.
    return replace(endpoint, host=str(min(found, key=lambda each: each[0] != socket.AF_INET)[4][0]))
