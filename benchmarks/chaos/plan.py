"""What happens in a round, drawn from the seed alone: who dies when, who freezes, what the database's door answers.

The rules of this file:

1. A round's plan depends on seed, number and setup, and on nothing that happens. (When exactly a signal meets which
   message is up to the machine: a repeated round has the same faults at the same times, not the same interleaving.)
2. The faults of a setup are dealt like cards: each comes up once before any comes up again, so a few rounds have
   seen them all.
3. Two faults never hold the same part at a time, or ending the one would end the other.
4. Devices publish until the last fault is over.
5. Every tenth round of a setup is at full load, with the database away (or locked) for long.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count, islice
from random import Random
from typing import Literal

Store = Literal["influx", "embedded"]

FAULTS_A_ROUND = 5
WINDOW_S = 6.0
PAUSE_S = 0.2
AWAY_S = 60.0
LOCKED_S = 12.0
"""Longer than the store waits for a lock."""
HANGING_S = 11.0
"""Longer than the ingestor waits for the database's answer."""
BATCHES_AT_FULL_LOAD = 250
FULL_LOAD_EVERY, FULL_LOAD_FIRST = 10, 2


@dataclass(frozen=True, slots=True)
class Setup:
    """What devices publish to.

    Attributes:
        store: where telemetry is kept.
        ingestors: how many share the work.
    """

    store: Store
    ingestors: int

    def __str__(self) -> str:
        return f"{self.store} x{self.ingestors}"


SETUPS = (Setup("influx", 1), Setup("embedded", 1), Setup("influx", 3), Setup("embedded", 3))


class Sort(StrEnum):
    """Of faults."""

    KILL = "kill"  # SIGKILL, and started again later
    FREEZE = "freeze"  # SIGSTOP, and SIGCONT later
    ANSWER_500 = "answer 500"
    ANSWER_503 = "answer 503"
    ANSWER_429 = "answer 429"
    HANG_BEFORE = "hang before"  # no answer, nothing written
    HANG_AFTER = "hang after"  # no answer, all written
    RESET_BEFORE = "reset before"
    RESET_AFTER = "reset after"
    WRITTEN_500 = "written, answer 500"
    PARTIAL_500 = "partial, answer 500"
    PARTIAL_400 = "partial, answer 400"  # as InfluxDB 3 may; one request
    LOCK = "lock"  # another process holds the SQLite file's write lock
    FULL = "full"  # no room for the SQLite file to grow


DOOR, FILE, ALL = "door", "file", "all"
"""Victims besides the parts: the proxy before InfluxDB, the SQLite file, and every part at once."""

