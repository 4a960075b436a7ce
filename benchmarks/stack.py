"""The real parts on this machine, each a process of its own: Mosquitto, InfluxDB, ingestors.

Everything listens on 127.0.0.1 only, on free ports that are chosen once, so that a part which is started again is
found again; everything is kept below one folder.

    with Stack(folder) as stack:
        stack.start()
        stack.broker.kill()
        stack.broker.start()
"""

import sys
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.part import Part, Usage
from broker.authority.names import INGESTOR, INSIGHTS, SIMULATOR
from broker.mosquitto import prepare
from paceline.house import LocalHouse
from paceline.places import Addresses
from paceline.processes import Child, find_program, free_port, is_listening
from paceline.settings import Settings
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import SeriesStore
from tests.servers.influx import InfluxServer, influxd

__all__ = ["Part", "Stack", "Usage", "influxdb", "ingestor", "mosquitto"]

DATABASE = "paceline"

_RUN_PACELINE = "from paceline.cli import main; main()"


def furnished(folder: Path, port: int) -> LocalHouse:
    """An authority, identities and passwords, as a local run has them.

    Args:
        folder: for all of it; made if need be.
        port: where the broker takes passwords.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Without the settings of whoever runs this.
    settings = Settings.model_construct(data=folder)
    house = LocalHouse.at(folder, settings, Addresses.at(port, free_port(), 0))
    house.furnish([])
    return house


def mosquitto(house: LocalHouse, extra: str = "") -> Part:
    """Mosquitto as `paceline run` configures it.

    Args:
        house: where it lives.
        extra: lines of configuration after those; the later of two lines wins.
    """
    prepare(house.broker)
    with house.broker.configuration.open("a") as config:
        config.write(f"\n{extra}\n")
    command = [find_program("mosquitto", "mosquitto"), "-c", str(house.broker.configuration)]
    log = house.broker.state / "mosquitto.log"
    return Part("broker", Child(command, log=log), partial(is_listening, house.addresses.mqtt_port))


def influxdb(folder: Path, port: int, rpc_port: int, *, snapshot_after: str = "10m", compact_after: str = "4h") -> Part:
    """As `tests.servers.influx.influxd` configures it, whose arguments these are."""
    child = influxd(folder, port, rpc_port, snapshot_after=snapshot_after, compact_after=compact_after)
    return Part("database", child, InfluxServer(f"http://127.0.0.1:{port}").answers)


def ingestor(
    folder: Path,
    broker_url: str,
    influx_url: str | None,
    *,
    database: str = DATABASE,
    share: str | None = None,
    instance: int = 0,
    metrics_port: int | None = None,
) -> Part:
    """The command `paceline ingest`; ready when it has been connected to the broker.

    Args:
        folder: its data folder: records, and the embedded store if there is no InfluxDB; made if need be.
        broker_url: the broker's, with user name and password.
        influx_url: the database's, or of something in front of it; None: the embedded store.
        database: its name in InfluxDB.
        share: as `--share`.
        instance: as `--instance`.
        metrics_port: where it serves its metrics; None: nowhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", _RUN_PACELINE, "ingest", "--instance", str(instance)]
    command += ["--share", share] if share else []
    environment = {
        "PACELINE_DATA": str(folder),
        "PACELINE_BROKER_URL": broker_url,
        "PACELINE_INFLUX_DATABASE": database,
        "PACELINE_LOG_FORMAT": "json",
        "PACELINE_LOG_LEVEL": "info",
    }
    if influx_url:
        environment["PACELINE_INFLUX_URL"] = influx_url
    if metrics_port:
        environment["PACELINE_INGEST_METRICS_PORT"] = str(metrics_port)
    child = Child(command, log=folder / f"ingestor-{instance}.log", env=environment, cwd=folder)
    # The settings of whoever runs this are not meant for it.
    child.env = {name: value for name, value in child.env.items() if name in environment or not _is_setting(name)}
    part = Part(f"ingestor {instance}", child, lambda: "connected to the broker" in part.log_since_start)
    return part


class Stack:
    """Broker, database and ingestors together; as a context, all of them have ended when it ends.

    Args:
        folder: for everything.
        ingestors: how many; more than one share the work.
        embedded: store in SQLite instead of InfluxDB. Several ingestors then share one file.
        broker_extra: further lines of Mosquitto's configuration.
        ingestors_influx_url: where ingestors find the database, if not where it is: a proxy that makes errors.

    Attributes:
        house: the identities of its services.
        broker_url: the broker's, for devices of any user.
        events_url: the broker's, for who follows what was stored.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ingestors: int = 1,
        embedded: bool = False,
        broker_extra: str = "",
        ingestors_influx_url: str | None = None,
    ) -> None:
        self.folder = folder
        self.mqtt_port, influx_port, rpc_port = free_port(), free_port(), free_port()
        self.house = furnished(folder, self.mqtt_port)
        self.broker_url, self.events_url = self.house.url_of(SIMULATOR), self.house.url_of(INSIGHTS)
        self.influx_url = None if embedded else f"http://127.0.0.1:{influx_port}"
        self.broker = mosquitto(self.house, broker_extra)
        self.influx = None if embedded else influxdb(folder / "influx", influx_port, rpc_port)
        self.metrics_ports = [free_port() for _ in range(ingestors)]
        self.ingestors = [
            ingestor(
                folder / "data",
                self.house.url_of(INGESTOR),
                (ingestors_influx_url or self.influx_url),
                share="ingestors" if ingestors > 1 else None,
                instance=number,
                metrics_port=port,
            )
            for number, port in enumerate(self.metrics_ports)
        ]

    @property
    def parts(self) -> list[Part]:
        """All of them, in the order in which they are started."""
        database = [self.influx] if self.influx else []
        return [*database, self.broker, *self.ingestors]

    def start(self) -> None:
        """Start all that is not alive."""
        for part in self.parts:
            if not part.alive:
                part.start()

    def stop(self) -> None:
        """End all, in the opposite order."""
        for part in reversed(self.parts):
            part.stop()

    def open_store(self) -> SeriesStore:
        """The store that the ingestors write to, directly."""
        if self.influx_url is None:
            return open_series_store(self.folder / "data" / "series.db")
        return open_series_store(self.influx_url, SeriesOptions(database=DATABASE, timeout_s=120))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _is_setting(name: str) -> bool:
    return name.upper().startswith("PACELINE_")
