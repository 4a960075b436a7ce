"""SIGTERM to a real `paceline ingest`: what is in hand is stored and acknowledged, and nothing is lost."""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from benchmarks.stack import Part, Stack
from contract.catalogue import CATALOGUE
from contract.receipts import Receipt
from storage.series.protocol import Selection
from tests.ingestor.crowd import Crowd, meals

BATCHES = 3_000
ITEMS = 10
ENDS_WITHIN_S = 5


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path, embedded=True) as stack:
        stack.start()
        yield stack


@pytest.fixture
def with_influx(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path) as stack:
        stack.start()
        yield stack


def terminate(part: Part) -> None:
    os.kill(part.pid, signal.SIGTERM)


async def exit_code(part: Part, within_s: float) -> int:
    assert part.child.process is not None
    return await asyncio.to_thread(part.child.process.wait, within_s)


def ids(receipts: Iterable[Receipt]) -> set[str | None]:
    return {receipt.batch_id for receipt in receipts}


async def stored_ids(stack: Stack, user_id: str) -> list[str]:
    store = stack.open_store()
    rows = await store.rows(Selection(CATALOGUE["meals"], user_id))
    await store.close()
    return [str(row.values["meal_id"]) for row in rows]


async def test_under_load_it_ends_in_time_and_nothing_that_has_a_receipt_comes_again(embedded: Stack) -> None:
    [ingestor] = embedded.ingestors
    async with Crowd(embedded.broker_url) as crowd:
        publishing = asyncio.create_task(crowd.publish(meals("ann", number, ITEMS) for number in range(BATCHES)))
        await crowd.hear(lambda receipts: len(receipts) > BATCHES // 10)
        terminate(ingestor)
        assert await exit_code(ingestor, ENDS_WITHIN_S) == 0
        assert "stopped before all was stored" not in ingestor.log_since_start
        await publishing
        first_life = ids(crowd.receipts)
        stored = set(await stored_ids(embedded, "ann"))
        assert {f"{number}-{at}" for number in first_life for at in range(ITEMS)} <= stored
        heard = len(crowd.receipts)
        ingestor.start()
        await crowd.hear(lambda receipts: len(ids(receipts)) == BATCHES)
        assert not ids(crowd.receipts[heard:]) & first_life
    stored_once = await stored_ids(embedded, "ann")
    assert len(stored_once) == len(set(stored_once)) == BATCHES * ITEMS


async def test_with_a_frozen_database_it_ends_in_time_and_what_was_in_hand_comes_again(with_influx: Stack) -> None:
    [ingestor] = with_influx.ingestors
    assert with_influx.influx is not None
    async with Crowd(with_influx.broker_url) as crowd:
        with_influx.influx.pause()
        await crowd.publish(meals("ann", number) for number in range(100))
        terminate(ingestor)
        assert await exit_code(ingestor, within_s=2 * ENDS_WITHIN_S) == 0
        assert "stopped before all was stored" in ingestor.log_since_start
        with_influx.influx.resume()
        ingestor.start()
        await crowd.hear(lambda receipts: len(ids(receipts)) == 100)
    assert len(await stored_ids(with_influx, "ann")) == 100 * ITEMS


async def test_while_it_waits_for_the_database_to_start_it_ends_too(with_influx: Stack) -> None:
    [ingestor] = with_influx.ingestors
    assert with_influx.influx is not None
    ingestor.stop()
    with_influx.influx.stop()
    ingestor.launch()
    await asyncio.to_thread(ingestor.child.wait_ready, lambda: "waiting for the store" in ingestor.log_since_start)
    terminate(ingestor)
    assert await exit_code(ingestor, ENDS_WITHIN_S) == 0
