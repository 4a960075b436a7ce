"""Which points are meant: by time, page, device and name."""

from collections.abc import Sequence
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE, Kind
from contract.kinds import HeartRateSample, Meal
from contract.stamping import StampedBatch, epoch_ms
from storage.series.protocol import Row, Selection, SeriesStore
from tests.storage.series.conftest import new_user
from tests.storage.series.ledger import Ledger, in_order
from tests.strategies import HOSTILE_DEVICES, NOON, stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
MEALS, HEART_RATE = CATALOGUE["meals"], CATALOGUE["heart_rate"]
AT_MS = epoch_ms(NOON)

within_three_seconds = st.integers(AT_MS - 1_500, AT_MS + 1_500)
both = pytest.mark.parametrize("kind", [MEALS, HEART_RATE], ids=lambda kind: kind.name)


def ends(written: Sequence[StampedBatch]) -> st.SearchStrategy[int | None]:
    """None, whole seconds, and where it matters: at an item's own time and around it."""
    times = [time_ms + near for batch in written for time_ms in batch.times_ms for near in (-1, 0, 1)]
    return st.none() | st.sampled_from([AT_MS, AT_MS + 1_000]) | st.sampled_from(times)


def heart_rate(user: str, device: str, times_ms: range) -> StampedBatch:
    samples = [HeartRateSample(bpm=60.0 + at) for at in range(len(times_ms))]
    return stamped(HEART_RATE, user, device, samples, times_ms)


@both
@with_store
@given(data=st.data())
async def test_a_span_is_cut_at_the_millisecond(store: SeriesStore, kind: Kind, data: st.DataObject) -> None:
    user = new_user()
    written = data.draw(st.lists(stamped_batches(kind, user, times_ms=within_three_seconds), min_size=1, max_size=3))
    await store.write(written)
    device = data.draw(st.none() | st.sampled_from([batch.source_device for batch in written]))
    selection = Selection(kind, user, data.draw(ends(written)), data.draw(ends(written)), device)
    expected = Ledger(written).rows(selection)
    assert in_order(await store.rows(selection)) == expected
    assert await store.count(selection) == len(expected)


@both
async def test_the_start_is_in_and_the_end_is_out(store: SeriesStore, user: str, kind: Kind) -> None:
    times = [AT_MS + near for near in (249, 250, 349, 350)]
    items = [Meal(meal_id=f"m{at}", calories=1.0) if kind is MEALS else HeartRateSample(bpm=60.0) for at in times]
    await store.write([stamped(kind, user, "watch", items, times)])
    selection = Selection(kind, user, AT_MS + 250, AT_MS + 350)
    assert sorted(row.time_ms for row in await store.rows(selection)) == [AT_MS + 250, AT_MS + 349]
    assert await store.count(selection) == 2


@both
@with_store
@given(data=st.data())
async def test_pages_follow_each_other_without_gap_or_overlap(
    store: SeriesStore, kind: Kind, data: st.DataObject
) -> None:
    user, newest_first, limit = new_user(), data.draw(st.booleans()), data.draw(st.integers(1, 4))
    written = data.draw(st.lists(stamped_batches(kind, user, times_ms=within_three_seconds), min_size=1, max_size=3))
    await store.write(written)
    selection = Selection(kind, user, data.draw(ends(written)), data.draw(ends(written)))
    expected, found = Ledger(written).rows(selection), list[Row]()
    while page := await store.rows(selection, limit=limit, offset=len(found), newest_first=newest_first):
        found += page
        assert len(page) <= limit
        assert len(found) <= len(expected)
    assert in_order(found) == expected
    keys = [row.key_ns for row in found]
    assert keys == sorted(keys, reverse=newest_first)


async def test_newest_first_begins_with_the_newest(store: SeriesStore, user: str) -> None:
    await store.write([heart_rate(user, "watch", range(AT_MS, AT_MS + 10))])
    found = await store.rows(Selection(HEART_RATE, user), limit=2, offset=1, newest_first=True)
    assert [row.time_ms for row in found] == [AT_MS + 8, AT_MS + 7]


