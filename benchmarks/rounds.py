"""Bare writes and passages through the ingestor, taking turns.

A machine's speed changes from one minute to the next. So the bare rate is measured before and after each passage, with
the same number of the same lines, and each passage is compared with its own two neighbours.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import mean, median
from typing import NamedTuple

from benchmarks.bare import bare_rate
from benchmarks.devices import Watch
from benchmarks.load import Load, request_bodies
from benchmarks.meter import settle
from benchmarks.phases import Passage, drain
from benchmarks.report import Figures
from benchmarks.stack import Stack
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions


class BareRates(NamedTuple):
    """Items a second of the bare writes.

    Attributes:
        one: one request after the other, as a program does that waits until its lines are on disk. This is what the
            ingestor is compared with: the database then works through lines on one core, and flushes, as it does for
            the ingestor, which needs the other core.
        two: two requests at a time; the database then has both cores of the machine to itself.
    """

    one: float
    two: float


@dataclass(slots=True)
class Rounds:
    """What was measured.

    Attributes:
        bare: one more than there are passages.
        passages: in between.
    """

    bare: list[BareRates] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def ratio(self, bare: Callable[[BareRates], float]) -> float:
        """Median of each passage's rate over the mean of the bare rates before and after it."""
        rates = [bare(each) for each in self.bare]
        neighbours = zip(self.passages, rates, rates[1:], strict=False)
        return median(passage.items_per_s / mean((before, after)) for passage, before, after in neighbours)

    @property
    def figures(self) -> Figures:
        """Medians over all rounds."""
        return {
            "items_per_s": median(each.items_per_s for each in self.passages),
            "bare_items_per_s": median(each.one for each in self.bare),
            "ratio_to_bare": self.ratio(lambda bare: bare.one),
            "bare_two_in_flight_items_per_s": median(each.two for each in self.bare),
            "ratio_to_bare_two_in_flight": self.ratio(lambda bare: bare.two),
            "ingestor_cpu_us_per_batch": median(each.cost.ingestor for each in self.passages),
            "broker_cpu_us_per_batch": median(each.cost.broker for each in self.passages),
            "database_cpu_us_per_batch": median(each.cost.database for each in self.passages),
        }


async def take_turns(stack: Stack, watch: Watch, make_load: Callable[[], Load], rounds: int) -> tuple[Rounds, Load]:
    """Bare, passage, bare, passage, ..., bare; the load of the last bare write is returned, as it was not published."""
    found = Rounds()
    for _ in range(rounds):
        load = make_load()
        found.bare.append(await bare_rates(stack, load))
        found.passages.append(await drain(stack, watch, load))
    last = make_load()
    found.bare.append(await bare_rates(stack, last))
    return found, last


async def bare_rates(stack: Stack, load: Load) -> BareRates:
    """Write these lines, each time to a database of its own, while nothing else happens."""
    assert stack.influx is not None
    assert stack.influx_url is not None
    bodies, rates = request_bodies(load), []
    for in_flight in (1, 2):
        database = bare_database(load.kind.name, in_flight)
        await _make_database(stack.influx_url, database)
        await settle([stack.influx])
        write = partial(bare_rate, stack.influx_url, database, bodies, load.items, in_flight=in_flight)
        rates.append(await asyncio.to_thread(write))
    await settle([stack.influx])
    return BareRates(*rates)


def bare_database(kind: str, in_flight: int) -> str:
    """Where these bare writes go."""
    return f"bare_{kind}_{in_flight}"


async def _make_database(url: str, name: str) -> None:
    store = open_series_store(url, SeriesOptions(database=name))
    await store.setup()
    await store.close()
