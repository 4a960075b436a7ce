"""Removing what is old of a kind: everybody's, and nothing else."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.kinds import HeartRateSample, Meal
from contract.stamping import DAY_MS, NS_PER_S, StampedBatch
from storage.series import embedded_schema as schema
from storage.series.embedded import EmbeddedStore
from storage.series.protocol import Selection, SeriesStore
from tests.storage.series.conftest import new_user, skip_on_influxdb_3
from tests.storage.series.ledger import Ledger
from tests.strategies import stamped, stamped_batches

KINDS = list(CATALOGUE.values())
MEALS, HEART_RATE = CATALOGUE["meals"], CATALOGUE["heart_rate"]
# Before all that other tests have: InfluxDB's database is shared, and what is old of everybody is removed.
LIMIT_MS = 1_000_000_000_000

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)


def beats(user: str, times_ms: list[int], device: str = "watch") -> StampedBatch:
    return stamped(HEART_RATE, user, device, [HeartRateSample(bpm=60.0)] * len(times_ms), times_ms)


def seconds(count: int, until_ms: int = LIMIT_MS) -> list[int]:
    return [until_ms - 1_000 * (second + 1) for second in range(count)]


@with_store
@given(data=st.data())
async def test_what_is_older_goes_of_everybody_and_of_this_kind_alone(store: SeriesStore, data: st.DataObject) -> None:
    await skip_on_influxdb_3(store, "it can't delete points")
    users = [new_user(), new_user()]
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=3, unique=True))
    near = st.integers(LIMIT_MS - 2_500, LIMIT_MS + 2_500)
    written = [data.draw(stamped_batches(kind, user, times_ms=near)) for kind in kinds for user in users]
    limit_ms = data.draw(near)
    await store.write(written)
    await store.delete_before(kinds[0], limit_ms)
    for user in users:
        for kind in kinds:
            rows = Ledger(written).rows(Selection(kind, user))
            if kind is kinds[0]:
                rows = [row for row in rows if row.key_ns >= limit_ms // 1_000 * NS_PER_S]
            assert await store.rows(Selection(kind, user)) == rows


async def test_a_device_of_which_nothing_is_left_was_not_seen_by_that_kind(store: SeriesStore, user: str) -> None:
    await skip_on_influxdb_3(store, "it can't delete points")
    old = stamped(MEALS, user, "phone", [Meal(meal_id="m1", calories=1.0)], [LIMIT_MS - DAY_MS])
    await store.write([beats(user, seconds(2)), old])
    await store.delete_before(HEART_RATE, LIMIT_MS)
    assert await store.last_seen(user) == {"phone": LIMIT_MS - DAY_MS}


async def test_two_may_do_it_at_once_while_a_third_writes(store: SeriesStore, user: str) -> None:
    await skip_on_influxdb_3(store, "it can't delete points")
    await store.write([beats(user, seconds(20))])
    new = seconds(20, LIMIT_MS + 20_000)
    await asyncio.gather(
        store.delete_before(HEART_RATE, LIMIT_MS),
        *(store.write([beats(user, [time_ms])]) for time_ms in new),
        store.delete_before(HEART_RATE, LIMIT_MS),
    )
    assert [row.time_ms for row in await store.rows(Selection(HEART_RATE, user))] == sorted(new)


# Portions, of the embedded store


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(schema, "PORTION", 10)
    return 10


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 35])
@pytest.mark.usefixtures("small_portions")
async def test_portions_together_are_all(embedded_store: EmbeddedStore, count: int) -> None:
    users = [new_user() for _ in range(3)]
    kept = [LIMIT_MS, LIMIT_MS + 1_000]
    # Three devices have a point at each nanosecond: no portion may stop within one and go on behind it.
    await embedded_store.write(
        [beats(user, [*seconds(count), *kept], device) for user in users for device in ("watch", "strap", "phone")]
    )
    await embedded_store.delete_before(HEART_RATE, LIMIT_MS)
    for user in users:
        assert [row.time_ms for row in await embedded_store.rows(Selection(HEART_RATE, user))] == sorted(kept * 3)


@pytest.mark.usefixtures("small_portions")
async def test_who_writes_does_not_wait_for_all_of_a_deletion(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([beats(user, seconds(2_000))])
    deleting = asyncio.create_task(embedded_store.delete_before(HEART_RATE, LIMIT_MS))
    while await embedded_store.count(Selection(HEART_RATE, user)) == 2_000:
        pass
    await embedded_store.write([beats(user, [LIMIT_MS])])
    assert not deleting.done()
    await deleting
    assert await embedded_store.count(Selection(HEART_RATE, user)) == 1


@pytest.mark.usefixtures("small_portions")
async def test_a_deletion_that_was_cut_short_is_finished_by_the_next(embedded_store: EmbeddedStore, user: str) -> None:
    await embedded_store.write([beats(user, seconds(500))])
    deleting = asyncio.create_task(embedded_store.delete_before(HEART_RATE, LIMIT_MS))
    while await embedded_store.count(Selection(HEART_RATE, user)) == 500:
        pass
    deleting.cancel()
    await asyncio.wait([deleting])
    assert await embedded_store.count(Selection(HEART_RATE, user)) > 0
    await embedded_store.delete_before(HEART_RATE, LIMIT_MS)
    assert await embedded_store.rows(Selection(HEART_RATE, user)) == []
    assert await embedded_store.last_seen(user) == {}
