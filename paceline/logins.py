"""As whom our services come to the broker: by certificate, by password, or (at a broker that allows it) as nobody."""

import hmac
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from broker.authority.identity import Identity
from broker.options import Endpoint
from paceline.settings import Settings


@dataclass(frozen=True, slots=True)
class Login:
    """Where the broker is, and who one of our services is there.

    Attributes:
        endpoint: the broker's.
        username: None with a certificate, which says it.
        password: of that user.
        secret: what only the service knows; its client ids are made from it.
    """

    endpoint: Endpoint
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    secret: bytes = field(default=b"", repr=False)

    def client_id(self, name: str) -> str:
        """A client id that is the same at each start, and that nobody else can tell.

        Who knows a client id can take its place at the broker, whoever they are: Mosquitto asks no more than that.
        """
        return f"paceline-{self._hidden('client id', name)}"

    def group(self, name: str) -> str:
        """The name of a group that shares a subscription, the same for all of this service, and nobody else can tell.

        Who knows it can join the group, though they may read nothing: each message that the broker then turns to them
        is gone.
        """
        return self._hidden("group", name)

    def _hidden(self, what: str, name: str) -> str:
        if not self.secret:
            return name
        return f"{name}-{hmac.digest(self.secret, f'{what} {name}'.encode(), 'sha256').hex()[:32]}"


def broker_login(settings: Settings, service: str) -> Login:
    """The login of one of our services (`broker.authority.names`).

    Raises:
        Misconfigured: the broker's URL or a certificate can't be used.
    """
    identity = identity_of(settings, service)
    tls = identity.context() if identity else None
    endpoint, username, password = Endpoint.parse(settings.broker_url, tls)
    if settings.broker_password:
        password = settings.broker_password.get_secret_value()
    return Login(endpoint, settings.broker_username or username, password, _secret(identity, password))


def with_password(settings: Settings, service: str, password: str) -> Settings:
    """The same settings, for a service that proves its name by a password."""
    return settings.model_copy(update={"broker_username": service, "broker_password": SecretStr(password)})


def identity_of(settings: Settings, service: str) -> Identity | None:
    """The files that prove a service's name; None for a broker without TLS."""
    if not settings.broker_url.startswith("mqtts:"):
        return None
    files = Identity(settings.broker_ca, settings.broker_certificate, settings.broker_key)
    usual = Identity.at(settings.authority_folder / service)
    if files == Identity() and settings.broker_password is None and _exists(usual.certificate):
        return usual
    return files


def _exists(path: Path | None) -> bool:
    return path is not None and path.exists()


def _secret(identity: Identity | None, password: str | None) -> bytes:
    # The key, not the certificate: it stays when the certificate is renewed.
    if identity is not None and identity.key is not None:
        return identity.key.read_bytes()
    return (password or "").encode()
