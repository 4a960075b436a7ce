"""A real PostgreSQL for the tests: one cluster in a temporary folder for the whole run, a new database for each asker.

A pytest plugin. Nothing of it outlives the run, so it may lose what it likes in a crash (fsync off).
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from contract.errors import Misconfigured
from paceline.processes import Child, find_program, free_port

_OWNER = "postgres"
"""Whom the server runs as when the tests are root, which PostgreSQL refuses."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
}


class PostgresServer:
    """One PostgreSQL cluster.

    Args:
        folder: for its data; made, and owned by whom the server runs as.
    """

    user = "paceline"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self._numbers = count(1)
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [_program("postgres"), "-D", str(self._data), "-p", str(self.port), *settings]
        self.child = Child(_as_owner(command), log=folder / "postgres.log", cwd=folder)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def make_cluster(self) -> None:
        """Make the files of an empty cluster."""
        password = self.folder / "password"
        password.write_text(self.password)
        if _is_root():
            for path in (self.folder, password):
                shutil.chown(path, _OWNER)
        how = ["-U", self.user, "-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8", "--no-locale"]
        self._run(_as_owner([_program("initdb"), "-D", str(self._data), "--no-sync", *how]))

    def start(self) -> None:
        """Start it, and wait until it takes connections; after `stop` or a kill, it starts on the same port again."""
        self.child.start()
        self.child.wait_ready(self._answers)

    def stop(self) -> None:
        """End it at once, throwing off its clients (SIGTERM would wait for them)."""
        if self.child.alive:
            os.kill(self.child.pid, signal.SIGINT)
            self.child.stop()  # its SIGTERM, after SIGINT, changes nothing

    def make_database(self) -> str:
        """Make an empty database; its URL, with the password."""
        name = f"test_{next(self._numbers)}"
        self._run([_program("createdb"), *self._where(), name])
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database of this name, whether it exists or not."""
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{name}"

    def _answers(self) -> bool:
        asked = [_program("pg_isready"), "-q", *self._where()]
        return subprocess.run(asked, check=False, cwd=self.folder).returncode == 0

    def _where(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", self.user]

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, "PGPASSWORD": self.password},
        )
        if done.returncode:
            raise Misconfigured(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL. A test that stops it must start it again."""
    # Not in pytest's own folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="paceline-postgres-"))
    server = PostgresServer(folder)
    try:
        server.make_cluster()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _program(name: str) -> str:
    """A program of PostgreSQL, the newest version first: Debian keeps them out of PATH."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(versions, key=lambda path: float(path.parent.parent.name), default=None)
    return str(newest) if newest else find_program(name, "postgresql")


def _is_root() -> bool:
    return os.geteuid() == 0


def _as_owner(command: Sequence[str]) -> list[str]:
    if not _is_root():
        return list(command)
    # The signal again, since changing the user takes back the one that `Child` asked for.
    return [
        find_program("setpriv", "util-linux"),
        f"--reuid={_OWNER}",
        f"--regid={_OWNER}",
        "--init-groups",
        "--pdeathsig=TERM",
        "--",
        *command,
    ]
