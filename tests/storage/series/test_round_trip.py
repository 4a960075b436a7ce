"""What is written is read again, of every kind, however often it is written."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE, Kind
from contract.reading import read_batch
from contract.stamping import Horizon, epoch_ms
from storage.series.protocol import Selection, SeriesStore
from tests.storage.series.conftest import new_user
from tests.storage.series.ledger import Ledger, in_order
from tests.strategies import DAY, NOON, batches, stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
every_kind = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
kinds = st.sampled_from(list(CATALOGUE.values()))

NOW = Horizon.at(epoch_ms(NOON + 2 * DAY), retention_days=30)


@every_kind
@with_store
@given(data=st.data())
async def test_items_come_back_as_they_were_written(store: SeriesStore, kind: Kind, data: st.DataObject) -> None:
    user = new_user()
    written = data.draw(st.lists(stamped_batches(kind, user), min_size=1, max_size=3))
    await store.write(written)
    selection = Selection(kind, user)
    expected = Ledger(written).rows(selection)
    assert in_order(await store.rows(selection)) == expected
    assert await store.count(selection) == len(expected)


@with_store
@given(data=st.data(), kind=kinds)
async def test_batches_as_devices_send_them_come_back(store: SeriesStore, kind: Kind, data: st.DataObject) -> None:
    user = new_user()
    said = data.draw(batches(kind, user))
    reading = read_batch(kind, user, msgspec.json.encode(said), NOW)
    assert not reading.rejected
    await store.write([reading.stamped])
    selection = Selection(kind, user, source_device=said["source_device"])
    assert await store.rows(selection) == Ledger([reading.stamped]).rows(selection)


@with_store
@given(data=st.data(), kind=kinds)
async def test_writing_again_changes_nothing(store: SeriesStore, kind: Kind, data: st.DataObject) -> None:
    user = new_user()
    written = data.draw(st.lists(stamped_batches(kind, user), min_size=1, max_size=3))
    await store.write(written)
    before = in_order(await store.rows(Selection(kind, user)))
    await store.write(written)
    assert in_order(await store.rows(Selection(kind, user))) == before


async def test_nothing_is_written_for_no_batches(store: SeriesStore, user: str) -> None:
    await store.write([])
    assert await store.rows(Selection(CATALOGUE["meals"], user)) == []


async def test_users_do_not_see_each_other(store: SeriesStore) -> None:
    kind = CATALOGUE["steps"]
    alice, bob = new_user(), new_user()
    for user, steps in ((alice, 100), (bob, 200)):
        item = kind.item(steps=steps)  # type: ignore[call-arg]
        await store.write([stamped(kind, user, "watch", [item], [epoch_ms(NOON)])])
    assert [row.values for row in await store.rows(Selection(kind, alice))] == [{"steps": 100}]


async def test_a_write_of_more_than_one_request_is_stored_whole(store: SeriesStore, user: str) -> None:
    kind = CATALOGUE["temperature"]
    notes = "x" * 500
    items = [kind.item(temperature_c=36.5, notes=notes) for _ in range(1_000)]  # type: ignore[call-arg]
    start = epoch_ms(NOON)
    written = [stamped(kind, user, f"thermometer {device}", items, range(start, start + 1_000)) for device in range(3)]
    await store.write(written)
    assert await store.count(Selection(kind, user)) == 3_000
