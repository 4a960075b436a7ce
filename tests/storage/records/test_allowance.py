"""Which dead letters are kept: the newest, within each user's allowance, whoever adds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, cycle

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage.records.database import Database
from storage.records.dead_letters import DeadLetters, Page
from storage.records.letters import MAX_BESIDES_PAYLOAD, Allowance, DeadLetter
from tests.storage.records.letters import after, letter, numbers


async def test_the_letters_that_came_last_stay(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=3))
    await letters.add([letter(number) for number in range(5)])
    assert await numbers(letters) == [2, 3, 4]
    await letters.add([letter(5)])
    assert await numbers(letters) == [3, 4, 5]


async def test_repeats_push_out_nothing(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=3))
    await letters.add([letter(number) for number in range(3)])
    for again in range(10):
        await letters.add([letter(2, received_at=after(10 + again))] * 10)
    assert await numbers(letters) == [0, 1, 2]


async def test_what_still_comes_stays_while_what_came_once_goes(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=3))
    await letters.add([letter(number) for number in range(3)])
    await letters.add([letter(0, received_at=after(3)), letter(4)])
    assert await numbers(letters) == [2, 0, 4]


async def test_bytes_are_bounded_too(database: Database) -> None:
    allowance = Allowance(payload_bytes=50_000, total_bytes=50_000 + MAX_BESIDES_PAYLOAD)
    letters = DeadLetters(database, allowance)
    large = [letter(number, payload=b'{"number": %d}' % number + b" " * 49_000) for number in range(4)]
    for one in large:
        await letters.add([one])
    assert [kept.received_at for kept in (await letters.list()).letters] == [after(3), after(2)]
    await letters.add([letter(number) for number in range(4, 8)])
    assert [kept.received_at for kept in (await letters.list()).letters] == [after(n) for n in (7, 6, 5, 4, 3, 2)]


async def test_each_user_has_an_allowance_and_the_unreadable_share_one(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=2))
    quiet = [letter(user_id="ann"), letter(user_id="bob", topic="v1/users/bob/telemetry/meals")]
    await letters.add(quiet)
    await letters.add([letter(number, user_id=None, topic=f"elsewhere/{number}") for number in range(1, 50)])
    assert await numbers(letters) == [0, 0, 48, 49]
    assert (await letters.list(user_id="ann")).total == 1


async def test_a_flood_is_kept_within_bounds(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=100))
    await letters.add([letter(number, user_id="bob", topic="b") for number in range(3)])
    flood = [letter(number) for number in range(10_000)]
    for start in range(0, len(flood), 500):
        await letters.add(flood[start : start + 500])
    assert await numbers(letters, "ann") == list(range(9_900, 10_000))
    await letters.add([letter(number) for number in range(10_000, 20_000)])
    assert await numbers(letters, "ann") == list(range(19_900, 20_000))
    assert await numbers(letters, "bob") == [0, 1, 2]


async def test_a_flood_from_many_users_is_kept(database: Database) -> None:
    letters = DeadLetters(database, Allowance(letters=1))
    crowd = [f"user-{number}" for number in range(1_200)]
    await letters.add([letter(number, user_id=user, topic=user) for number in range(2) for user in crowd])
    page = await letters.list(limit=1)
    assert page.total == len(crowd)
    assert page.letters[0].last_received_at == after(1)


async def add_at_once(url: str, calls: Sequence[Sequence[DeadLetter]]) -> Page:
    databases = [Database.open(url) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks:
        for database, call in zip(cycle(databases), calls, strict=False):
            tasks.create_task(DeadLetters(database, Allowance(letters=15)).add(call))
    kept = await DeadLetters(databases[0]).list()
    for database in databases:
        await database.close()
    return kept


async def test_bounds_hold_however_many_add_at_once(records_url: str) -> None:
    calls = [[letter(number) for number in range(start, start + 10)] for start in range(0, 400, 10)]
    assert (await add_at_once(records_url, calls)).total == 15


async def test_every_repeat_counts_however_many_add_at_once(records_url: str) -> None:
    calls = [
        [letter(number, received_at=after(arrival * step)) for arrival, number in enumerate(range(10))]
        for step in (1, -1) * 20
    ]
    assert [kept.times for kept in (await add_at_once(records_url, calls)).letters] == [40] * 10


def test_an_allowance_below_one_letter_is_refused() -> None:
    Allowance(letters=1, payload_bytes=10, total_bytes=10 + MAX_BESIDES_PAYLOAD)
    for changes in ({"letters": 0}, {"payload_bytes": -1}, {"total_bytes": 10 + MAX_BESIDES_PAYLOAD - 1}):
        with pytest.raises(ValueError, match="at least one letter"):
            Allowance(**{"payload_bytes": 10, **changes})


@dataclass
class Message:
    user: int
    number: int
    size: int

    @property
    def payload(self) -> bytes:
        return b"%d" % self.number + b" " * self.size


messages = st.builds(Message, st.integers(0, 2), st.integers(0, 9), st.sampled_from([0, 20_000, 40_000]))
BOUND = Allowance(letters=4, payload_bytes=40_100, total_bytes=40_100 + MAX_BESIDES_PAYLOAD)


def expected(calls: Sequence[Sequence[DeadLetter]]) -> dict[tuple[str, bytes], int]:
    """How often each letter came that rules 1 and 2 leave."""
    kept: dict[tuple[str, bytes], int] = {}
    for call in calls:
        for arrival in call:
            key = (arrival.topic, arrival.payload)
            kept[key] = kept.pop(key, 0) + 1
        for user in {arrival.topic for arrival in call}:
            own = [key for key in reversed(kept) if key[0] == user]
            sizes = [len(topic) + len(payload) + len("not a batch") for topic, payload in own]
            for place, key in enumerate(own, start=1):
                if place > BOUND.letters or sum(sizes[:place]) > BOUND.total_bytes:
                    del kept[key]
    return kept


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(messages, max_size=6), max_size=8))
# What is older than a letter that goes is no longer kept, though it is small enough to stay.
@example([[Message(0, 0, 0)], [Message(0, number, size) for number in (0, 1) for size in (20_000, 40_000)]])
async def test_the_rules_hold_for_any_arrivals(database: Database, calls: list[list[Message]]) -> None:
    letters = DeadLetters(database, BOUND)
    for user in range(3):
        await letters.delete_user(f"user-{user}")
    clock = count()
    arrivals = [
        [letter(next(clock), topic=f"user-{one.user}", user_id=f"user-{one.user}", payload=one.payload) for one in call]
        for call in calls
    ]
    for call in arrivals:
        await letters.add(call)
    page = await letters.list(limit=100)
    kept = [await letters.get(one.id) for one in page.letters]
    assert {(one.topic, one.payload): one.times for one in kept if one} == expected(arrivals)
