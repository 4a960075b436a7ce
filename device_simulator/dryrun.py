"""What a run would publish, without a broker: one JSON document a line, in the order in which it is due."""

from collections.abc import Iterator
from heapq import merge
from itertools import takewhile

import msgspec

from device_simulator.people.day import lived_since
from device_simulator.people.person import Person
from device_simulator.people.uploads import DueBatch


def due_between(people: list[Person], from_ms: int, until_ms: int) -> Iterator[DueBatch]:
    """Everybody's batches due from one moment (included) to another, milliseconds since 1970 UTC."""
    streams = [_stream(person, from_ms) for person in people]
    return (batch for _, _, batch in takewhile(lambda each: each[0] < until_ms, merge(*streams)))


def as_line(batch: DueBatch) -> str:
    """`{"topic": ..., "payload": {...}}`, the payload exactly as it would be published."""
    line = {"topic": batch.topic, "payload": msgspec.Raw(batch.payload())}
    return msgspec.json.encode(line).decode()


def _stream(person: Person, from_ms: int) -> Iterator[tuple[int, int, DueBatch]]:
    for batch in lived_since(person, from_ms):
        yield batch.due_ms, person.index, batch