async def test_an_offset_without_a_limit_leaves_the_first_out(store: SeriesStore, user: str) -> None:
    await store.write([heart_rate(user, "watch", range(AT_MS, AT_MS + 5))])
    found = await store.rows(Selection(HEART_RATE, user), offset=3)
    assert [row.time_ms for row in found] == [AT_MS + 3, AT_MS + 4]


async def test_a_limit_of_none_at_all_lists_nothing(store: SeriesStore, user: str) -> None:
    await store.write([heart_rate(user, "watch", range(AT_MS, AT_MS + 5))])
    assert await store.rows(Selection(HEART_RATE, user), limit=0) == []


async def test_many_items_in_a_cut_second_do_not_shorten_a_page(store: SeriesStore, user: str) -> None:
    said = [Meal(meal_id=f"meal {number}", calories=100.0) for number in range(300)]
    early = [AT_MS + (0 if number < 200 else 900) for number in range(300)]
    await store.write([stamped(MEALS, user, "phone", said, early)])
    after = Selection(MEALS, user, start_ms=AT_MS + 500)
    assert len(await store.rows(after, limit=100)) == 100
    assert await store.count(after) == 100


async def test_more_rows_than_an_answer_of_influxdb_holds_at_once(store: SeriesStore, user: str) -> None:
    times = range(AT_MS, AT_MS + 12_000)
    await store.write([heart_rate(user, "watch", times[at : at + 190]) for at in range(0, 12_000, 190)])
    assert [row.time_ms for row in await store.rows(Selection(HEART_RATE, user))] == list(times)


@pytest.mark.parametrize(
    ("start_ms", "end_ms"),
    [(AT_MS, AT_MS), (AT_MS + 1, AT_MS), (-(10**18), 10**18), (10**18, None), (None, -(10**18))],
    ids=["empty", "backwards", "wider than nanoseconds", "after all", "before all"],
)
@both
async def test_odd_spans_are_answered(
    store: SeriesStore, user: str, kind: Kind, start_ms: int | None, end_ms: int | None
) -> None:
    samples = heart_rate(user, "watch", range(AT_MS, AT_MS + 1))
    meals = stamped(MEALS, user, "watch", [Meal(meal_id="m1", calories=1.0)], [AT_MS])
    written = [samples, meals]
    await store.write(written)
    selection = Selection(kind, user, start_ms, end_ms)
    expected = Ledger(written).rows(selection)
    assert await store.rows(selection) == expected
    assert await store.count(selection) == len(expected)
    found = await store.buckets(selection, "bpm" if kind is HEART_RATE else "calories", "count", "day", UTC)
    assert sum(bucket.value for bucket in found) == len(expected)


@pytest.mark.parametrize("device", HOSTILE_DEVICES)
async def test_a_device_of_any_name_is_found_by_it_and_no_other(store: SeriesStore, user: str, device: str) -> None:
    others = [name for name in ("watch", *HOSTILE_DEVICES) if name != device]
    await store.write([heart_rate(user, name, range(AT_MS, AT_MS + 1)) for name in [*others, device]])
    found = await store.rows(Selection(HEART_RATE, user, source_device=device))
    assert [row.source_device for row in found] == [device]


@pytest.mark.parametrize(
    "device", ["\\", "'\\", "\\'", "watch\\", "a\nb", "\r", "\x00", "x' OR \x00", "", "\ud800"], ids=ascii
)
async def test_a_device_that_the_contract_refuses_matches_nothing(store: SeriesStore, user: str, device: str) -> None:
    await store.write([heart_rate(user, "watch", range(AT_MS, AT_MS + 1))])
    selection = Selection(HEART_RATE, user, source_device=device)
    assert await store.rows(selection) == []
    assert await store.count(selection) == 0
    assert await store.buckets(selection, "bpm", "sum", "day", UTC) == []


@pytest.mark.parametrize("name", ["' OR 'a'='a", "'; DROP DATABASE x; --", "\\", "", "a\nb"], ids=ascii)
async def test_a_user_of_any_name_sees_nothing_of_others(store: SeriesStore, user: str, name: str) -> None:
    await store.write([heart_rate(user, "watch", range(AT_MS, AT_MS + 1))])
    assert await store.rows(Selection(HEART_RATE, name)) == []
    assert await store.last_seen(name) == {}
    await store.delete_user(name)
    assert await store.count(Selection(HEART_RATE, user)) == 1
