"""How many devices one process can be: `python -m benchmarks.fleet`.

The broker is a real Mosquitto on this machine, configured as `paceline run` has it, and nobody has subscribed: what is
measured is the simulator and its own way to the broker. On a machine with other work the rates say little; processor
time a batch says more.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.fleet_load import FleetLoad, Outcome
from benchmarks.report import Figures, Line, write_json
from benchmarks.stack import furnished, mosquitto
from broker.authority.names import SIMULATOR
from paceline.processes import free_port

PAHO_DEVICES = 300
"""A paho client waits with select(), which knows no file above 1023, and has three of them: beyond about 330 clients a
process, they are thrown off and never come back."""

_LINES = (
    Line("connect_per_s", "10,000 devices: connections", "/s", low=4_000),
    Line("connected_peak_rss_mb", "memory with all of them connected, and 500 lives", "MB", high=200),
    Line("pregenerated_per_s", "500 devices, batches made ahead: published", "/s", low=35_000),
    Line("pregenerated_cpu_us", "processor time", "us/batch"),
    Line("pregenerated_half_lateness_p99_ms", "timer's lateness at half of that, 99 % within", "ms", high=5),
    Line("pregenerated_half_puback_p99_ms", "PUBACK at half of that, 99 % within", "ms"),
    Line("lived_per_s", "500 devices, batches made as they go: published", "/s", low=8_000),
    Line("lived_cpu_us", "processor time", "us/batch"),
    Line("lived_half_lateness_p99_ms", "timer's lateness at half of that, 99 % within", "ms", high=5),
    Line("lived_half_puback_p99_ms", "PUBACK at half of that, 99 % within", "ms"),
    Line("paho_per_s", "plain paho-mqtt, 300 devices, made ahead: published", "/s"),
    Line("paho_cpu_us", "processor time", "us/batch"),
    Line("paho_peak_rss_mb", "its memory, with the batches", "MB"),
    Line("paho_puback_p99_ms", "its PUBACK at 1,000 a second, 99 % within", "ms"),
    Line("same_puback_p99_ms", "the simulator's at the same rate", "ms"),
    Line("same_cpu_us", "the simulator's processor time at the same rate", "us/batch"),
    Line("paho_slow_cpu_us", "paho's processor time at the same rate", "us/batch"),
)


def measure(
    seconds: Annotated[float, typer.Option(min=1, help="How long each load is published.")] = 8.0,
    json: Annotated[Path | None, typer.Option(help="Write the figures there too.")] = None,
) -> None:
    """Measure the simulator on this machine, and a plain paho-mqtt fleet on the same work."""
    with TemporaryDirectory(prefix="paceline-bench-") as folder:
        house = furnished(Path(folder), free_port())
        broker = mosquitto(house)
        broker.start()
        try:
            figures = _figures(house.url_of(SIMULATOR), seconds)
        finally:
            broker.stop()
    table = Table(box=None, show_header=False, padding=(0, 2))
    for line in _LINES:
        table.add_row(line.words, line.value(figures[line.key]), line.target(figures[line.key]))
    Console().print(table)
    if json is not None:
        write_json(figures, json)


def _figures(url: str, seconds: float) -> Figures:
    def load(per_s: float, *, pregenerate: bool = True, devices: int = 500) -> FleetLoad:
        return FleetLoad(broker_url=url, devices=devices, per_s=per_s, seconds=seconds, pregenerate=pregenerate)

    connected = _run("fleet_worker", FleetLoad(broker_url=url, devices=10_000, per_s=5_000))
    ahead, half_ahead = _run("fleet_worker", load(40_000)), _run("fleet_worker", load(17_500))
    lived, half_lived = (_run("fleet_worker", load(per_s, pregenerate=False)) for per_s in (10_000, 4_000))
    plain, plain_slow = (_run("fleet_paho", load(per_s, devices=PAHO_DEVICES)) for per_s in (10_000, 1_000))
    same = _run("fleet_worker", load(1_000, devices=PAHO_DEVICES))
    return {
        "connect_per_s": connected.per_s,
        "connected_peak_rss_mb": connected.peak_rss_bytes / 1e6,
        "pregenerated_per_s": ahead.per_s,
        "pregenerated_cpu_us": ahead.cpu_us,
        "pregenerated_half_lateness_p99_ms": half_ahead.lateness_p99_ms,
        "pregenerated_half_puback_p99_ms": half_ahead.puback_p99_ms,
        "lived_per_s": lived.per_s,
        "lived_cpu_us": lived.cpu_us,
        "lived_half_lateness_p99_ms": half_lived.lateness_p99_ms,
        "lived_half_puback_p99_ms": half_lived.puback_p99_ms,
        "paho_per_s": plain.per_s,
        "paho_cpu_us": plain.cpu_us,
        "paho_peak_rss_mb": plain.peak_rss_bytes / 1e6,
        "paho_puback_p99_ms": plain_slow.puback_p99_ms,
        "paho_slow_cpu_us": plain_slow.cpu_us,
        "same_puback_p99_ms": same.puback_p99_ms,
        "same_cpu_us": same.cpu_us,
    }


def _run(module: str, load: FleetLoad) -> Outcome:
    command = [sys.executable, "-m", f"benchmarks.{module}", msgspec.json.encode(load).decode()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Outcome)


if __name__ == "__main__":
    typer.run(measure)
