"""A promise that is broken is found: devices' journals against a real store that was tampered with."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from benchmarks.chaos.batches import IDS, make_batch, make_correction
from benchmarks.chaos.comparison import Finding, compare, read_held
from benchmarks.chaos.journal import Answer, Entry, Intent
from contract.catalogue import CATALOGUE
from contract.reading import read_batch
from contract.stamping import Horizon
from storage.series.opening import open_series_store
from storage.series.protocol import Row, Selection, SeriesStore

ALWAYS = Horizon(0, 4_102_444_800_000)
USER = "ann"
START = datetime(2026, 1, 14, tzinfo=UTC)


def intents() -> list[Intent]:
    """Batches of all kinds that devices make, and one correction."""
    chance = Random(1)  # noqa: S311  # no secret
    made = [Intent(f"b{n}", *make_batch(USER, n, START, chance)) for n in range(40)]
    first = next(intent for intent in made if intent.kind in IDS)
    return [*made, Intent("b40", first.kind, make_correction(USER, 40, first.kind, first.items, chance))]


def answered(those: Sequence[Intent]) -> list[Entry]:
    return [entry for intent in those for entry in (intent, Answer(intent.batch_id, complete=True))]


async def write(store: SeriesStore, intent: Intent, **changes: object) -> None:
    body = msgspec.json.encode(intent.body | changes)
    await store.write([read_batch(CATALOGUE[intent.kind], USER, body, ALWAYS).stamped])


async def found(store: SeriesStore) -> Mapping[str, Sequence[Row]]:
    return {name: await store.rows(Selection(kind, USER)) for name, kind in CATALOGUE.items()}


async def finding(store: SeriesStore, entries: Sequence[Entry]) -> Finding:
    return compare(USER, read_held(entries), await found(store))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SeriesStore]:
    """Has everything that devices said."""
    opened = open_series_store(tmp_path / "series.db")
    await opened.setup()
    for intent in intents():
        await write(opened, intent)
    yield opened
    await opened.close()


async def test_a_promise_that_was_kept_is_told_so(store: SeriesStore) -> None:
    said = intents()
    outcome = await finding(store, answered(said))
    assert outcome.is_good
    assert outcome.receipted_items == sum(len(intent.items) for intent in said[:-1])
    assert {intent.kind for intent in said} == {"meals", "exercises", "sets", "heart_rate", "steps", "track"}


async def test_an_item_that_is_not_there_is_missing(store: SeriesStore) -> None:
    lost = [Intent(f"lost{n}", *make_batch(USER, 1_000 + n, START, Random(n))) for n in range(20)]  # noqa: S311
    outcome = await finding(store, answered([*intents(), *lost]))
    assert outcome.missing == sum(len(intent.items) for intent in lost)
    assert (outcome.doubled, outcome.changed) == (0, 0)


@pytest.mark.parametrize("kind", ["meals", "exercises", "sets", "heart_rate", "steps", "track"])
async def test_a_point_too_many_is_doubled(store: SeriesStore, kind: str) -> None:
    intent = next(intent for intent in intents() if intent.kind == kind)
    await write(store, intent, source_device="another watch")
    outcome = await finding(store, answered(intents()))
    assert outcome.doubled == len(intent.items)
    assert outcome.missing == 0


async def test_a_point_that_no_device_ever_said_is_doubled(store: SeriesStore) -> None:
    extra = Intent("extra", *make_batch(USER, 1_000, START, Random(0)))  # noqa: S311  # no secret
    await write(store, extra)
    assert (await finding(store, answered(intents()))).doubled == len(extra.items)


async def test_a_correction_that_was_undone_is_changed_and_told_as_the_older_version(store: SeriesStore) -> None:
    said = intents()
    corrected = next(intent for intent in said if intent.kind in IDS)
    await write(store, corrected)
    outcome = await finding(store, answered(said))
    assert outcome.changed == len(corrected.items)
    assert (outcome.missing, outcome.doubled) == (0, 0)
    assert all("has version 0 of 1" in detail for detail in outcome.details)


async def test_a_sample_with_another_value_is_changed(store: SeriesStore) -> None:
    intent = next(intent for intent in intents() if intent.kind == "steps")
    await write(store, intent, items=[item | {"steps": item["steps"] + 1} for item in intent.items])
    assert (await finding(store, answered(intents()))).changed == len(intent.items)


async def test_a_receipt_that_never_came_and_one_that_rejects_are_told(store: SeriesStore) -> None:
    *said, last = intents()
    outcome = await finding(store, [*answered(said[:-1]), said[-1], Answer(said[-1].batch_id, complete=False), last])
    assert (outcome.refused, outcome.unanswered) == (1, 1)
    assert not outcome.is_good


def test_sums_are_of_all_users_and_keep_the_first_details() -> None:
    total = Finding()
    for user in range(100):
        total.add(Finding(receipted_items=10, missing=1, details=[f"user {user}"]))
    assert (total.receipted_items, total.missing) == (1_000, 100)
    assert total.details[0] == "user 0"
    assert len(total.details) < 100
