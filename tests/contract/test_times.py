"""When an item was: zones, milliseconds, offsets and the horizon."""

import pytest

from contract.receipts import Rejection
from contract.stamping import DAY_MS, MAX_AHEAD_MS, Horizon, RetentionDays
from tests.contract.batches import (
    EVENING_MS,
    LEAST,
    NO_TIME,
    batch,
    read,
    read_items,
    refusal,
    refusals,
    spell,
)

MEAL = LEAST["meals"]


@pytest.mark.parametrize(
    ("timestamp", "time_ms"),
    [
        ("2026-01-14T18:00:00Z", EVENING_MS),
        ("2026-01-14t18:00:00z", EVENING_MS),
        ("2026-01-14 18:00:00Z", EVENING_MS),
        ("2026-01-14T23:30:00+05:30", EVENING_MS),
        ("2026-01-14T05:00:00-13:00", EVENING_MS),
        ("2026-01-15T08:00:00+14:00", EVENING_MS),
        ("2026-01-14T18:00:00-00:00", EVENING_MS),
        ("2026-01-14T18:00:00.5Z", EVENING_MS + 500),
        ("2026-01-14T18:00:00.001Z", EVENING_MS + 1),
        ("2026-01-14T18:00:00.0019Z", EVENING_MS + 1),
        ("2026-01-14T23:59:59.999999Z", EVENING_MS + 6 * 3_600_000 - 1),
    ],
)
def test_a_time_has_a_zone_and_is_kept_to_the_millisecond(timestamp: str, time_ms: int) -> None:
    of_batch = read("meals", batch([MEAL], timestamp=timestamp))
    of_item = read_items("meals", MEAL | {"timestamp": timestamp})
    assert list(of_batch.stamped.times_ms) == list(of_item.stamped.times_ms) == [time_ms]


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-14T18:00:00",  # whose 18 o'clock?
        "2026-01-14",
        "2026-01-14T18:00Z",
        "2026-01-14T23:59:60Z",  # a leap second: no clock of ours has one
        "2026-01-14T24:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-01-14T18:00:00+24:00",
        "Wed, 14 Jan 2026 18:00:00 GMT",
        "1768413600",
        "",
        1_768_413_600,
        1_768_413_600_000.0,
        {"seconds": 1_768_413_600},
        True,
    ],
)
def test_what_is_no_time_is_refused(timestamp: object) -> None:
    assert refusal(batch([MEAL], timestamp=timestamp)) == ("timestamp", NO_TIME)
    assert refusals("meals", MEAL | {"timestamp": timestamp}) == [(0, "timestamp", NO_TIME)]


def test_a_time_of_an_item_comes_before_the_offset_and_that_before_the_batch() -> None:
    items = [{"bpm": 60}, {"bpm": 61, "time": 1.5}, {"bpm": 62, "time": 9, "timestamp": spell(EVENING_MS - 250)}]
    found = read_items("heart_rate", *items)
    assert list(found.stamped.times_ms) == [EVENING_MS, EVENING_MS + 1_500, EVENING_MS - 250]


@pytest.mark.parametrize("offset", [-0.001, 604_800.001, "1", [], True])
def test_an_offset_is_up_to_a_week_of_seconds(offset: object) -> None:
    assert refusals("heart_rate", {"bpm": 60, "time": 604_800}) == []
    expected = [(0, "time", "must be a number from 0 to 604800 s")]
    assert refusals("heart_rate", {"bpm": 60, "time": offset}) == expected


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_are_beyond_the_horizon(timestamp: str) -> None:
    ((_, field, reason),) = refusals("meals", MEAL | {"timestamp": timestamp})
    assert field == "timestamp"
    assert "older" in reason or "ahead" in reason


def test_the_horizon_ends_are_included() -> None:
    horizon = Horizon.at(EVENING_MS, retention_days=30)
    oldest, newest = EVENING_MS - 30 * 86_400_000, EVENING_MS + MAX_AHEAD_MS
    times = [oldest - 1, oldest, EVENING_MS, newest, newest + 1]
    items = [MEAL | {"meal_id": f"m{at}", "timestamp": spell(time)} for at, time in enumerate(times)]
    found = read("meals", batch([*items, "no item"]), horizon)
    assert list(found.stamped.times_ms) == times[1:4]
    assert list(found.stamped.indexes) == [1, 2, 3]
    assert found.rejected == [
        Rejection(0, "m0", "timestamp", "is older than the data of this kind that this installation keeps"),
        Rejection(4, "m4", "timestamp", "is more than 24 hours ahead of the server's clock"),
        Rejection(5, None, None, "must be a JSON object"),
    ]


def test_a_kind_that_is_kept_for_less_long_has_a_nearer_horizon() -> None:
    horizon = Horizon.at(EVENING_MS, RetentionDays(30, {"heart_rate": 7}))
    oldest = EVENING_MS - 7 * DAY_MS
    items = [{"bpm": 60, "timestamp": spell(time)} for time in (oldest - 1, oldest)]
    found = read("heart_rate", batch(items), horizon)
    assert list(found.stamped.times_ms) == [oldest]
    assert [(each.index, each.field) for each in found.rejected] == [(0, "timestamp")]
    assert found.rejected[0].reason == "is older than the data of this kind that this installation keeps"
    assert read("meals", batch([MEAL | {"timestamp": spell(oldest - 1)}]), horizon).rejected == []


def test_an_offset_beyond_the_horizon_is_refused_too() -> None:
    found = read("heart_rate", batch([{"bpm": 60, "time": 86_401}]), Horizon.at(EVENING_MS, 30))
    assert [rejection.reason for rejection in found.rejected] == ["is more than 24 hours ahead of the server's clock"]
    assert len(found.stamped.items) == 0


@pytest.mark.parametrize(
    ("item_ms", "newest_ms"),
    [
        ([-5_000, -1_000], 0),
        ([-5_000, 7_000], 7_000),
        ([None, -1_000], 0),
        ([MAX_AHEAD_MS + 1_000, 0], MAX_AHEAD_MS + 1_000),
    ],
    ids=["the batch's", "an item's", "both", "a refused item's"],
)
def test_the_newest_time_of_a_batch_is_its_own_or_an_items(item_ms: list[int | None], newest_ms: int) -> None:
    items = [
        MEAL | {"meal_id": f"m{at}"} | ({} if ms is None else {"timestamp": spell(EVENING_MS + ms)})
        for at, ms in enumerate(item_ms)
    ]
    assert read("meals", batch(items), Horizon.at(EVENING_MS, 30)).newest_ms == EVENING_MS + newest_ms
