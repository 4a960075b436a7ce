"""What a run would publish, without a broker: one JSON document a line, in the order in which it is due."""

import base64
import math
import sys
from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import takewhile
from random import Random

import msgspec

from contract import topics
from contract.stamping import DAY_MS
from device_simulator.clock import wall_ms
from device_simulator.deeds import Attack, Deed, Sending
from device_simulator.demo import DemoOptions
from device_simulator.hostile import attack
from device_simulator.parcel import Parcel
from device_simulator.people.day import lived_since
from device_simulator.people.person import Person
from device_simulator.people.uploads import DueBatch
from device_simulator.plan import until
from device_simulator.scenario import Scenario
from device_simulator.sources import Source

_ENDLESS_S: Mapping[str, float] = {"interval": 60.0, "bursts": 60.0}
"""So much is printed of the paces that have no end of their own."""


def print_lives(options: DemoOptions) -> None:
    """All batches of the past days of some people."""
    indexes = range(options.first_index, options.first_index + options.people)
    people = [options.cast.get(index) or Person.from_seed(options.seed, index) for index in indexes]
    today_ms = wall_ms() // DAY_MS * DAY_MS
    for batch in due_between(people, today_ms - options.days * DAY_MS, today_ms):
        _print(batch.topic, batch.payload())


def print_plan(scenario: Scenario, seed: int, start_index: int, cast: Mapping[int, Person]) -> None:
    """All that a scenario's plan publishes. Clocks that are wrong and connections that drop change nothing here."""
    timing, now_ms, chance = scenario.timing, wall_ms(), Random(seed)  # noqa: S311  # no secret
    source = Source(scenario, seed, start_index, now_ms, cast)
    for _ in source.prepare():
        pass
    cursors = dict.fromkeys(source.indexes, 0)
    for due_s, number, deed in until(source.steps(chance), timing.duration_s or _ENDLESS_S.get(timing.pace, math.inf)):
        index = source.indexes[number]
        user_id = source.user_id(index)
        parcels = [deed] if isinstance(deed, Parcel) else []
        for _ in range(_OF_ITS_LIFE.get(deed, 0) if not parcels else 0):
            if found := source.next(index, cursors[index], now_ms + int(due_s * 1000)):
                cursors[index] = found[0]
                parcels.append(found[1])
        for parcel in parcels:
            _print(topics.telemetry(user_id, parcel.kind), parcel.payload(user_id))
        if isinstance(deed, Attack):
            for topic, payload in attack(deed, user_id, chance):
                _print(topic, payload)


_OF_ITS_LIFE: Mapping[Deed, int] = {None: 1, Sending.TWICE: 1, Sending.SWAPPED: 2}


def due_between(people: list[Person], from_ms: int, until_ms: int) -> Iterator[DueBatch]:
    """Everybody's batches due from one moment (included) to another, milliseconds since 1970 UTC."""
    streams = [_stream(person, from_ms) for person in people]
    return (batch for _, _, batch in takewhile(lambda each: each[0] < until_ms, merge(*streams)))


def _print(topic: str, payload: bytes) -> None:
    """`{"topic": ..., "payload": {...}}`, the payload as it would be published; one that is no JSON in base 64."""
    try:
        msgspec.json.decode(payload)
        line = msgspec.json.encode({"topic": topic, "payload": msgspec.Raw(payload)})
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        line = msgspec.json.encode({"topic": topic, "payload_base64": base64.b64encode(payload).decode()})
    sys.stdout.write(line.decode() + "\n")


def _stream(person: Person, from_ms: int) -> Iterator[tuple[int, int, DueBatch]]:
    for batch in lived_since(person, from_ms):
        yield batch.due_ms, person.index, batch
