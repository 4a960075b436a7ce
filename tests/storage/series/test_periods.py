"""Calendar hours, days and weeks of a zone, compared with what `astimezone` says of moments within them."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.stamping import epoch_ms
from storage.series.periods import edges_ms, local, runs
from storage.series.protocol import Period

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
PERIODS = st.sampled_from(get_args(Period))
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "America/Havana",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Asia/Beirut",
        "Atlantic/Azores",
        "UTC",
    ]
).map(ZoneInfo)
MOMENTS = st.integers(epoch_ms(datetime(1990, 1, 1, tzinfo=UTC)), epoch_ms(datetime(2037, 1, 1, tzinfo=UTC)))


def label(period: Period, moment_ms: int, zone: tzinfo) -> Any:
    """What all moments of one period have in common, and no two periods."""
    wall_clock = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)).astimezone(zone)
    if period == "hour":
        return wall_clock.date(), wall_clock.hour, wall_clock.utcoffset()
    return wall_clock.date() if period == "day" else wall_clock.isocalendar()[:2]


@given(PERIODS, ZONES, MOMENTS, st.integers(1, 40 * DAY_MS))
@example("day", ZoneInfo("Pacific/Apia"), epoch_ms(datetime(2011, 12, 28, tzinfo=UTC)), 5 * DAY_MS)
@example("hour", ZoneInfo("Australia/Lord_Howe"), epoch_ms(datetime(2024, 4, 6, tzinfo=UTC)), 2 * DAY_MS)
def test_each_period_holds_its_moments_and_no_others(period: Period, zone: tzinfo, start_ms: int, length: int) -> None:
    edges = edges_ms(period, zone, start_ms, start_ms + length)
    assert edges[0] <= start_ms < edges[1]
    assert edges[-2] < start_ms + length <= edges[-1]
    for since, until in pairwise(edges):
        assert since < until
        assert label(period, since - 1, zone) != label(period, since, zone)
        inside = [since, since + (until - since) // 3, since + (until - since) // 2, until - 1]
        assert len({label(period, moment, zone) for moment in inside}) == 1
    assert len({label(period, since, zone) for since in edges}) == len(edges)


@given(PERIODS, ZONES, MOMENTS, st.integers(1, 40 * DAY_MS))
def test_runs_say_the_same_as_edges(period: Period, zone: tzinfo, start_ms: int, length: int) -> None:
    edges = edges_ms(period, zone, start_ms, start_ms + length)
    found = runs(edges)
    told = [run.start_ms + run.step_ms * number for run in found for number in range(run.count)]
    assert [*told, found[-1].end_ms] == edges


def days(zone: str, first: date, count: int) -> list[tuple[str, float]]:
    """Each day that meets the span, with its length in hours."""
    start = datetime.combine(first, datetime.min.time(), ZoneInfo(zone))
    edges = edges_ms("day", ZoneInfo(zone), epoch_ms(start), epoch_ms(start) + count * DAY_MS)
    return [(f"{local(since, ZoneInfo(zone)):%d %H:%M}", (until - since) / HOUR_MS) for since, until in pairwise(edges)]


def test_a_spring_day_has_23_hours_and_an_autumn_day_25() -> None:
    assert days("Europe/Berlin", date(2025, 3, 30), 1) == [("30 00:00", 23), ("31 00:00", 24)]
    assert days("Europe/Berlin", date(2025, 10, 26), 1) == [("26 00:00", 25)]


def test_a_day_without_midnight_begins_where_the_clock_jumped_to() -> None:
    assert days("America/Sao_Paulo", date(2018, 11, 3), 1) == [("03 00:00", 24)]
    assert days("America/Sao_Paulo", date(2018, 11, 4), 1) == [("04 01:00", 23), ("05 00:00", 24)]


def test_a_day_that_repeats_its_last_hour_has_25() -> None:
    assert days("America/Sao_Paulo", date(2018, 2, 17), 1) == [("17 00:00", 25)]


def test_a_year_without_daylight_saving_is_one_run() -> None:
    year = [epoch_ms(datetime(year, 1, 1, tzinfo=ZoneInfo("America/Sao_Paulo"))) for year in (2024, 2025)]
    [run] = runs(edges_ms("day", ZoneInfo("America/Sao_Paulo"), *year))
    assert (run.step_ms, run.count) == (DAY_MS, 366)


def test_the_day_that_samoa_skipped_does_not_exist() -> None:
    assert days("Pacific/Apia", date(2011, 12, 29), 2) == [("29 00:00", 24), ("31 00:00", 24)]


def test_when_the_clock_goes_back_over_midnight_the_day_that_has_begun_stays_begun() -> None:
    # Newfoundland went from 00:01 back to 23:01 until 2011.
    assert days("America/St_Johns", date(2010, 11, 6), 2) == [("06 00:00", 24), ("07 00:00", 25)]


def test_the_hour_that_autumn_repeats_is_two_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start = epoch_ms(datetime(2025, 10, 26, 1, tzinfo=zone))
    told = [f"{local(edge, zone):%H%z}" for edge in edges_ms("hour", zone, start, start + 4 * HOUR_MS)]
    assert told == ["01+0200", "02+0200", "02+0100", "03+0100", "04+0100"]


def test_hours_follow_zones_that_are_half_an_hour_off() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    [since, until] = edges_ms("hour", zone, 1, 2)
    assert (local(since, zone).minute, until - since) == (0, HOUR_MS)


def test_weeks_begin_on_monday() -> None:
    for zone in (UTC, ZoneInfo("Asia/Tokyo"), timezone(timedelta(hours=-11))):
        [since, until] = edges_ms("week", zone, 0, 1)
        assert local(since, zone).weekday() == 0
        assert until - since == 7 * DAY_MS


def test_nothing_lies_between_equal_ends() -> None:
    assert edges_ms("day", UTC, 5, 5) == []
    assert runs([]) == []


@pytest.mark.parametrize("period", get_args(Period))
def test_periods_before_1970_are_found_too(period: Period) -> None:
    moment = epoch_ms(datetime(1960, 2, 29, 13, 14, tzinfo=UTC))
    since, until = edges_ms(period, UTC, moment, moment + 1)
    assert since <= moment < until
