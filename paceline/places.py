"""Where services are: ports, and the local run's folder with a note of the ports that it really has."""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from contract.errors import Misconfigured
from paceline.processes import free_port, is_listening

NOTE = "paceline.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a local run can be reached; what `paceline.json` says."""

    pid: int
    mqtt_port: int
    mqtts_port: int
    api_port: int
    mqtt_url: str
    mqtts_url: str
    api_url: str

    @classmethod
    def at(cls, mqtt_port: int, mqtts_port: int, api_port: int) -> "Addresses":
        """On this machine's loopback."""
        urls = (f"mqtt://127.0.0.1:{mqtt_port}", f"mqtts://127.0.0.1:{mqtts_port}", f"http://127.0.0.1:{api_port}")
        return cls(os.getpid(), mqtt_port, mqtts_port, api_port, *urls)

    def note(self, folder: Path) -> None:
        """Write `paceline.json`, whole or not at all, so that a reader never sees half of it."""
        draft = folder / f"{NOTE}.new"
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(folder / NOTE)

    @classmethod
    def noted(cls, folder: Path) -> "Addresses | None":
        """Those of the local run that is on in this folder; None if there is none."""
        try:
            return cls(**json.loads((folder / NOTE).read_text()))
        except FileNotFoundError:
            return None


def choose_port(usual: int, wanted: int | None, *others: int | None) -> int:
    """The port to listen on.

    Args:
        usual: taken when it is free; else some free port is.
        wanted: the one that the person insists on, if any.
        others: those that other services of ours get.

    Raises:
        Misconfigured: the wanted port is in use, or is one of the others.
    """
    if wanted is not None:
        if wanted in others:
            raise Misconfigured(f"port {wanted} can't be the broker's and the API's: choose two different ones")
        if is_listening(wanted):
            raise Misconfigured(f"port {wanted} is in use: choose another one, or leave the option out")
        return wanted
    return free_port() if usual in others or is_listening(usual) else usual


@contextmanager
def port_failures_told(port: int) -> Iterator[None]:
    """What the system says of a port, in our words.

    Raises:
        Misconfigured: instead of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(f"port {port} is in use: choose another one, or stop what listens there") from None
        raise Misconfigured(f"port {port} can't be listened on: {error.strerror}") from None


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A TCP socket that has its address but doesn't listen yet: until then clients are refused, not kept waiting.

    Raises:
        Misconfigured: the address is in use, is not this machine's, or is not ours to take.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as opened:
        # A port that connections of an earlier run still linger on is free.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with port_failures_told(port):
            opened.bind((host, port))
        yield opened


@contextmanager
def occupied(folder: Path) -> Iterator[Path]:
    """Hold a folder for one run.

    Raises:
        Misconfigured: another run has it, or it can't be written.
    """
    # Health data: what is made in there is for its owner only.
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "paceline.lock").open("w")
    except OSError as error:
        raise Misconfigured(f"the folder {folder} can't be used: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(f"another `paceline run` uses {folder}: stop it, or choose another --data") from None
        try:
            yield folder
        finally:
            (folder / NOTE).unlink(missing_ok=True)
