"""A real InfluxDB beside the tests: Debian's influxd 1.x, or the server that `PACELINE_INFLUX_URL` names.

With `PACELINE_INFLUX_URL` (and `PACELINE_INFLUX_TOKEN`, `PACELINE_INFLUX_ORG`, or `PACELINE_INFLUX_USERNAME` and
`PACELINE_INFLUX_PASSWORD`) the same tests run against a server of any version; those that must kill or restart their
server start an influxd of their own all the same.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener
from uuid import uuid4

import pytest

from paceline.processes import Child, find_program, free_port
from storage.series.options import SeriesOptions

A_CENTURY = 36_500

_CONFIGURATION = """\
bind-address = "127.0.0.1:{rpc_port}"
reporting-disabled = true

[meta]
  dir = "{folder}/meta"

[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
  cache-snapshot-write-cold-duration = "{snapshot_after}"
  compact-full-write-cold-duration = "{compact_after}"

[monitor]
  store-enabled = false

[http]
  bind-address = "127.0.0.1:{http_port}"
  log-enabled = false
  auth-enabled = {auth}
"""


@dataclass
class InfluxServer:
    """One InfluxDB.

    Attributes:
        url: where it answers.
        child: the process, unless the server is somebody else's.
        login: how to log in.
    """

    url: str
    child: Child | None = None
    login: SeriesOptions = field(default_factory=SeriesOptions)

    def options(self, database: str, **more: Any) -> SeriesOptions:
        """For a database in it that keeps points of any age: tests have fixed dates."""
        return replace(self.login, database=database, **{"retention_days": A_CENTURY} | more)

    def start(self) -> None:
        """Start it, again if it was stopped or killed, and wait until it answers."""
        assert self.child is not None
        self.child.start()
        self.child.wait_ready(self.answers)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.child is not None
        self.child.kill()

    def answers(self) -> bool:
        """Whether it says `204 No Content` to a ping."""
        try:
            # Without the shell's proxies: the server is on this machine.
            with build_opener(ProxyHandler({})).open(f"{self.url}/ping", timeout=5) as response:
                return int(response.status) == 204
        except OSError:
            return False


def influxd(
    folder: Path,
    http_port: int,
    rpc_port: int,
    *,
    auth: bool = False,
    snapshot_after: str = "10m",
    compact_after: str = "4h",
) -> Child:
    """Debian's influxd 1.x with its own defaults, on 127.0.0.1 only; each write is on disk before it is confirmed.

    Args:
        folder: for its files; made if need be.
        http_port: where it answers HTTP.
        rpc_port: a second one that it insists on.
        auth: whether one has to log in.
        snapshot_after: how long a shard must be idle until its cache is written to a file, a Go duration.
        compact_after: how long until its files are compacted in full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "influxdb.conf"
    configuration.write_text(
        _CONFIGURATION.format(
            folder=folder,
            http_port=http_port,
            rpc_port=rpc_port,
            auth=str(auth).lower(),
            snapshot_after=snapshot_after,
            compact_after=compact_after,
        )
    )
    command = [find_program("influxd", "influxdb"), "-config", str(configuration)]
    return Child(command, log=folder / "influxd.log", cwd=folder)


def new_server(folder: Path, *, auth: bool = False) -> InfluxServer:
    """An influxd of its own that keeps everything below this folder; not yet started."""
    port = free_port()
    return InfluxServer(f"http://127.0.0.1:{port}", child=influxd(folder, port, free_port(), auth=auth))


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    """The InfluxDB that all tests share; each has users or a database of its own."""
    if url := os.environ.get("PACELINE_INFLUX_URL"):
        yield InfluxServer(url, login=_login_from_environment())
        return
    server = new_server(tmp_path_factory.mktemp("influx"))
    server.start()
    yield server
    assert server.child is not None
    server.child.stop()


@pytest.fixture
def own_influx(tmp_path: Path) -> Iterator[InfluxServer]:
    """An influxd for one test, which may kill it."""
    server = new_server(tmp_path)
    server.start()
    yield server
    assert server.child is not None
    server.child.stop()


@pytest.fixture(scope="session")
def influx_database() -> str:
    """A database that tests share: each has users of its own."""
    return f"test_{uuid4().hex}"


def _login_from_environment() -> SeriesOptions:
    names = ("token", "org", "username", "password")
    given = {name: os.environ.get(f"PACELINE_INFLUX_{name.upper()}") for name in names}
    return replace(SeriesOptions(), **given)  # type: ignore[arg-type]
