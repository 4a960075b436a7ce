"""Programs that run beside us (Mosquitto, and in tests and benchmarks InfluxDB, PostgreSQL and our own services)."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from contract.errors import Misconfigured
from paceline.growing_logs import tail

POLL_S = 0.02


def free_port() -> int:
    """A TCP port that nothing listens on at 127.0.0.1 just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def find_program(name: str, package: str) -> str:
    """The path of a program of the system.

    Raises:
        Misconfigured: it is not installed; the message says how to install it.
    """
    # Debian keeps servers in folders that a user's PATH leaves out.
    folders = [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/sbin"]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise Misconfigured(f"{name} is not installed: install the package '{package}' (apt-get install {package})")
    return found


class Child:
    """One program, its log file, and the signals that people send it. Ended by its own process id, never by name.

    Args:
        command: program and arguments.
        log: file that gets its output, appended.
        env: variables on top of ours.
        cwd: the folder it runs in.
    """

    def __init__(
        self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> None:
        self.command = list(command)
        self.log = log
        self.env = {**os.environ, **(env or {})}
        self.cwd = cwd
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The program's file name."""
        return Path(self.command[0]).name

    @property
    def pid(self) -> int:
        """Of the running process."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Started, and not yet ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; a second call after its end starts it again."""
        # Dies with us even when we are killed with SIGKILL, where the system can do that: no broker is left behind.
        guard = [setpriv, "--pdeathsig", "TERM", "--"] if (setpriv := shutil.which("setpriv")) else []
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603  # the command is ours
                [*guard, *self.command],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=self.env,
                cwd=self.cwd,
                # Ctrl-C at the terminal is for us alone: we end our children, in the right order.
                start_new_session=True,
            )

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float = 30) -> None:
        """Wait until it serves.

        Raises:
            Misconfigured: it ended, or did not get ready in time; the message holds the end of its log.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.alive:
                raise Misconfigured(f"{self.name} ended at its start:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise Misconfigured(f"{self.name} is not ready after {timeout_s:g} s:\n{self.last_words()}")
            time.sleep(POLL_S)

    def last_words(self, lines: int = 10) -> str:
        """The end of its log."""
        return tail(self.log, lines)

    def stop(self, grace_s: float = 10) -> None:
        """SIGTERM, then SIGKILL if it does not end within the grace."""
        if not self.alive:
            return
        self._send(signal.SIGTERM)
        try:
            self._wait(grace_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: what a power cut or the out-of-memory killer does."""
        if self.alive:
            self._send(signal.SIGKILL)
            self._wait(10)

    def pause(self) -> None:
        """SIGSTOP."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _wait(self, timeout_s: float) -> None:
        if self.process is not None:
            self.process.wait(timeout_s)
