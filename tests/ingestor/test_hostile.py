"""Ten thousand hostile messages among good ones, through a real Mosquitto and a real `paceline ingest`."""

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from benchmarks.stack import Stack
from contract.catalogue import CATALOGUE
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.letters import Allowance, KeptLetter, identify
from storage.records.source_devices import MAX_SOURCE_DEVICES
from storage.series.protocol import Selection
from tests.ingestor.crowd import Crowd
from tests.ingestor.hostility import Message, Point, good_message, hostile_messages

USERS = [f"user-{n}" for n in range(8)]
FLOODER = "flooder"
HOSTILE = dict.fromkeys(USERS, 900) | {FLOODER: 2_800}
GOOD_A_USER = 100
MOST_LOG_LINES = 30


def messages(user: str) -> list[Message]:
    """A user's hostile messages, good ones of every kind, and some of either for a second time, in any order."""
    chance = Random(f"order {user}")  # noqa: S311  # no secret
    hostile = list(islice(hostile_messages(user, seed=f"hostile {user}"), HOSTILE[user]))
    kinds = list(CATALOGUE)
    # Beyond the moments of the others, so that the points of both are told apart.
    good = [good_message(user, kinds[n % len(kinds)], 100_000 + n) for n in range(GOOD_A_USER)]
    said = hostile + good + chance.sample(hostile, 20) + chance.sample(good, 20)
    chance.shuffle(said)
    return said


@pytest.fixture(scope="module")
def all_messages() -> dict[str, list[Message]]:
    return {user: messages(user) for user in HOSTILE}


async def stored_points(stack: Stack, user: str) -> set[Point]:
    store = stack.open_store()
    rows = {name: await store.rows(Selection(kind, user)) for name, kind in CATALOGUE.items()}
    await store.close()
    return {(kind, row.source_device, row.key_ns) for kind, found in rows.items() for row in found}


async def kept_letters(folder: Path) -> list[KeptLetter]:
    database = Database.open(f"sqlite:///{folder / 'data' / 'records.db'}")
    page = await DeadLetters(database).list(limit=100_000)
    await database.close()
    return page.letters


def expected_letters(those: Iterable[Message]) -> Counter[str]:
    """How often each letter came, by its id."""
    return Counter(identify(message.topic, message.payload) for message in those if not message.is_clean)


async def test_of_10_000_hostile_messages_all_good_items_are_stored_and_all_else_is_kept_with_its_reason(
    tmp_path: Path, all_messages: dict[str, list[Message]]
) -> None:
    everything = [message for said in all_messages.values() for message in said]
    Random("all").shuffle(everything)  # noqa: S311  # no secret
    assert sum(HOSTILE.values()) == 10_000
    with Stack(tmp_path, embedded=True) as stack:
        stack.start()
        async with Crowd(stack.broker_url) as crowd:
            await crowd.publish((message.topic, message.payload) for message in everything)
            await crowd.hear(lambda receipts: len(receipts) == len(everything))
        log_lines = stack.ingestors[0].log_since_start.count("\n")
        for user, said in all_messages.items():
            points = {point for message in said for point in message.points}
            assert len({device for _, device, _ in points}) <= MAX_SOURCE_DEVICES  # else some would be turned away
            assert await stored_points(stack, user) == points
        letters = await kept_letters(tmp_path)
    assert log_lines < MOST_LOG_LINES
    for user in USERS:
        kept = {letter.id: letter.times for letter in letters if letter.user_id == user}
        assert kept == expected_letters(all_messages[user])
    kept_of_flooder = {letter.id for letter in letters if letter.user_id == FLOODER}
    assert len(kept_of_flooder) == Allowance().letters
    assert kept_of_flooder <= expected_letters(all_messages[FLOODER]).keys()
    assert all(letter.reason for letter in letters)
    assert {letter.user_id for letter in letters} == HOSTILE.keys()
