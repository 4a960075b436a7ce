"""What a local run has in its folder so that nobody in it is anonymous: an authority, a broker's place, passwords."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from broker.authority.folder import BROKER, make_identities
from broker.authority.names import SERVICES, SIMULATOR
from broker.files import make_private_folder, write_private
from broker.mosquitto import BrokerPlace
from broker.passwords import known_password, password_file, password_of, without_user
from contract.errors import Misconfigured
from paceline.logins import with_password
from paceline.mosquitto import state_folder
from paceline.places import Addresses
from paceline.settings import Settings

SIMULATOR_URL = "simulator.url"
"""In the data folder: the broker's URL with the simulator's password, which `paceline simulate` reads."""


@dataclass(frozen=True, slots=True)
class LocalHouse:
    """A local run's folder.

    Attributes:
        settings: of the run; `settings_of` says them for a service.
        addresses: its ports.
        broker: where its Mosquitto lives.
        passwords: folder with a file for each who has one.
    """

    settings: Settings
    addresses: Addresses
    broker: BrokerPlace
    passwords: Path

    @classmethod
    def at(cls, folder: Path, settings: Settings, addresses: Addresses) -> "LocalHouse":
        """Nothing of it is made yet."""
        broker = BrokerPlace(
            state=state_folder(folder),
            identity=settings.authority_folder / BROKER,
            tls_port=addresses.mqtts_port,
            password_port=addresses.mqtt_port,
            address="127.0.0.1",
        )
        return cls(settings, addresses, broker, folder / "passwords")

    def furnish(self, people: Iterable[str]) -> None:
        """Make what is not there yet: authority, identities, and passwords for the services and these people."""
        make_identities(self.settings.authority_folder, SERVICES, self.settings.host_names, datetime.now(UTC))
        make_private_folder(self.broker.state)
        write_private(self.broker.passwords, password_file(self.passwords, [*SERVICES, SIMULATOR, *people]))
        write_private(self.settings.data / SIMULATOR_URL, self.url_of(SIMULATOR).encode())

    def url_of(self, service: str) -> str:
        """The broker's URL with the user name and the password of a service."""
        return f"mqtt://{service}:{password_of(self.passwords, service)}@127.0.0.1:{self.addresses.mqtt_port}"

    def settings_of(self, service: str) -> Settings:
        """The settings with which one of our services comes to the broker."""
        return with_password(self.settings, service, password_of(self.passwords, service))

    def credentials(self, user_id: str) -> tuple[str, str]:
        """User name and password of a person of this run.

        Raises:
            Misconfigured: they have none, or none any more.
        """
        password = known_password(self.passwords, user_id)
        if password is None:
            raise Misconfigured(f"{user_id} has no password here")
        return user_id, password

    def forget(self, user_id: str) -> None:
        """Take somebody's password away. The broker goes by it until it reads its password file again."""
        self.password_path(user_id).unlink(missing_ok=True)
        write_private(self.broker.passwords, without_user(self.broker.passwords.read_bytes(), user_id))

    def password_path(self, user_id: str) -> Path:
        """The file that holds a person's password."""
        return self.passwords / user_id


def beside_local_run(settings: Settings, service: str) -> Settings:
    """The settings with which a command comes to the broker as one of our services.

    Those of the local run that is on in their folder; as they are if there is none, or if they name a broker.
    """
    addresses = Addresses.noted(settings.data)
    if addresses is None or settings.model_fields_set & {"broker_url", "broker_username"}:
        return settings
    local = settings.model_copy(update={"broker_url": addresses.mqtt_url})
    return LocalHouse.at(settings.data, local, addresses).settings_of(service)
