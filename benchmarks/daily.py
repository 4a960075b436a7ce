"""`python -m benchmarks.daily`: from an upload to its day's summary, and how fast days are worked out anew."""

import argparse
import asyncio
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks.follower import follower
from benchmarks.meter import Meter
from benchmarks.stack import Stack
from benchmarks.uploading import Uploading
from contract.catalogue import CATALOGUE
from contract.daily import DAILY
from contract.stamping import StampedBatch, epoch_ms, item_times_ms, keys_ns
from device_simulator.people.day import lived_since
from device_simulator.people.person import Person
from insights.options import InsightsOptions
from insights.rebuild import Wanted, rebuild
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import People, new_person
from storage.series.protocol import Selection, SeriesStore

YEAR = 365

Figures = TypeVar("Figures")


@dataclass(frozen=True, slots=True)
class Delay:
    """How long an upload took to be in its day's summary, at a steady load.

    Attributes:
        users: who upload.
        batches_per_s: of all of them.
        probes: uploads that were watched.
        median_s, p95_s, most_s: from publish until the summary has it.
        insights_cpu: of one core, share that the service took.
    """

    users: int
    batches_per_s: float
    probes: int
    median_s: float
    p95_s: float
    most_s: float
    insights_cpu: float


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """How fast days are worked out anew.

    Attributes:
        store: which.
        users: who have lived a year each.
        items: of all of them.
        days: that were worked out.
        year_s: for one user's year, seconds, nobody else beside.
        days_per_s: of all users at once.
        unchanged_days_per_s: once more, when all is right already.
    """

    store: str
    users: int
    items: int
    days: int
    year_s: float
    days_per_s: float
    unchanged_days_per_s: float


def main() -> None:
    """Measure, and print."""
    options = _options()
    console = Console(width=110)
    figures: dict[str, object] = {}
    if options.seconds:
        delay = _in_stack(lambda stack: asyncio.run(_delay(stack, options.users, options.seconds)))
        figures["delay"] = asdict(delay)
        console.print(_table("from upload to summary", figures["delay"]))
    for embedded in (False, True) if options.people else ():
        speed = _in_stack(
            lambda stack: asyncio.run(_rebuilding(stack, options.people)), embedded=embedded, only_store=True
        )
        figures[f"rebuild_{speed.store}"] = asdict(speed)
        console.print(_table(f"working out anew, {speed.store}", asdict(speed)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=500, help="who upload once a minute")
    parser.add_argument("--seconds", type=int, default=45, help="how long they do; 0: not")
    parser.add_argument("--people", type=int, default=3, help="whose year is worked out anew; 0: nobody's")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args()


def _table(title: str, figures: object) -> Table:
    table = Table("", "", title=title, show_header=False)
    for name, value in figures.items() if isinstance(figures, dict) else ():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else str(value))
    return table


def _in_stack(measure: Callable[[Stack], Figures], *, embedded: bool = False, only_store: bool = False) -> Figures:
    folder = Path(mkdtemp(prefix="paceline-daily-"))
    try:
        with Stack(folder, embedded=embedded) as stack:
            for part in stack.parts if not only_store else [stack.influx] if stack.influx else []:
                part.start()
            return measure(stack)
    finally:
        shutil.rmtree(folder)


async def _delay(stack: Stack, users: int, seconds: int) -> Delay:
    part = follower(stack)
    part.start()
    store = stack.open_store()
    try:
        async with Uploading(stack.broker_url, store, users) as uploading:
            await uploading.run(10)  # everybody's first check is behind them
            meter, began = Meter(part), time.perf_counter()
            before = uploading.batches
            delays_s = sorted(await uploading.run(seconds))
            took_s = time.perf_counter() - began
            return Delay(
                users=users,
                batches_per_s=(uploading.batches - before) / took_s,
                probes=len(delays_s),
                median_s=delays_s[len(delays_s) // 2],
                p95_s=delays_s[int(len(delays_s) * 0.95)],
                most_s=delays_s[-1],
                insights_cpu=meter.cpu_s / took_s,
            )
    finally:
        await store.close()
        part.stop()


async def _rebuilding(stack: Stack, people: int) -> Rebuilding:
    records_url = f"sqlite:///{stack.folder / 'records.db'}"
    await migrate(records_url)
    records, store = Database.open(records_url), stack.open_store()
    try:
        await store.setup()
        last = datetime.now(UTC).date() - timedelta(days=1)
        first = last - timedelta(days=YEAR - 1)
        everybody = [Person.from_seed(1, index) for index in range(people)]
        items = 0
        for person in everybody:
            items += await _live(store, records, person, first, last)
        options = InsightsOptions(retention_days=2 * YEAR)
        began = time.perf_counter()
        await rebuild(Wanted(everybody[0].user_id, first, last), options, store, records)
        year_s = time.perf_counter() - began
        await asyncio.gather(*(store.delete(_summaries(person)) for person in everybody))
        rates = []
        for _ in range(2):
            began, days = time.perf_counter(), 0
            for done in await asyncio.gather(
                *(rebuild(Wanted(each.user_id, first, last), options, store, records) for each in everybody)
            ):
                days += done.days
            rates.append(days / (time.perf_counter() - began))
        return Rebuilding("embedded" if stack.influx is None else "influxdb", people, items, days, year_s, *rates)
    finally:
        await store.close()
        await records.close()


def _summaries(person: Person) -> Selection:
    return Selection(DAILY, person.user_id)


async def _live(store: SeriesStore, records: Database, person: Person, first: date, last: date) -> int:
    """Have a person live these days; how many items that is."""
    account = new_person(
        person.user_id,
        "athlete",
        person.archetype,
        time_zone=person.home.zone,
        sex=person.body.sex,
        max_heart_rate_bpm=float(person.body.max_bpm),
    )
    await People(records).add(account)
    start_ms, end_ms = (epoch_ms(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in (first, last))
    items, group = 0, []
    for due in takewhile(lambda due: due.due_ms < end_ms, lived_since(person, start_ms)):
        batch, kind = due.batch, CATALOGUE[due.kind]
        times_ms = item_times_ms(batch.items, epoch_ms(batch.timestamp))
        keys = keys_ns(kind, batch.items, times_ms)
        group.append(
            StampedBatch(kind, batch.user_id, batch.source_device, batch.items, range(len(keys)), times_ms, keys)
        )
        items += len(keys)
        if len(group) == 200:
            await store.write(group)
            group = []
    await store.write(group)
    return items


if __name__ == "__main__":
    main()
