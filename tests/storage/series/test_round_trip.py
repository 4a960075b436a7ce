"""What is written is read again, of every kind."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE, Kind
from contract.stamping import Horizon, epoch_ms
from contract.reading import read_batch
from storage.series.protocol import Selection, SeriesStore
from tests.storage.series.conftest import new_user
from tests.storage.series.ledger import Ledger, in_order
from tests.strategies import NOON, batches, devices, stamped_batches

import msgspec

with_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25
)
EVERY_KIND = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)


@EVERY_KIND
@with_store
@given(data=st.data())
async def test_items_come_back_as_they_were_written(store: SeriesStore, kind: Kind, data: st.DataObject) -> None:
    user = new_user()
    written = data.draw(st.lists(stamped_batches(kind, user), min_size=1, max_size=3))
    await store.write(written)
    selection = Selection(kind, user)
    assert in_order(await store.rows(selection)) == Ledger(written).rows(selection)
    assert await store.count(selection) == len(Ledger(written).rows(selection))
