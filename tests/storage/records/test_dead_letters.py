import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count, cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contract.errors import StoreUnavailable
from contract.receipts import Rejection
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters, Page
from storage.records.letters import MAX_BESIDES_PAYLOAD, Allowance, DeadLetter, KeptLetter, identify
from tests.servers.postgres import PostgresServer

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def letter(number: int = 0, **changes: Any) -> DeadLetter:
    given = DeadLetter(
        topic="v1/users/ann/telemetry/meals",
        payload=b'{"number": %d}' % number,
        reason="not a batch",
        received_at=after(number),
        user_id="ann",
        kind="meals",
    )
    return replace(given, **changes)


async def numbers(letters: DeadLetters, user_id: str | None = None) -> list[int]:
    """Of the letters that are kept, by their last arrival."""
    page = await letters.list(user_id=user_id, limit=500)
    found = [await letters.get(kept.id) for kept in page.letters]
    return [int((kept.payload or b"")[11:-1]) for kept in reversed(found) if kept]


async def only(letters: DeadLetters) -> KeptLetter:
    (listed,) = (await letters.list()).letters
    found = await letters.get(listed.id)
    assert found is not None
    return found


async def test_a_letter_is_kept_as_it_came(database: Database) -> None:
    letters = DeadLetters(database)
    rejections = [Rejection(3, "meal-4", "calories", "is required"), Rejection(7, None, None, "must be a JSON object")]
    came = letter(payload=b"\xff\x00 not JSON", batch_id="b-1", detail=rejections)
    await letters.add([came])
    assert await only(letters) == KeptLetter(
        id=identify(came.topic, came.payload),
        topic=came.topic,
        user_id="ann",
        kind="meals",
        batch_id="b-1",
        reason="not a batch",
        detail=tuple(rejections),
        received_at=NOON,
        last_received_at=NOON,
        times=1,
        payload_bytes=11,
        truncated=False,
        replayed_at=None,
        payload=b"\xff\x00 not JSON",
    )


async def test_a_letter_needs_no_user_kind_or_payload(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([DeadLetter("elsewhere", b"", "not a telemetry topic", NOON)])
    kept = await only(letters)
    assert (kept.user_id, kept.kind, kept.batch_id, kept.payload) == (None, None, None, b"")


async def test_times_are_kept_to_the_microsecond_in_utc(database: Database) -> None:
    letters = DeadLetters(database)
    moment = datetime(2026, 1, 14, 3, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await letters.add([letter(received_at=moment)])
    kept = await only(letters)
    assert kept.received_at == moment
    assert kept.received_at.tzinfo == UTC


async def test_the_same_message_again_raises_the_count_only(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(), letter(received_at=after(1))])
    await letters.add([letter(received_at=after(3), reason="a newer reason"), letter(received_at=after(2))])
    kept = await only(letters)
    assert (kept.times, kept.received_at, kept.last_received_at) == (4, NOON, after(3))
    assert kept.reason == "a newer reason"


async def test_a_message_that_arrives_late_does_not_turn_back_the_clock(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(received_at=after(5))])
    await letters.add([letter(received_at=after(1))])
    kept = await only(letters)
    assert (kept.times, kept.last_received_at) == (2, after(5))


async def test_the_same_payload_on_another_topic_is_another_letter(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(topic="ab", payload=b"c"), letter(topic="a", payload=b"bc")])
    assert (await letters.list()).total == 2


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


async def test_a_payload_is_cut_and_its_length_told(database: Database) -> None:
    letters = DeadLetters(database, Allowance(payload_bytes=10))
    await letters.add([letter(payload=b"0123456789"), letter(payload=b"0123456789A"), letter(payload=b"0123456789B")])
    page = await letters.list()
    assert sorted((one.payload_bytes, one.truncated) for one in page.letters) == [(10, False), (11, True), (11, True)]
    assert {kept.payload for one in page.letters if (kept := await letters.get(one.id))} == {b"0123456789"}


