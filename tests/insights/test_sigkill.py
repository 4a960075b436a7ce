"""SIGKILL to a real `paceline insights` in the midst of its work: no day is lost."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.follower import follower
from benchmarks.stack import Part, Stack
from contract.daily import DAILY
from storage.series.protocol import Selection, SeriesStore
from tests.ingestor.crowd import Crowd

USERS, DAYS = 40, 5
TODAY = datetime.now(UTC).date()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, embedded=True) as started:
        started.start()
        yield started


def batch(user: int, day: date) -> tuple[str, bytes]:
    """Ten thousand steps on a day."""
    noon = f"{day.isoformat()}T12:00:00Z"
    head = {"user_id": f"u{user}", "timestamp": noon, "source_device": "watch", "batch_id": f"{user}-{day}"}
    return f"v1/users/u{user}/telemetry/steps", json.dumps(head | {"items": [{"steps": 10_000}]}).encode()


async def summaries(store: SeriesStore) -> set[tuple[int, str]]:
    found = set()
    for user in range(USERS):
        for row in await store.rows(Selection(DAILY, f"u{user}")):
            assert row.values["steps"] == 10_000
            found.add((user, str(row.values["date"])))
    return found


async def until_summaries(store: SeriesStore, number: int) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    async with asyncio.timeout(60):
        while len(found) < number:
            await asyncio.sleep(0.05)
            found = await summaries(store)
    return found


async def test_of_two_that_are_killed_no_day_is_lost(stack: Stack) -> None:
    followers = [follower(stack, share="all", instance=number) for number in range(2)]
    store = stack.open_store()
    days = [TODAY - timedelta(days=back) for back in range(1, DAYS + 1)]
    try:
        for part in followers:
            part.start()
        async with Crowd(stack.broker_url) as crowd:
            await crowd.publish(batch(user, day) for user in range(USERS) for day in days)
            await crowd.hear(lambda receipts: len(receipts) == USERS * DAYS)
        # Some are done by now: the rest is with those that are killed, or with the broker.
        await until_summaries(store, 1)
        kill(followers)
        for part in followers:
            part.start()
        wanted = {(user, day.isoformat()) for user in range(USERS) for day in days}
        assert await until_summaries(store, len(wanted)) == wanted
    finally:
        await store.close()
        for part in followers:
            part.stop()


def kill(parts: list[Part]) -> None:
    for part in parts:
        part.kill()
