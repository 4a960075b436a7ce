"""Where the broker is, and as whom a device comes there."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from broker.options import Endpoint
from contract.errors import Misconfigured

Credentials = Callable[[str], tuple[str | None, str | None]]
"""User name and password of a user id."""


@dataclass(frozen=True, slots=True)
class Address:
    """The broker's address, and who a device is there.

    Attributes:
        endpoint: the broker's.
        credentials: of a device.
        certificates: folder with `{user_id}.pem`, `{user_id}.key` and `ca.pem`; None: devices show no certificate.
    """

    endpoint: Endpoint
    credentials: Credentials = field(repr=False)
    certificates: Path | None = None

    @classmethod
    def parse(cls, url: str, credentials: Credentials | None = None, certificates: Path | None = None) -> Self:
        """Read `mqtt://user:password@host:port` or `mqtts://...`.

        Args:
            url: of the broker; its user and password, where it has them, are all devices'.
            credentials: of each device, instead of those.
            certificates: folder with the devices' certificates.

        Raises:
            Misconfigured: not such a URL, or the folder lacks `ca.pem`.
        """
        tls = None
        if certificates is not None:
            tls = _context(certificates)
        endpoint, username, password = Endpoint.parse(url, tls)
        if certificates is not None and endpoint.tls is None:
            raise Misconfigured("certificates need a broker URL that begins with mqtts://")
        return cls(_resolved(endpoint), credentials or (lambda _: (username, password)), certificates)

    def of(self, user_id: str) -> tuple[Endpoint, str | None, str | None]:
        """Endpoint, user name and password of a user's device.

        Raises:
            Misconfigured: there is no certificate for it.
        """
        username, password = self.credentials(user_id)
        if self.certificates is None:
            return self.endpoint, username, password
        tls = _context(self.certificates)
        paths = self.certificates / f"{user_id}.pem", self.certificates / f"{user_id}.key"
        try:
            tls.load_cert_chain(*paths)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(f"the certificate {paths[0]} with its key can't be used: {error}") from None
        return replace(self.endpoint, tls=tls), username, password


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
