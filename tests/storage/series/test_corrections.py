"""Writing a point that exists: items with ids are replaced as a whole, samples are joined."""

from datetime import UTC
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.kinds import HeartRateSample, Meal
from contract.stamping import StampedBatch, epoch_ms
from storage.series.protocol import Selection, SeriesStore
from tests.storage.series.conftest import new_user
from tests.storage.series.ledger import Ledger, values_of
from tests.strategies import NOON, items, stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
KINDS_WITH_IDS = [kind for kind in CATALOGUE.values() if kind.id_field]
SAMPLES = [kind for kind in CATALOGUE.values() if not kind.id_field]
MEALS, HEART_RATE = CATALOGUE["meals"], CATALOGUE["heart_rate"]
AT_MS = epoch_ms(NOON)


def meal(user: str, *, time_ms: int = AT_MS, **fields: Any) -> StampedBatch:
    return stamped(MEALS, user, "phone", [Meal(meal_id="m1", **fields)], [time_ms])


@with_store
@given(data=st.data())
async def test_a_correction_replaces_all_fields(store: SeriesStore, data: st.DataObject) -> None:
    kind, user = data.draw(st.sampled_from(KINDS_WITH_IDS)), new_user()
    said = data.draw(st.lists(items(kind), min_size=2, max_size=4))
    for item in said:
        setattr(item, str(kind.id_field), "the same")
        await store.write([stamped(kind, user, "phone", [item], [AT_MS])])
    [row] = await store.rows(Selection(kind, user))
    assert row.values == values_of(kind, said[-1])


async def test_a_field_left_out_of_a_correction_is_gone(store: SeriesStore, user: str) -> None:
    await store.write([meal(user, calories=500.0, fat_g=20.0, name="Pasta")])
    await store.write([meal(user, calories=450.0, name="Pasta")])
    [row] = await store.rows(Selection(MEALS, user))
    assert row.values == {"meal_id": "m1", "calories": 450.0, "name": "Pasta"}


async def test_a_field_left_out_of_a_correction_is_in_no_aggregate(store: SeriesStore, user: str) -> None:
    await store.write([meal(user, calories=500.0, fat_g=20.0)])
    await store.write([meal(user, calories=450.0)])
    selection = Selection(MEALS, user)
    assert await store.buckets(selection, "fat_g", "sum", "day", UTC) == []
    assert [bucket.value for bucket in await store.buckets(selection, "calories", "sum", "day", UTC)] == [450]


async def test_a_field_that_a_later_correction_gives_again_counts_again(store: SeriesStore, user: str) -> None:
    for fat_g in (20.0, None, 30.0):
        await store.write([meal(user, calories=500.0, fat_g=fat_g)])
    found = await store.buckets(Selection(MEALS, user), "fat_g", "sum", "day", UTC)
    assert [bucket.value for bucket in found] == [30]


async def test_a_correction_may_move_an_item_within_its_second(store: SeriesStore, user: str) -> None:
    await store.write([meal(user, time_ms=AT_MS + 900, calories=500.0)])
    await store.write([meal(user, time_ms=AT_MS + 100, calories=500.0)])
    [row] = await store.rows(Selection(MEALS, user))
    assert row.time_ms == AT_MS + 100


async def test_the_last_of_one_item_said_twice_in_a_batch_counts(store: SeriesStore, user: str) -> None:
    said = [Meal(meal_id="m1", calories=500.0, fat_g=20.0), Meal(meal_id="m1", calories=400.0)]
    await store.write([stamped(MEALS, user, "phone", said, [AT_MS, AT_MS])])
    assert [row.values for row in await store.rows(Selection(MEALS, user))] == [{"meal_id": "m1", "calories": 400.0}]


@with_store
@given(data=st.data())
async def test_samples_of_one_moment_are_joined(store: SeriesStore, data: st.DataObject) -> None:
    kind, user = data.draw(st.sampled_from(SAMPLES)), new_user()
    at = st.sampled_from([AT_MS, AT_MS + 1])
    one_device = st.just("watch")
    written = data.draw(st.lists(stamped_batches(kind, user, devices=one_device, times_ms=at), min_size=1, max_size=4))
    await store.write(written)
    selection = Selection(kind, user)
    assert await store.rows(selection) == Ledger(written).rows(selection)


async def test_a_sample_may_come_in_two_parts(store: SeriesStore, user: str) -> None:
    for item in (HeartRateSample(bpm=60.0, context="resting"), HeartRateSample(bpm=61.0, hrv_ms=45.0)):
        await store.write([stamped(HEART_RATE, user, "watch", [item], [AT_MS])])
    [row] = await store.rows(Selection(HEART_RATE, user))
    assert row.values == {"bpm": 61.0, "hrv_ms": 45.0, "context": "resting"}


async def test_two_devices_at_one_moment_are_two_samples(store: SeriesStore, user: str) -> None:
    for device, bpm in (("strap", 60.0), ("watch", 62.0)):
        await store.write([stamped(HEART_RATE, user, device, [HeartRateSample(bpm=bpm)], [AT_MS])])
    found = await store.rows(Selection(HEART_RATE, user))
    assert {(row.source_device, row.values["bpm"]) for row in found} == {("strap", 60.0), ("watch", 62.0)}
