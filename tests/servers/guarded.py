"""A real Mosquitto as an installation has it: certificates, passwords on loopback, rules for everybody, a warden."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from broker.authority.certificates import Authority, new_key, pem_of, pem_of_key, sign_device
from broker.authority.folder import load_authority
from broker.authority.identity import Identity
from broker.authority.names import WARDEN
from broker.files import write_private
from broker.options import Endpoint, SessionOptions, Subscription
from broker.warden import Beat, Warden
from paceline.house import LocalHouse
from paceline.mosquitto import reload, running_mosquitto
from paceline.places import Addresses
from paceline.processes import Child, free_port
from paceline.settings import Settings

PEOPLE = ("ann", "bob")
"""Have passwords."""


@dataclass(frozen=True, slots=True)
class Certified:
    """A device's certificate in files.

    Attributes:
        user_id: whose.
        identity: the files.
        serial: of the certificate, as hexadecimal digits.
    """

    user_id: str
    identity: Identity
    serial: str

    @classmethod
    def at(cls, user_id: str, folder: Path, serial: str) -> "Certified":
        """With the files `ca.pem`, `certificate.pem` and `key.pem`."""
        return cls(user_id, Identity.at(folder), serial)

    def context(self) -> ssl.SSLContext:
        return self.identity.context()


@dataclass(frozen=True, slots=True)
class GuardedServer:
    """The broker, and what is needed to come to it as anybody."""

    house: LocalHouse
    child: Child

    @property
    def tls_port(self) -> int:
        return self.house.addresses.mqtts_port

    @property
    def port(self) -> int:
        return self.house.addresses.mqtt_port

    @property
    def authority_folder(self) -> Path:
        return self.house.settings.authority_folder

    @property
    def authority(self) -> Authority:
        return load_authority(self.authority_folder)

    def login(self, name: str) -> tuple[str, str]:
        """User name and password of a service, or one of `PEOPLE`."""
        return self.house.credentials(name)

    def by_password(self, name: str, *filters: str, **more: Any) -> SessionOptions:
        """A session's options for who has a password."""
        username, password = self.login(name)
        return _options(Endpoint("127.0.0.1", self.port), *filters, username=username, password=password, **more)

    def by_certificate(self, certified: Certified, *filters: str, **more: Any) -> SessionOptions:
        """A session's options for who has a certificate."""
        return _options(Endpoint("127.0.0.1", self.tls_port, certified.context()), *filters, **more)

    def certify(self, user_id: str, folder: Path, *, now: datetime | None = None, days: int = 90) -> Certified:
        """A certificate for a device of this user, in a folder of its own."""
        key, own = new_key(), folder / uuid4().hex
        certificate = sign_device(self.authority, user_id, key.public_key(), now or datetime.now(UTC), days)
        own.mkdir(parents=True)
        write_private(own / "ca.pem", pem_of(self.authority.certificate))
        write_private(own / "certificate.pem", pem_of(certificate))
        write_private(own / "key.pem", pem_of_key(key))
        return Certified.at(user_id, own, f"{certificate.serial_number:x}")

    @asynccontextmanager
    async def warden(self, second_look_s: float = 100.0) -> AsyncIterator[Warden]:
        """The warden at work."""
        beat = Beat(self.house.broker, self.authority.certificate, lambda: reload(self.child), second_look_s)
        warden = Warden(beat, self.by_password(WARDEN))
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(warden.run())
            await warden.session.wait_connected()
            yield warden
            working.cancel()


def _options(endpoint: Endpoint, *filters: str, **more: Any) -> SessionOptions:
    default = SessionOptions(
        client_id=f"test-{uuid4().hex}",
        endpoint=endpoint,
        session_expiry_s=0,
        subscriptions=tuple(Subscription(each) for each in filters),
    )
    return replace(default, **more)


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServer]:
    """One for all tests; who revokes something does so for certificates and users of their own."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = Settings.model_construct(data=folder)
    house = LocalHouse.at(folder, settings, Addresses.at(free_port(), free_port(), 0))
    house.furnish(PEOPLE)
    with running_mosquitto(house.broker) as child:
        yield GuardedServer(house, child)
