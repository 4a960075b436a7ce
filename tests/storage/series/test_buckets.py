"""Aggregates over calendar hours, days and weeks, compared with plain Python."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE, Kind
from contract.kinds import HeartRateSample, Meal
from contract.quantities import Operation
from contract.stamping import StampedBatch, epoch_ms
from storage.series.protocol import Bucket, Period, Row, Selection, SeriesStore
from tests.storage.series.conftest import new_user
from tests.storage.series.ledger import Ledger
from tests.strategies import stamped, stamped_batches

with_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
MEALS, HEART_RATE, STEPS = CATALOGUE["meals"], CATALOGUE["heart_rate"], CATALOGUE["steps"]
FIELDS = [(MEALS, "calories"), (MEALS, "fat_g"), (HEART_RATE, "bpm"), (HEART_RATE, "hrv_ms"), (STEPS, "floors")]

NINE_DAYS_MS = 9 * 86_400_000
PLACES = [
    ("Europe/Berlin", datetime(2025, 3, 30, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2025, 10, 26, 1, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2024, 11, 3, 3, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2025, 6, 1, 12, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2012, 4, 1, 14, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2025, 4, 5, 15, tzinfo=UTC)),
]
"""A zone, and a moment when something happens to its clocks (or not)."""


def label(period: Period, row: Row, zone: tzinfo) -> Any:
    """What only rows of one period share."""
    wall_clock = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=row.time_ms)).astimezone(zone)
    if period == "hour":
        return wall_clock.date(), wall_clock.hour, wall_clock.utcoffset()
    return wall_clock.date() if period == "day" else wall_clock.isocalendar()[:2]


def label_of_start(period: Period, start: datetime) -> Any:
    if period == "hour":
        return start.date(), start.hour, start.utcoffset()
    return start.date() if period == "day" else start.isocalendar()[:2]


def aggregate(operation: Operation, rows: Sequence[Row], field: str) -> float:
    values = [float(row.values[field]) for row in rows]
    if operation == "last":
        newest = max(row.key_ns for row in rows)
        return max(float(row.values[field]) for row in rows if row.key_ns == newest)
    if operation == "mean":
        return sum(values) / len(values)
    functions: dict[Operation, Callable[[list[float]], float]] = {"sum": sum, "min": min, "max": max, "count": len}
    return functions[operation](values)


def expected(rows: Sequence[Row], field: str, operation: Operation, period: Period, zone: tzinfo) -> dict[Any, float]:
    groups = defaultdict(list)
    for row in rows:
        if field in row.values:
            groups[label(period, row, zone)].append(row)
    return {key: aggregate(operation, group, field) for key, group in groups.items()}


def told(buckets: Sequence[Bucket], period: Period) -> dict[Any, float]:
    return {label_of_start(period, bucket.start): bucket.value for bucket in buckets}


@with_store
@given(data=st.data())
async def test_buckets_are_what_a_calendar_and_a_pencil_say(store: SeriesStore, data: st.DataObject) -> None:
    (kind, field), user = data.draw(st.sampled_from(FIELDS)), new_user()
    place, moment = data.draw(st.sampled_from(PLACES))
    period: Period = data.draw(st.sampled_from(get_args(Period)))
    operation: Operation = data.draw(st.sampled_from(get_args(Operation)))
    zone, around = ZoneInfo(place), epoch_ms(moment)
    near = st.one_of(*(st.integers(around - hours, around + hours) for hours in (7_200_000, 90_000_000, 700_000_000)))
    devices = st.sampled_from(["phone", "watch"])
    batches = stamped_batches(kind, user, devices=devices, times_ms=near, max_items=8)
    written = data.draw(st.lists(batches, min_size=1, max_size=3))
    await store.write(written)
    end = st.none() | near | near.map(lambda time_ms: time_ms // 1_000 * 1_000)
    start_ms = data.draw(st.just(around - NINE_DAYS_MS) | end)
    end_ms = data.draw(st.just(around + NINE_DAYS_MS) | end)
    selection = Selection(kind, user, start_ms, end_ms, data.draw(st.none() | devices))

    found = await store.buckets(selection, field, operation, period, zone)

    rows = Ledger(written).rows(selection)
    assert told(found, period) == pytest.approx(expected(rows, field, operation, period, zone))
    assert [bucket.start for bucket in found] == sorted(bucket.start for bucket in found)
    assert all(bucket.start.tzinfo is zone for bucket in found)


def samples(user: str, times: Sequence[datetime], bpm: Sequence[float], device: str = "watch") -> StampedBatch:
    items = [HeartRateSample(bpm=each) for each in bpm]
    return stamped(HEART_RATE, user, device, items, [epoch_ms(time) for time in times])


OPERATIONS = pytest.mark.parametrize(
    ("operation", "value"), [("sum", 186), ("mean", 62), ("min", 61), ("max", 63), ("last", 62), ("count", 3)]
)


@OPERATIONS
async def test_each_operation(store: SeriesStore, user: str, operation: Operation, value: float) -> None:
    noons = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (13, 14, 15)]
    times = [noon + timedelta(minutes=at) for noon in noons for at in range(3)]
    await store.write([samples(user, times, [63.0, 61.0, 62.0] * 3)])
    found = await store.buckets(Selection(HEART_RATE, user), "bpm", operation, "day", UTC)
    assert found == [Bucket(datetime(2026, 1, day, tzinfo=UTC), value) for day in (13, 14, 15)]


@OPERATIONS
async def test_each_operation_between_ends_that_cut_a_second(
    store: SeriesStore, user: str, operation: Operation, value: float
) -> None:
    noons = [epoch_ms(datetime(2026, 1, day, 12, tzinfo=UTC)) for day in (13, 14, 15)]
    said = [Meal(meal_id=f"m{at}", calories=calories) for at, calories in enumerate([63.0, 61.0, 62.0] * 3)]
    times = [noon + at * 60_000 for noon in noons for at in range(3)]
    beyond = [times[0] - 1, times[-1] + 1]
    strays = [Meal(meal_id=f"stray {at}", calories=1_000.0) for at in beyond]
    await store.write([stamped(MEALS, user, "phone", [*said, *strays], [*times, *beyond])])
    selection = Selection(MEALS, user, times[0], times[-1] + 1)
    found = await store.buckets(selection, "calories", operation, "day", UTC)
    assert found == [Bucket(datetime(2026, 1, day, tzinfo=UTC), value) for day in (13, 14, 15)]


@pytest.mark.parametrize("place", ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"])
async def test_a_year_of_days_has_each_day_once(store: SeriesStore, user: str, place: str) -> None:
    zone = ZoneInfo(place)
    start = epoch_ms(datetime(2011, 6, 1, tzinfo=zone))
    noons = [datetime(2011, 6, 1, 12, tzinfo=zone) + timedelta(days=day) for day in range(365)]
    # Samoa had no 30 December.
    there = [noon for noon in noons if noon.astimezone(UTC).astimezone(zone).date() == noon.date()]
    bpm = [60.0 + at % 100 for at in range(len(there))]
    await store.write([samples(user, there, bpm)])
    selection = Selection(HEART_RATE, user, start, epoch_ms(noons[-1]) + 1)
    found = await store.buckets(selection, "bpm", "last", "day", zone)
    assert [(bucket.start.date(), bucket.value) for bucket in found] == [
        (noon.date(), each) for noon, each in zip(there, bpm, strict=True)
    ]


async def test_a_day_that_the_zone_skipped_is_not_listed(store: SeriesStore, user: str) -> None:
    zone = ZoneInfo("Pacific/Apia")
    moment = datetime(2011, 12, 30, 10, tzinfo=UTC)
    await store.write([samples(user, [moment - timedelta(seconds=1), moment], [60.0, 70.0])])
    found = await store.buckets(Selection(HEART_RATE, user), "bpm", "sum", "day", zone)
    assert [(f"{bucket.start:%d %H:%M%z}", bucket.value) for bucket in found] == [
        ("29 00:00-1000", 60.0),
        ("31 00:00+1400", 70.0),
    ]


async def test_both_hours_that_autumn_repeats_are_listed(store: SeriesStore, user: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    moments = [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)]
    await store.write([samples(user, moments, [60.0, 70.0])])
    found = await store.buckets(Selection(HEART_RATE, user), "bpm", "mean", "hour", zone)
    assert [(f"{bucket.start:%H:%M%z}", bucket.value) for bucket in found] == [("02:00+0200", 60), ("02:00+0100", 70)]


async def test_items_ahead_of_the_clock_are_in(store: SeriesStore, user: str) -> None:
    tomorrow = datetime.now(UTC) + timedelta(hours=20)
    await store.write([samples(user, [tomorrow, tomorrow + timedelta(days=2)], [60.0, 70.0])])
    for selection in (Selection(HEART_RATE, user), Selection(HEART_RATE, user, 0, epoch_ms(tomorrow) * 2)):
        assert len(await store.buckets(selection, "bpm", "sum", "day", UTC)) == 2


async def test_an_item_with_an_id_is_in_the_day_of_its_time(store: SeriesStore, user: str) -> None:
    midnight = epoch_ms(datetime(2026, 1, 15, tzinfo=UTC))
    said = [Meal(meal_id=f"m{number}", calories=1.0) for number in range(40)]
    times = [midnight - 1 if number % 2 else midnight for number in range(40)]
    await store.write([stamped(MEALS, user, "phone", said, times)])
    found = await store.buckets(Selection(MEALS, user), "calories", "count", "day", UTC)
    assert [(bucket.start.day, bucket.value) for bucket in found] == [(14, 20), (15, 20)]


async def test_two_devices_are_aggregated_together(store: SeriesStore, user: str) -> None:
    noon = datetime(2026, 1, 14, 12, tzinfo=UTC)
    await store.write([samples(user, [noon], [60.0], "strap"), samples(user, [noon], [80.0], "watch")])
    [bucket] = await store.buckets(Selection(HEART_RATE, user), "bpm", "mean", "day", UTC)
    assert bucket == Bucket(datetime(2026, 1, 14, tzinfo=UTC), 70.0)


@pytest.mark.parametrize("kind", [MEALS, HEART_RATE], ids=lambda kind: kind.name)
async def test_no_points_make_no_buckets(store: SeriesStore, user: str, kind: Kind) -> None:
    field = "calories" if kind is MEALS else "bpm"
    for selection in (Selection(kind, user), Selection(kind, user, 0, 86_400_000)):
        for operation in get_args(Operation):
            assert await store.buckets(selection, field, operation, "day", UTC) == []
