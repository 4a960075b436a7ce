"""Mosquitto's configuration for a run on one machine, and for a server.

What it keeps and how fast it is are the same as in the container's `mosquitto.conf`, and so is who may do what; where
it listens and saves is not.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from broker.files import write_private
from contract.errors import Misconfigured

_HERE = Path(__file__).parent
_LAST_PART = "# ---- Where it listens"

_PLUGIN = "mosquitto_dynamic_security.so"
_PLUGIN_FOLDERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")

_PASSWORDS = """\
# For trials: this machine only, in the clear; the password proves the user name.
listener {port} 127.0.0.1
password_file {state}/passwords

"""

_CERTIFICATES = """\
# Devices and services with certificates of the installation's own authority, whose common name is the user.
listener {port} {address}
cafile {identity}/ca.pem
certfile {identity}/certificate.pem
keyfile {identity}/key.pem
crlfile {state}/revoked.pem
require_certificate true
use_identity_as_username true

# Who may publish and hear what.
acl_file {state}/acl

# Ends all connections of a user when a certificate is revoked; decides nothing.
plugin {plugin}
plugin_opt_config_file {state}/dynamic-security.json

# Sessions and messages.
persistence_location {state}
"""

_ROOT = """
# Started by root, Mosquitto would become the user mosquitto, who may not write to that folder.
user root
"""

_NOBODY = {
    "defaultACLAccess": {
        "publishClientSend": False,
        "publishClientReceive": False,
        "subscribe": False,
        "unsubscribe": False,
    },
    "clients": [],
    "groups": [],
    "roles": [],
}


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """Where a Mosquitto of ours lives.

    Attributes:
        state: folder for what it saves and is told; exists, and is its owner's only.
        identity: folder with its `certificate.pem`, `key.pem` and `ca.pem`.
        tls_port: TCP port for certificates.
        password_port: TCP port at 127.0.0.1 for passwords; None: there is no such listener.
        address: where the port for certificates is; every interface by default.
    """

    state: Path
    identity: Path
    tls_port: int
    password_port: int | None = None
    address: str = ""

    @property
    def revoked(self) -> Path:
        """The revocation list that it reads."""
        return self.state / "revoked.pem"

    @property
    def passwords(self) -> Path:
        """The password file that it reads."""
        return self.state / "passwords"

    @property
    def configuration(self) -> Path:
        """What it is started with."""
        return self.state / "mosquitto.conf"


def common_config() -> str:
    """What every Mosquitto of ours keeps, and how fast it is; without a listener."""
    common, separator, _ = (_HERE / "mosquitto.conf").read_text(encoding="utf-8").partition(_LAST_PART)
    if not separator:
        raise RuntimeError("mosquitto.conf has lost its last part")
    return common


def config_of(place: BrokerPlace) -> str:
    """The configuration of a broker that lives there.

    Raises:
        Misconfigured: a folder's name can't be written into a configuration file, or Mosquitto lacks its plugin.
    """
    state, identity = place.state.resolve(), place.identity.resolve()
    if not (str(state) + str(identity)).isprintable():
        raise Misconfigured("the broker's folders must have printable names")
    head = f"{_LAST_PART}, whom it believes, and where it saves {'-' * 54}\n\n"
    passwords = "" if place.password_port is None else _PASSWORDS.format(port=place.password_port, state=state)
    certificates = _CERTIFICATES.format(
        port=place.tls_port, address=place.address, state=state, identity=identity, plugin=find_plugin()
    )
    root = _ROOT if os.geteuid() == 0 else ""
    return common_config() + head + passwords + certificates + root


def prepare(place: BrokerPlace) -> None:
    """Write all that the broker reads but its identity and passwords.

    Raises:
        Misconfigured: as `config_of`; or its identity was not made yet.
    """
    write_private(place.configuration, config_of(place).encode())
    prepare_state(place)


def prepare_state(place: BrokerPlace) -> None:
    """Write what any Mosquitto of ours reads, but for its configuration, its identity and passwords.

    Raises:
        Misconfigured: its identity was not made yet.
    """
    write_private(place.state / "acl", (_HERE / "acl").read_bytes())
    # Anew at each start: who was being thrown off when the broker died need not stay known to the plugin.
    write_private(place.state / "dynamic-security.json", json.dumps(_NOBODY, indent=2).encode())
    if not place.revoked.exists():
        try:
            write_private(place.revoked, (place.identity / "revoked.pem").read_bytes())
        except OSError:
            raise Misconfigured(f"the broker has no identity in {place.identity}: `paceline setup` makes one") from None


def find_plugin() -> Path:
    """Mosquitto's dynamic security plugin, which is part of it.

    Raises:
        Misconfigured: it is in none of the places where systems put it.
    """
    for folder in _PLUGIN_FOLDERS:
        for found in (Path(folder) / _PLUGIN, *sorted(Path(folder).glob(f"*-linux-*/{_PLUGIN}"))):
            if found.exists():
                return found
    raise Misconfigured(f"Mosquitto's plugin {_PLUGIN} is not installed: it is part of Mosquitto 2.0 and later")
