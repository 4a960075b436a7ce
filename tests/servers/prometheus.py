"""A real Prometheus for the tests, with a past: what is given to it as samples, it has scraped long ago."""

import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from prometheus_client.registry import Collector

from paceline.processes import Child, find_program, free_port

Labels = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Past:
    """Samples by family of metrics, in the order of time."""

    kinds: dict[str, str] = field(default_factory=dict)
    samples: dict[str, dict[tuple[str, Labels], list[tuple[float, float]]]] = field(default_factory=dict)

    def note(self, registry: Collector, at_s: float, job: Mapping[str, str]) -> None:
        """Scrape a registry, or one metric, at a moment, seconds since 1970 UTC."""
        for metric in registry.collect():
            self.kinds[metric.name] = metric.type
            found = self.samples.setdefault(metric.name, {})
            for sample in metric.samples:
                if not sample.name.endswith("_created"):
                    labels = tuple({**sample.labels, **job}.items())
                    found.setdefault((sample.name, labels), []).append((at_s, sample.value))

    def openmetrics(self) -> Iterable[str]:
        """As Prometheus reads it."""
        for family, found in self.samples.items():
            yield f"# TYPE {family} {self.kinds[family]}\n"
            for (name, labels), values in found.items():
                written = ",".join(f'{label}="{value}"' for label, value in labels)
                yield from (f"{name}{{{written}}} {value} {at_s:.3f}\n" for at_s, value in values)
        yield "# EOF\n"


class PrometheusServer:
    """One Prometheus that scrapes nobody.

    Args:
        folder: for its data.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        configuration = folder / "prometheus.yml"
        configuration.write_text("global: {}\n")
        command = [
            find_program("prometheus", "prometheus"),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={self._data}",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        self.child = Child(command, log=folder / "prometheus.log", cwd=folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def remember(self, past: Past) -> None:
        """Take over what was; before the start."""
        written = self.folder / "past.txt"
        written.write_text("".join(past.openmetrics()))
        command = [find_program("promtool", "prometheus"), "tsdb", "create-blocks-from", "openmetrics"]
        subprocess.run([*command, str(written), str(self._data)], check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.child.start()
        self.child.wait_ready(self._answers)

    def _answers(self) -> bool:
        try:
            with build_opener(ProxyHandler({})).open(f"{self.url}/-/ready", timeout=5) as response:
                return int(response.status) == 200
        except OSError:
            return False
