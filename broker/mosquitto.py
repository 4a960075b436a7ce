"""Mosquitto's configuration for a run on one machine.

What it keeps and how fast it is are the same as in the container's `mosquitto.conf`; where it listens is not.
"""

import os
from pathlib import Path

from contract.errors import Misconfigured

_SHIPPED = Path(__file__).with_name("mosquitto.conf")
_LAST_PART = "# ---- Where it listens"

_LOCAL = """\
# ---- Where it listens, and where it saves -----------------------------------------------------------------------

# This machine only, so it may be anonymous.
listener {port} 127.0.0.1
allow_anonymous true

# The local run's data folder.
persistence_location {folder}
"""

_ROOT = """
# Started by root, Mosquitto would become the user mosquitto, who may not write to that folder.
user root
"""


def local_config(folder: Path, port: int) -> str:
    """The configuration of a broker that only this machine reaches.

    Args:
        folder: where it saves sessions and messages; exists.
        port: TCP port at 127.0.0.1.

    Raises:
        Misconfigured: the folder's name can't be written into a configuration file.
    """
    place = str(folder.resolve())
    if not place.isprintable():
        raise Misconfigured("the broker's data folder must have a printable name")
    common, separator, _ = _SHIPPED.read_text(encoding="utf-8").partition(_LAST_PART)
    if not separator:
        raise RuntimeError(f"{_SHIPPED.name} has lost its last part")
    root = _ROOT if os.geteuid() == 0 else ""
    return common + _LOCAL.format(port=port, folder=place) + root
