"""The figures, for people beside the targets and for programs as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

Figures = dict[str, float]
"""By name, as in the JSON; a figure that was not measured is absent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Attributes:
        key: of the figure.
        words: what it is.
        unit: after the number; `%` for a ratio.
        low: at least this much is wanted.
        high: at most this much is wanted.
    """

    key: str
    words: str
    unit: str = ""
    low: float | None = None
    high: float | None = None

    def value(self, figure: float) -> str:
        """The number with its unit."""
        if self.unit == "%":
            return f"{figure:.1%}"
        text = f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}"
        return f"{text} {self.unit}".rstrip()

    def target(self, figure: float) -> str:
        """What is wanted, and whether that is reached."""
        if self.low is not None:
            return f"{'reached' if figure >= self.low else 'MISSED'}: at least {self.value(self.low)}"
        if self.high is not None:
            return f"{'reached' if figure <= self.high else 'MISSED'}: at most {self.value(self.high)}"
        return ""


SECTIONS: Mapping[str, tuple[Line, ...]] = {
    "Ten meals a batch, InfluxDB, the devices' work done beforehand (drain)": (
        Line("items_per_s", "stored", "items/s"),
        Line("bare_items_per_s", "bare write rate, one request at a time", "items/s"),
        Line("ratio_to_bare", "stored / bare", "%", low=0.95),
        Line("bare_two_in_flight_items_per_s", "bare write rate, two at a time", "items/s"),
        Line("ratio_to_bare_two_in_flight", "stored / bare, two at a time", "%"),
        Line("ingestor_cpu_us_per_batch", "ingestor", "us/batch", high=40),
        Line("broker_cpu_us_per_batch", "broker", "us/batch"),
        Line("database_cpu_us_per_batch", "database", "us/batch"),
        Line("ingestor_peak_rss_mb", "ingestor's memory at its peak", "MB", high=150),
    ),
    "The same while the devices publish and read receipts on the same cores (live)": (
        Line("live_items_per_s", "stored", "items/s"),
        Line("live_ingestor_cpu_us_per_batch", "ingestor", "us/batch"),
        Line("live_broker_cpu_us_per_batch", "broker", "us/batch"),
        Line("live_database_cpu_us_per_batch", "database", "us/batch"),
        Line("live_devices_cpu_us_per_batch", "devices", "us/batch"),
    ),
    "500 devices at the same moment, from publish to receipt": (
        Line("receipt_p50_ms", "half of them within", "ms"),
        Line("receipt_p99_ms", "99 % within", "ms", high=250),
        Line("receipt_max_ms", "all within", "ms"),
    ),
    "60 samples of a track a batch, InfluxDB (drain)": (
        Line("track_items_per_s", "stored", "items/s"),
        Line("track_bare_items_per_s", "bare write rate, one request at a time", "items/s"),
        Line("track_ratio_to_bare", "stored / bare", "%"),
        Line("track_bare_two_in_flight_items_per_s", "bare write rate, two at a time", "items/s"),
        Line("track_ratio_to_bare_two_in_flight", "stored / bare, two at a time", "%"),
        Line("track_ingestor_cpu_us_per_batch", "ingestor", "us/batch", high=120),
        Line("track_database_cpu_us_per_batch", "database", "us/batch"),
    ),
    "Embedded store (drain; its work is the ingestor's)": (
        Line("embedded_items_per_s", "meals stored", "items/s"),
        Line("embedded_ingestor_cpu_us_per_batch", "ingestor, ten meals", "us/batch"),
        Line("track_embedded_items_per_s", "track stored", "items/s"),
        Line("track_embedded_ingestor_cpu_us_per_batch", "ingestor, 60 samples", "us/batch"),
    ),
    "On disk, after compaction": (
        Line("influx_bytes_per_item", "InfluxDB, a meal", "bytes"),
        Line("track_influx_bytes_per_item", "InfluxDB, a track sample", "bytes"),
        Line("embedded_bytes_per_item", "embedded, a meal", "bytes"),
        Line("track_embedded_bytes_per_item", "embedded, a track sample", "bytes"),
    ),
    "Two ingestors that share the work, ten meals a batch (drain)": (
        Line("two_ingestors_items_per_s", "stored", "items/s"),
        Line("two_ingestors_cpu_us_per_batch", "both ingestors", "us/batch"),
    ),
    "Telegraf on the same batches (drain)": (
        Line("telegraf_items_published", "published", "items"),
        Line("telegraf_items_kept", "in the database", "items"),
        Line("telegraf_items_per_s", "kept", "items/s"),
        Line("telegraf_cpu_us_per_batch", "Telegraf", "us/batch"),
        Line("telegraf_database_cpu_us_per_batch", "database", "us/batch"),
    ),
    "Proof": (
        Line("items_published", "published in all", "items"),
        Line("items_kept", "in the databases, each exactly once", "items"),
    ),
}


def show(figures: Figures, console: Console) -> None:
    """The table."""
    for title, lines in SECTIONS.items():
        measured = [line for line in lines if line.key in figures]
        if not measured:
            continue
        table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
        table.add_column(min_width=40, no_wrap=True)
        table.add_column(justify="right", min_width=17, no_wrap=True)
        table.add_column(no_wrap=True)
        for line in measured:
            table.add_row(line.words, line.value(figures[line.key]), line.target(figures[line.key]))
        console.print(table, "")


def write_json(figures: Figures, path: Path) -> None:
    """The same as a JSON object."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
