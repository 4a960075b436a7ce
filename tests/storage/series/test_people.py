"""When a user's devices were seen last, and forgetting a user."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.kinds import Meal
from contract.stamping import epoch_ms
from storage.series.protocol import Selection, SeriesStore
from tests.storage.series.conftest import new_user, skip_on_influxdb_3
from tests.storage.series.ledger import Ledger
from tests.strategies import NOON, items, stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
KINDS = list(CATALOGUE.values())
AT_MS = epoch_ms(NOON)


@with_store
@given(data=st.data())
async def test_each_device_was_seen_at_its_newest_item(store: SeriesStore, data: st.DataObject) -> None:
    user = new_user()
    names = st.sampled_from(["watch", "phone, old", "scale"])
    near = st.integers(AT_MS - 1_500, AT_MS + 1_500)
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    written = [data.draw(stamped_batches(kind, user, devices=names, times_ms=near)) for kind in kinds]
    await store.write(written)
    rows = [row for kind in KINDS for row in Ledger(written).rows(Selection(kind, user))]
    devices = {row.source_device for row in rows}
    newest = {device: max(row.time_ms for row in rows if row.source_device == device) for device in devices}
    assert await store.last_seen(user) == newest


@pytest.mark.parametrize("newer", ["m1", "m2"])
async def test_of_two_items_in_a_second_the_newer_counts(store: SeriesStore, user: str, newer: str) -> None:
    # Within a second, points are in the order of a hash of their ids: in one of these cases the older one is last.
    said = [Meal(meal_id=meal_id, calories=1.0) for meal_id in ("m1", "m2")]
    times = [AT_MS + (900 if meal.meal_id == newer else 100) for meal in said]
    await store.write([stamped(CATALOGUE["meals"], user, "phone", said, times)])
    assert await store.last_seen(user) == {"phone": AT_MS + 900}


async def test_a_correction_to_an_earlier_moment_is_seen_earlier(store: SeriesStore, user: str) -> None:
    for time_ms in (AT_MS + 900, AT_MS + 100):
        said = stamped(CATALOGUE["meals"], user, "phone", [Meal(meal_id="m1", calories=1.0)], [time_ms])
        await store.write([said])
    assert await store.last_seen(user) == {"phone": AT_MS + 100}


async def test_nobody_was_never_seen(store: SeriesStore, user: str) -> None:
    assert await store.last_seen(user) == {}


@settings(with_store, max_examples=8)
@given(data=st.data())
async def test_a_forgotten_user_leaves_the_others_alone(store: SeriesStore, data: st.DataObject) -> None:
    await skip_on_influxdb_3(store, "it can't delete the points of a user")
    leaving, staying = new_user(), new_user()
    kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
    said = [(kind, data.draw(items(kind))) for kind in kinds]
    for user in (leaving, staying):
        await store.write([stamped(kind, user, "watch", [item], [AT_MS]) for kind, item in said])
    await store.delete_user(leaving)
    for kind in kinds:
        assert await store.rows(Selection(kind, leaving)) == []
        assert await store.count(Selection(kind, staying)) == 1
    assert await store.last_seen(leaving) == {}
    assert await store.last_seen(staying) == {"watch": AT_MS}


async def test_forgetting_nobody_is_harmless(store: SeriesStore, user: str) -> None:
    await skip_on_influxdb_3(store, "it can't delete the points of a user")
    await store.delete_user(user)
    await store.delete_user(user)


async def test_a_forgotten_user_may_come_back(store: SeriesStore, user: str) -> None:
    await skip_on_influxdb_3(store, "it can't delete the points of a user")
    kind = CATALOGUE["meals"]
    said = stamped(kind, user, "phone", [Meal(meal_id="m1", calories=1.0)], [AT_MS])
    await store.write([said])
    await store.delete_user(user)
    await store.write([said])
    assert await store.count(Selection(kind, user)) == 1
