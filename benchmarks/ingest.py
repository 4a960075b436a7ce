"""`make bench`: from publish to stored, through a real Mosquitto, a real ingestor and a real InfluxDB.

What is measured where: `benchmarks.phases` (drain and live), `benchmarks.rounds` (the database's own limit),
`benchmarks.burst` (receipts), `benchmarks.disk`, `benchmarks.telegraf`. docs/performance.md explains the figures.
"""

import argparse
import gc
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import uvloop
from rich.console import Console

from benchmarks import telegraf
from benchmarks.burst import receipt_times_s
from benchmarks.devices import Watch, watching
from benchmarks.disk import compacted_bytes, sqlite_bytes
from benchmarks.load import ITEMS_PER_BATCH, USERS, Loads
from benchmarks.phases import drain, live
from benchmarks.report import Figures, show, write_json
from benchmarks.rounds import bare_database, take_turns
from benchmarks.stack import Stack
from contract.catalogue import CATALOGUE
from contract.errors import PacelineError
from storage.series.protocol import Selection, SeriesStore

WIDTH = 110
"""Of the table, also where no terminal tells."""

progress = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured.

    Attributes:
        batches: of ten meals in each passage.
        rounds: how often bare writes and passages take turns.
        bursts: of 500 batches at once.
    """

    batches: int = 30_000
    rounds: int = 4
    bursts: int = 10


QUICK = Options(batches=2_000, rounds=1, bursts=2)
PARTS = ("influx", "disk", "embedded", "two", "telegraf")


class Bench:
    """Runs one part after the other, each with a stack of its own.

    Args:
        options: how much.
        folder: for everything that the parts keep.
    """

    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.figures = Figures(items_published=0, items_kept=0)

    async def run(self, parts: Sequence[str] = PARTS) -> Figures:
        """The figures of these parts. Everything that was started has ended when this returns or raises."""
        if "influx" in parts:
            await self.measure_influx()
        if "disk" in parts and "influx" in parts:
            await self.weigh_influx()
        if "embedded" in parts:
            await self.measure_embedded()
        if "two" in parts:
            await self.measure_two_ingestors()
        if "telegraf" in parts and telegraf.is_installed():
            await self.measure_telegraf()
        return self.figures

    async def measure_influx(self) -> None:
        """Throughput against the bare rate, latency and memory."""
        folder, loads = self._own("influx"), Loads()
        with Stack(folder) as stack:
            stack.start()
            async with watching(stack.events_url) as watch:
                await self._warm_up(stack, watch, loads)
                for kind in ITEMS_PER_BATCH:
                    _say(f"InfluxDB: {kind}, {self.options.rounds} rounds of bare writes and of draining")
                    make_load = partial(loads.make, kind, self._batches(kind))
                    turns, unpublished = await take_turns(stack, watch, make_load, self.options.rounds)
                    loads.take_back(unpublished)
                    for name, value in turns.figures.items():
                        self._note(kind, name, value)
            await self._live(stack, loads)
            await self._bursts(stack, loads)
            self.figures["ingestor_peak_rss_mb"] = stack.ingestors[0].usage().peak_rss_bytes / 1e6
            await self._prove(stack.open_store(), loads)

    async def weigh_influx(self) -> None:
        """Room on disk of what `measure_influx` has left."""
        _say("compaction")
        sizes = await compacted_bytes(
            self.folder / "influx" / "influx", [bare_database(kind, 1) for kind in ITEMS_PER_BATCH]
        )
        for kind, size in ITEMS_PER_BATCH.items():
            items = self._batches(kind) * size * (self.options.rounds + 1)
            self._note(kind, "influx_bytes_per_item", sizes[bare_database(kind, 1)] / items)

    async def measure_embedded(self) -> None:
        """Throughput and size of the embedded store."""
        folder, loads = self._own("embedded"), Loads()
        file = folder / "data" / "series.db"
        with Stack(folder, embedded=True) as stack:
            stack.start()
            async with watching(stack.events_url) as watch:
                await self._warm_up(stack, watch, loads)
                for kind in ITEMS_PER_BATCH:
                    _say(f"embedded store: {kind}")
                    load, before = loads.make(kind, self._batches(kind)), sqlite_bytes(file)
                    passage = await drain(stack, watch, load)
                    self._note(kind, "embedded_items_per_s", passage.items_per_s)
                    self._note(kind, "embedded_ingestor_cpu_us_per_batch", passage.cost.ingestor)
                    self._note(kind, "embedded_bytes_per_item", (sqlite_bytes(file) - before) / load.items)
            await self._prove(stack.open_store(), loads)

    async def measure_two_ingestors(self) -> None:
        """What a second ingestor on the same cores gives."""
        _say("two ingestors")
        loads = Loads()
        with Stack(self._own("two"), ingestors=2) as stack:
            stack.start()
            async with watching(stack.events_url) as watch:
                await self._warm_up(stack, watch, loads)
                passage = await drain(stack, watch, loads.make("meals", self.options.batches))
            self._note("meals", "two_ingestors_items_per_s", passage.items_per_s)
            self._note("meals", "two_ingestors_cpu_us_per_batch", passage.cost.ingestor)
            await self._prove(stack.open_store(), loads)

    async def measure_telegraf(self) -> None:
        """Telegraf on the same batches."""
        _say("Telegraf")
        self.figures |= await telegraf.telegraf_figures(self._own("telegraf"), Loads(), self.options.batches)

    async def _warm_up(self, stack: Stack, watch: Watch, loads: Loads) -> None:
        """One batch of each user: the ingestor asks the records about devices that it has not met, once."""
        await drain(stack, watch, loads.make("meals", len(USERS)))

    async def _live(self, stack: Stack, loads: Loads) -> None:
        _say("InfluxDB: live")
        passages = [
            await live(stack, loads.make("meals", self.options.batches)) for _ in range((self.options.rounds + 1) // 2)
        ]
        self.figures |= {
            "live_items_per_s": median(each.items_per_s for each in passages),
            "live_ingestor_cpu_us_per_batch": median(each.cost.ingestor for each in passages),
            "live_broker_cpu_us_per_batch": median(each.cost.broker for each in passages),
            "live_database_cpu_us_per_batch": median(each.cost.database for each in passages),
            "live_devices_cpu_us_per_batch": median(each.devices_us for each in passages),
        }

    async def _bursts(self, stack: Stack, loads: Loads) -> None:
        _say(f"{self.options.bursts} bursts of {len(USERS)} devices")
        times_s = await receipt_times_s(stack, loads, self.options.bursts)
        percentiles = quantiles(times_s, n=100, method="inclusive")
        self.figures |= {
            "receipt_p50_ms": percentiles[49] * 1e3,
            "receipt_p99_ms": percentiles[98] * 1e3,
            "receipt_max_ms": max(times_s) * 1e3,
        }

    async def _prove(self, store: SeriesStore, loads: Loads) -> None:
        """Count what was published and what there is: a point can't be there twice, so equal numbers say it all."""
        _say("counting")
        for kind, published in loads.published.items():
            selections = [Selection(CATALOGUE[kind], user) for user in USERS]
            self.figures["items_kept"] += sum([await store.count(each) for each in selections])
            self.figures["items_published"] += published
        await store.close()

    def _batches(self, kind: str) -> int:
        """About as many items of either kind."""
        return self.options.batches * ITEMS_PER_BATCH["meals"] // ITEMS_PER_BATCH[kind]

    def _note(self, kind: str, name: str, value: float) -> None:
        self.figures[name if kind == "meals" else f"track_{name}"] = value

    def _own(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    given = _parser().parse_args(arguments)
    chosen = {name: value for name in ("batches", "rounds", "bursts") if (value := getattr(given, name)) is not None}
    options = replace(QUICK if given.quick else Options(), **chosen)
    gc.freeze()
    try:
        with tempfile.TemporaryDirectory(prefix="paceline-bench-", dir=given.folder) as folder:
            figures = uvloop.run(Bench(options, Path(folder)).run(given.only or PARTS))
    except KeyboardInterrupt:
        _say("stopped; nothing is left running")
        return 130
    except (PacelineError, TimeoutError) as error:
        _say(f"failed: {error or type(error).__name__}")
        return 1
    show(figures, Console(width=max(WIDTH, Console().width)))
    if given.json:
        write_json(figures, given.json)
    return 0 if figures["items_kept"] == figures["items_published"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.ingest", description="Measure the way from publish to stored.")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--quick", action="store_true", help="half a minute: whether it works, not how fast it is")
    parser.add_argument("--batches", type=int, help=f"of ten meals in each passage [{Options().batches}]")
    parser.add_argument("--rounds", type=int, help=f"of bare writes and passages in turn [{Options().rounds}]")
    parser.add_argument("--bursts", type=int, help=f"of 500 batches at once [{Options().bursts}]")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be said several times")
    parser.add_argument("--folder", type=Path, help="where the databases are for the time being [the system's own]")
    return parser


def _say(words: str) -> None:
    progress.print(f"[dim]{words} ...[/dim]")


if __name__ == "__main__":
    sys.exit(main())