async def test_the_list_of_rejections_is_cut(database: Database) -> None:
    letters = DeadLetters(database)
    rejections = [
        Rejection(index, "\N{EARTH GLOBE EUROPE-AFRICA}" * 64, "calories", "is required") for index in range(1_000)
    ]
    await letters.add([letter(detail=rejections)])
    kept = await only(letters)
    assert 0 < len(kept.detail) < 1_000
    assert list(kept.detail) == rejections[: len(kept.detail)]


async def test_hostile_texts_are_kept_as_far_as_a_database_can(database: Database) -> None:
    letters = DeadLetters(database)
    hostile = "nul \0, half a pair \ud83d, quote ' and \N{RIGHT-TO-LEFT OVERRIDE}"
    came = letter(topic=hostile, reason=hostile, batch_id=hostile, kind=hostile)
    await letters.add([replace(came, detail=[Rejection(0, hostile, hostile, "no")]), letter(topic="t" * 60_000)])
    kept = await letters.get(identify(came.topic, came.payload))
    assert kept is not None
    assert kept.reason == hostile.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\ud83d", "?")
    assert kept.detail == (Rejection(0, hostile, hostile, "no"),)


async def test_a_list_has_pages_and_totals_and_no_payloads(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(number) for number in range(5)])
    await letters.add([letter(number, user_id="bob", topic="b", kind="sleep") for number in range(5, 8)])
    page = await letters.list(limit=2, offset=1)
    assert ([one.last_received_at for one in page.letters], page.total) == ([after(6), after(5)], 8)
    assert [one.payload for one in page.letters] == [None, None]
    assert (await letters.list(user_id="bob", kind="sleep")).total == 3
    assert (await letters.list(user_id="ann", kind="sleep")).total == 0
    assert (await letters.list(kind="meals", limit=1)).total == 5
    assert (await letters.list(offset=50)).letters == []


async def test_a_replay_is_noted(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter()])
    kept = await only(letters)
    assert await letters.mark_replayed(kept.id, after(60))
    assert not await letters.mark_replayed("0" * 32, after(60))
    await letters.add([letter(received_at=after(61))])
    again = await only(letters)
    assert (again.replayed_at, again.last_received_at) == (after(60), after(61))


async def test_a_user_is_forgotten_and_nobody_else(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(), letter(1, user_id="bob"), letter(2, user_id=None)])
    await letters.delete_user("ann")
    await letters.delete_user("nobody")
    assert await numbers(letters) == [1, 2]


async def test_adding_none_needs_no_database() -> None:
    await DeadLetters(Database.open("postgresql://nobody@127.0.0.1:1/nowhere")).add([])


async def test_a_letter_that_is_not_there_is_none(database: Database) -> None:
    assert await DeadLetters(database).get("0" * 32) is None


async def test_payloads_stay_out_of_logs(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(424_242)])
    assert "424242" not in f"{letter(payload=b'424242')!r} {await only(letters)!r}"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="a moment needs a zone"):
        await DeadLetters(database).add([letter(received_at=datetime(2026, 1, 14))])  # noqa: DTZ001  # that is the point


def test_an_allowance_below_one_letter_is_refused() -> None:
    Allowance(letters=1, payload_bytes=10, total_bytes=10 + MAX_BESIDES_PAYLOAD)
    for changes in ({"letters": 0}, {"payload_bytes": -1}, {"total_bytes": 10 + MAX_BESIDES_PAYLOAD - 1}):
        with pytest.raises(ValueError, match="at least one letter"):
            Allowance(**{"payload_bytes": 10, **changes})


async def test_letters_wait_for_a_server_that_is_away(postgres: PostgresServer, postgres_url: str) -> None:
    database = Database.open(postgres_url)
    postgres.stop()
    try:
        with pytest.raises(StoreUnavailable):
            await DeadLetters(database).add([letter()])
    finally:
        postgres.start()
    await database.close()


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