_EVERYWHERE = [(sort, victim) for sort in (Sort.KILL, Sort.FREEZE) for victim in ("ingestor", "broker", "fleet", ALL)]
_AT_THE_DOOR = [sort for sort in Sort if sort not in {Sort.KILL, Sort.FREEZE, Sort.LOCK, Sort.FULL}]
_CARDS: dict[Store, list[tuple[Sort, str]]] = {
    "influx": [
        *_EVERYWHERE,
        (Sort.KILL, "database"),
        (Sort.FREEZE, "database"),
        *((sort, DOOR) for sort in _AT_THE_DOOR),
    ],
    "embedded": [*_EVERYWHERE, (Sort.LOCK, FILE), (Sort.FULL, FILE)],
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        at_s: when, seconds after the round's start.
        sort: what.
        victim: whom it hits: a part's name, or one of those above.
        for_s: how long until it is made good, in seconds.
        every: of requests, each so manieth is hit.
    """

    at_s: float
    sort: Sort
    victim: str
    for_s: float
    every: int = 1

    @property
    def end_s(self) -> float:
        """When it is made good."""
        return self.at_s + self.for_s

    def __str__(self) -> str:
        often = f", every {self.every}. request" if self.every > 1 else ""
        return f"{self.at_s:6.2f} s  {self.sort} {self.victim} for {self.for_s:.2f} s{often}"


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """A round.

    Attributes:
        seed: of the run.
        number: of the round, from 0.
        setup: what devices publish to.
        faults: in the order of their times.
        batches: how many each device makes.
        pause_s: between two of them.
    """

    seed: int
    number: int
    setup: Setup
    faults: tuple[Fault, ...]
    batches: int
    pause_s: float

    @property
    def end_s(self) -> float:
        """When the last fault is made good."""
        return max((fault.end_s for fault in self.faults), default=0.0)

    def __str__(self) -> str:
        load = f"{self.batches} batches a device, {self.pause_s:g} s between them"
        lines = [f"round {self.number}, seed {self.seed}, {self.setup}: {load}", *map(str, self.faults)]
        return "\n  ".join(lines)


def plan_round(seed: int, number: int, setups: Sequence[Setup], fleets: int, *, away_s: float = AWAY_S) -> RoundPlan:
    """The plan of a round.

    Args:
        seed: of the run.
        number: of the round, from 0; rounds go round the setups.
        setups: those of the run.
        fleets: how many processes run the devices.
        away_s: how long the database is away in rounds at full load.
    """
    turn, place = divmod(number, len(setups))
    setup = setups[place]
    chance = Random(f"{seed}/{number}/{setup}")  # noqa: S311  # no secret
    if turn % FULL_LOAD_EVERY == FULL_LOAD_FIRST:
        faults = _long_absence(setup, chance, fleets, away_s)
        return RoundPlan(seed, number, setup, faults, BATCHES_AT_FULL_LOAD, pause_s=0)
    dealt = (
        turn - (turn + FULL_LOAD_EVERY - 1 - FULL_LOAD_FIRST) // FULL_LOAD_EVERY
    )  # rounds without those at full load
    cards = islice(_deal(seed, setup), dealt * FAULTS_A_ROUND, (dealt + 1) * FAULTS_A_ROUND)
    faults = _one_at_a_time(_draw(sort, victim, setup, chance, fleets) for sort, victim in cards)
    plan = RoundPlan(seed, number, setup, faults, 0, PAUSE_S)
    return replace(plan, batches=int(plan.end_s / PAUSE_S) + 1)


def _deal(seed: int, setup: Setup) -> Iterator[tuple[Sort, str]]:
    for time in count():
        cards = list(_CARDS[setup.store])
        Random(f"{seed}/{setup}/{time}").shuffle(cards)  # noqa: S311
        yield from cards


def _draw(sort: Sort, victim: str, setup: Setup, chance: Random, fleets: int) -> Fault:
    at_s = chance.uniform(0.5, WINDOW_S)
    if victim == "ingestor":
        victim = f"ingestor {chance.randrange(setup.ingestors)}"
    elif victim == "fleet":
        victim = f"fleet {chance.randrange(fleets)}"
    if sort in {Sort.HANG_BEFORE, Sort.HANG_AFTER}:
        return Fault(at_s, sort, victim, HANGING_S + chance.uniform(0, 2))
    every = chance.randint(1, 3) if victim == DOOR else 1
    return Fault(at_s, sort, victim, chance.uniform(0.2, 3), every)


def _long_absence(setup: Setup, chance: Random, fleets: int, away_s: float) -> tuple[Fault, ...]:
    others = [_draw(Sort.KILL, victim, setup, chance, fleets) for victim in ("ingestor", "broker", "fleet")]
    if setup.store == "influx":
        absence = Fault(1.0, Sort.KILL, "database", away_s)
    else:
        absence = Fault(1.0, Sort.LOCK, FILE, min(LOCKED_S, away_s))
    return _one_at_a_time([absence, *others])


def _one_at_a_time(faults: Iterator[Fault] | Sequence[Fault]) -> tuple[Fault, ...]:
    """Rule 3: a fault that would meet another on the same part waits until that is over."""
    placed: list[Fault] = []
    for drawn in sorted(faults, key=lambda fault: fault.at_s):
        fault = drawn
        while blocking := next((other for other in placed if _meet(fault, other)), None):
            fault = replace(fault, at_s=blocking.end_s + 0.3)
        placed.append(fault)
    return tuple(sorted(placed, key=lambda fault: fault.at_s))


def _meet(one: Fault, other: Fault) -> bool:
    apart = one.at_s >= other.end_s + 0.3 or other.at_s >= one.end_s + 0.3
    victims = {one.victim, other.victim}
    return not apart and (len(victims) == 1 or (ALL in victims and not victims & {DOOR, FILE}))
