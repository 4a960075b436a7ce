"""Days worked out as uploads come are those worked out from scratch, and those that a pencil gives."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.catalogue import CATALOGUE
from contract.daily import DAILY
from contract.events import StoredEvent, stored_event
from contract.stamping import StampedBatch, epoch_ms
from insights.options import InsightsOptions
from insights.pending import Work
from insights.working import Worker
from storage.series.protocol import Selection
from tests.insights import pencil
from tests.insights.conftest import Stores
from tests.storage.series.conftest import new_user
from tests.strategies import items, stamped, stamped_batches

OPTIONS = InsightsOptions(retention_days=60, retry_s=0.01)
PLACES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # a day of 23 hours
    ("Europe/Berlin", datetime(2025, 10, 26, 1, tzinfo=UTC)),  # of 25
    ("America/Los_Angeles", datetime(2026, 1, 14, 8, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2026, 1, 14, 10, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 1, 14, 18, 30, tzinfo=UTC)),
]
"""A zone, and a midnight or a change of clocks there."""

with_stores = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)


def worker(stores: Stores, around: datetime) -> Worker:
    now_ms = epoch_ms(around + timedelta(days=10))
    return Worker(OPTIONS, stores.series, stores.records, lambda: now_ms)


def work_for(events: Iterable[StoredEvent]) -> list[Work[str]]:
    """As the service joins events."""
    works: dict[str, Work[str]] = {}
    for change in (change for event in events for change in event.changes):
        work = works.setdefault(change.user_id, Work(change.user_id, 0.0))
        work.spans.add((change.start_ms, change.end_ms))
    return list(works.values())


async def summaries(stores: Stores, user_id: str) -> pencil.Summaries:
    rows = await stores.series.rows(Selection(DAILY, user_id))
    found = {}
    for row in rows:
        figures = {name: float(value) for name, value in row.values.items() if name not in {"date", "time_zone"}}
        found[date.fromisoformat(str(row.values["date"]))] = figures
    return found


def assert_same(found: pencil.Summaries, wanted: pencil.Summaries) -> None:
    assert found.keys() == wanted.keys()
    for day, figures in wanted.items():
        assert found[day] == pytest.approx(figures, abs=2e-6)


async def do_all(stores: Stores, around: datetime, events: Sequence[StoredEvent]) -> None:
    outcome = await worker(stores, around).do(work_for(events))
    assert not outcome.failed
    assert outcome.unavailable is None
    assert outcome.done == {change.user_id for event in events for change in event.changes}


def correction(data: st.DataObject, batch: StampedBatch) -> StampedBatch:
    """The same items with other values, or without some."""
    said = []
    for item in batch.items:
        other = data.draw(items(batch.kind))
        said.append(replace(other, **{batch.kind.id_field: batch.kind.id_of(item)}) if batch.kind.id_field else other)
    return stamped(batch.kind, batch.user_id, batch.source_device, said, batch.times_ms)


@with_stores
@given(data=st.data())
async def test_uploads_in_any_order_late_repeated_and_corrected_give_the_days_from_scratch(
    stores: Stores, data: st.DataObject
) -> None:
    user, (place, around) = new_user(), data.draw(st.sampled_from(PLACES))
    await stores.add_person(user, time_zone=place, sex="female", max_heart_rate_bpm=185.0)
    near = st.sampled_from([2, 30, 90]).flatmap(
        lambda hours: st.integers(epoch_ms(around) - hours * 3_600_000, epoch_ms(around) + hours * 3_600_000)
    )
    late = near.map(lambda time_ms: time_ms - 20 * 86_400_000)
    batch = st.sampled_from(list(CATALOGUE.values())).flatmap(
        lambda kind: stamped_batches(
            kind, user, devices=st.sampled_from(["phone", "watch"]), times_ms=near | late, max_items=6
        )
    )
    first = data.draw(st.lists(batch, min_size=1, max_size=7))
    repeated = data.draw(st.lists(st.sampled_from(first), max_size=2))
    corrected = [correction(data, each) for each in data.draw(st.lists(st.sampled_from(first), max_size=3))]
    written: list[StampedBatch] = []
    unsaid: list[StoredEvent] = []
    for each in (*data.draw(st.permutations([*first, *repeated])), *corrected):
        await stores.series.write([each])
        written.append(each)
        unsaid.append(stored_event([each]))
        if data.draw(st.booleans()):
            # Some events come at once, others later, in any order, some twice.
            said = data.draw(st.lists(st.sampled_from(unsaid), min_size=1, max_size=3))
            await do_all(stores, around, said)
            unsaid = [event for event in unsaid if event not in said]
    if unsaid:
        await do_all(stores, around, data.draw(st.permutations(unsaid)))
    wanted = pencil.summaries(written, user, ZoneInfo(place), max_bpm=185.0, male=False)
    step_by_step = await summaries(stores, user)
    assert_same(step_by_step, wanted)
    await stores.series.delete(Selection(DAILY, user))
    again = Work[str](user, 0.0, check=True)
    outcome = await worker(stores, around).do([again])
    assert outcome.changed_days == len(wanted)
    assert await summaries(stores, user) == step_by_step
    # Working out what is right already changes nothing.
    assert (await worker(stores, around).do([again])).changed_days == 0
