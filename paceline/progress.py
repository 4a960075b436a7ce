"""One line of live figures while the local run works."""

import asyncio
import sys
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.status import Status

EVERY_S = 0.5
PLAIN_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What has been ingested so far.

    Attributes:
        oldest_s: how long the oldest message in hand has waited to be stored: the ingestor's lag.
    """

    batches: int
    items: int
    dead_letters: int
    unacknowledged: int
    oldest_s: float

    @classmethod
    def read(cls, registry: CollectorRegistry) -> "Figures":
        """From the ingestor's metrics."""
        totals: dict[str, float] = {}
        for metric in registry.collect():
            for sample in metric.samples:
                totals[sample.name] = totals.get(sample.name, 0) + sample.value
        return cls(
            int(totals.get("paceline_ingest_messages_total", 0)),
            int(totals.get("paceline_ingest_items_total", 0)),
            int(totals.get("paceline_ingest_dead_letters_total", 0)),
            int(totals.get("paceline_ingest_unacknowledged", 0)),
            totals.get("paceline_ingest_oldest_unacknowledged_seconds", 0),
        )

    def __str__(self) -> str:
        return (
            f"{self.batches:,} batches  {self.items:,} items  {self.dead_letters:,} dead letters  "
            f"{self.unacknowledged:,} in hand  lag {self.oldest_s:.1f} s"
        )


async def show_progress(registry: CollectorRegistry) -> None:
    """Keep the line up to date until cancelled: in place on a terminal, else a plain line now and then."""
    console = Console(stderr=False)
    if not sys.stdout.isatty():
        while True:
            console.print(str(Figures.read(registry)))
            await asyncio.sleep(PLAIN_EVERY_S)
    with Status("", console=console) as status:
        while True:
            status.update(str(Figures.read(registry)))
            await asyncio.sleep(EVERY_S)
