"""Some lives that several tests look at."""

from datetime import date, timedelta
from functools import lru_cache

from contract.items import Item
from device_simulator.people.day import Day, live_day
from device_simulator.people.person import Person
from device_simulator.people.state import states
from device_simulator.people.uploads import DueBatch

FIRST = date(2026, 3, 1)
"""With a change to daylight-saving time in the weeks that follow, in Europe and in America."""


@lru_cache(maxsize=64)
def month(seed: int, index: int, days: int = 30) -> tuple[Day, ...]:
    person = Person.from_seed(seed, index)
    lived = zip(range(days), states(person, FIRST), strict=False)
    return tuple(live_day(person, FIRST + timedelta(days=number), state) for number, state in lived)


def items(days: tuple[Day, ...], kind: str) -> list[Item]:
    return [item for day in days for batch in day.batches if batch.kind == kind for item in batch.batch.items]


def spoken(batches: list[DueBatch]) -> list[tuple[int, str, bytes]]:
    """Everything that can be told of batches, for comparing."""
    return [(batch.due_ms, batch.topic, batch.payload()) for batch in batches]


def where(seed: int, *, most: int = 200, **traits: object) -> list[Person]:
    """People of a seed with these traits (attributes of Person)."""
    people = (Person.from_seed(seed, index) for index in range(most))
    return [person for person in people if all(getattr(person, name) == value for name, value in traits.items())]
