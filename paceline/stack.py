"""The folder of docker-compose.yml: what must be there before anything runs, in files that only their owner may read.

    STACK/
        secrets/            each folder below goes to the one service that it is named after
            authority/      the certificate authority, and the services' identities at the broker
            keys/           what access tokens are signed with: the API's
            setup/          of the databases' owners: for the one-shot service that makes roles and tokens
            ingestor/  insights/  api/      settings, a file each, as `PACELINE_SECRETS` reads them
            influxdb/  postgres/  grafana/  prometheus/
        data/               what the services keep, a folder each
        backup/             where databases put their copies

All services run as the user who made it, so nothing in it needs to be readable for anybody else. Nothing here asks a
database; `paceline.stack_databases` does.
"""

import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.keyring import Keyring
from broker.authority.folder import BROKER, make_identities
from broker.authority.names import SERVICES, SIMULATOR
from broker.files import make_private_folder, write_private
from broker.mosquitto import BrokerPlace, prepare_state
from contract.errors import Misconfigured
from storage.records import roles

BROKER_PORT = 8883
INSIDE = ("mosquitto", "localhost", "127.0.0.1")
"""Names of the broker within the stack."""

OWNER = "paceline"
"""The database, and who owns it."""

ROLES = {"ingestor": roles.INGESTOR, "insights": roles.INSIGHTS, "api": roles.API, "grafana": roles.BOARDS}
"""Service and its role in PostgreSQL."""

KEEPERS = ("mosquitto", "influxdb", "postgres", "prometheus", "grafana", "api")
"""Services that keep something."""

TOKEN = "PACELINE_INFLUX_TOKEN"  # noqa: S105  # the name of a file
RECORDS = "PACELINE_RECORDS_URL"
METRICS = "PACELINE_METRICS_TOKEN"

NOBODY = 10_001
"""Whom services run as, user and group, when root has made the folder."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything of one stack is."""

    folder: Path

    @property
    def environment(self) -> Path:
        """A file of variables beside the folder, where Compose looks for it."""
        return self.folder.absolute().parent / ".env"

    @property
    def authority(self) -> Path:
        """The certificate authority's folder."""
        return self.folder / "secrets" / "authority"

    @property
    def keys(self) -> Path:
        """The folder of the API's signing keys."""
        return self.folder / "secrets" / "keys"

    @property
    def broker(self) -> BrokerPlace:
        """Where the broker keeps its state, as seen from here."""
        return BrokerPlace(self.data("mosquitto"), self.authority / BROKER, BROKER_PORT)

    def data(self, service: str) -> Path:
        """What a service keeps."""
        return self.folder / "data" / service

    def secret(self, service: str, name: str) -> Path:
        """A file that only this service gets."""
        return self.folder / "secrets" / service / name


def furnish(stack: Stack, names: Iterable[str], *, simulator: bool = False) -> None:
    """Make what is not there yet, and renew certificates that end soon; what is there stays.

    Args:
        stack: where.
        names: under which devices find the broker, besides those within the stack.
        simulator: also an identity that may publish as anybody.

    Raises:
        Misconfigured: the folder can't be used, or what is in it is damaged.
    """
    # Whoever has let it publish once wants its certificate renewed, too.
    simulator = simulator or (stack.authority / SIMULATOR).exists()
    services = (*SERVICES, SIMULATOR) if simulator else SERVICES
    try:
        for name in ("", "secrets", "data", "backup"):
            make_private_folder(stack.folder / name)
        for service in KEEPERS:
            make_private_folder(stack.data(service))
        make_identities(stack.authority, services, [*dict.fromkeys([*names, *INSIDE])], datetime.now(UTC))
        Keyring(stack.keys).newest()
        prepare_state(stack.broker)
        _make_secrets(stack)
    except OSError as error:
        raise Misconfigured(f"the stack's folder {stack.folder} can't be used: {error.strerror}") from None


def give_away(stack: Stack, hosts: Sequence[str]) -> None:
    """Note for Compose whom the services run as, and how this machine is called; root gives the folder to nobody else.

    Args:
        stack: furnished.
        hosts: names under which devices find the broker; the first is what they are told; none: as noted before.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        user = group = NOBODY
        for path in (stack.folder, *stack.folder.rglob("*")):
            os.chown(path, user, group)
    noted = {"PACELINE_UID": str(user), "PACELINE_GID": str(group)}
    if hosts:
        noted |= {"PACELINE_HOST": hosts[0], "PACELINE_BROKER_NAMES": ",".join(hosts)}
    path = stack.environment
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in noted]
    text = "".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in noted.items())])
    write_private(path, text.encode())


def read_or_make(path: Path, text: str | None = None) -> str:
    """What a secret file says; made first if it is not there.

    Args:
        path: the file's.
        text: what it says when it is made; None: something that nobody can guess.
    """
    if not path.exists():
        make_private_folder(path.parent)
        write_private(path, (text or secrets.token_urlsafe(32)).encode())
    return path.read_text(encoding="utf-8")


def _make_secrets(stack: Stack) -> None:
    owner = read_or_make(stack.secret("postgres", "password"))
    read_or_make(stack.secret("setup", RECORDS), _url(OWNER, owner))
    operator = read_or_make(stack.secret("influxdb", "admin-token"))
    read_or_make(stack.secret("influxdb", "admin-password"))
    read_or_make(stack.secret("setup", TOKEN), operator)
    for service, role in ROLES.items():
        password = read_or_make(stack.secret("setup", f"{service}-password"))
        if service != "grafana":
            read_or_make(stack.secret(service, RECORDS), _url(role, password))
    read_or_make(stack.secret("grafana", "records-password"), stack.secret("setup", "grafana-password").read_text())
    for name in ("admin-password", "secret-key"):
        read_or_make(stack.secret("grafana", name))
    scraped = read_or_make(stack.secret("api", METRICS))
    read_or_make(stack.secret("prometheus", "api-token"), scraped)


def _url(user: str, password: str) -> str:
    return f"postgresql://{user}:{password}@postgres/{OWNER}"
