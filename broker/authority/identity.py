"""The files with which one of our services proves who it is."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from contract.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Identity:
    """The files with which a service proves who it is.

    Attributes:
        authority: certificate of whom it believes; None: of the system's authorities.
        certificate: its own; None: it has none.
        key: of that.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @classmethod
    def at(cls, folder: Path) -> "Identity":
        """As `make_identities` lays it down."""
        return cls(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")

    def context(self) -> ssl.SSLContext:
        """For TLS with the broker.

        Raises:
            Misconfigured: a file is missing, can't be read, or they don't belong together.
        """
        try:
            context = ssl.create_default_context(cafile=self.authority)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            # Python does not say which file it is.
            raise Misconfigured(f"the certificate files {self} can't be used: {error.strerror or error}") from None
        return context

    def __str__(self) -> str:
        return ", ".join(str(path) for path in (self.authority, self.certificate, self.key) if path)
