"""A real Mosquitto beside the tests.

Most tests are about what is said, not about who says it: their Mosquitto keeps and sends as every one of ours does, but
lets in anybody from this machine (`mosquitto`, `own_mosquitto`). `guarded` is one as an installation has it, where
nobody is anonymous.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from broker.mosquitto import common_config
from broker.session import Endpoint
from paceline.processes import Child, find_program, free_port, is_listening

ANYBODY = """
# For narrow tests: without names, so without rules on them.
allow_anonymous true
listener {port} 127.0.0.1
persistence_location {folder}
user root
"""


@dataclass(frozen=True, slots=True)
class MosquittoServer:
    """One Mosquitto, on a port and with a data folder that it keeps through restarts.

    Attributes:
        port: TCP port at 127.0.0.1.
        child: the process.
    """

    port: int
    child: Child

    @property
    def endpoint(self) -> Endpoint:
        """Where sessions find it."""
        return Endpoint("127.0.0.1", self.port)

    def start(self) -> None:
        """Start it, again if it was stopped or killed, and wait until it listens."""
        self.child.start()
        self.child.wait_ready(lambda: is_listening(self.port))

    def stop(self) -> None:
        """SIGTERM: it saves and says farewell."""
        self.child.stop()

    def kill(self) -> None:
        """SIGKILL."""
        self.child.kill()


def new_server(folder: Path, *, more: str = "") -> MosquittoServer:
    """A Mosquitto that keeps everything in this folder, listens on 127.0.0.1 only and lets in anybody; not yet started.

    Args:
        folder: for its data, its configuration and its log.
        more: further lines of configuration.
    """
    port = free_port()
    configuration = folder / "mosquitto.conf"
    common = common_config().replace("allow_anonymous false", "")
    configuration.write_text(common + ANYBODY.format(port=port, folder=folder) + more)
    command = [find_program("mosquitto", "mosquitto"), "-c", str(configuration)]
    return MosquittoServer(port, Child(command, log=folder / "mosquitto.log"))


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MosquittoServer]:
    """The Mosquitto that all tests share; each has client ids and topics of its own."""
    server = new_server(tmp_path_factory.mktemp("mosquitto"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_mosquitto(tmp_path: Path) -> Iterator[MosquittoServer]:
    """A Mosquitto for one test, which may kill and restart it."""
    server = new_server(tmp_path)
    server.start()
    yield server
    server.stop()
