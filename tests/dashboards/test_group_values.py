"""What boards of all clients show, against the same worked out from what devices published."""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import floor
from statistics import fmean, median
from zoneinfo import ZoneInfo

import pytest

from benchmarks.coached import Lived
from dashboards.asking.sources import Sources
from insights.cohort import cohort
from paceline.demo_people import person_of
from tests.dashboards.conftest import SOMEBODY_NEW, Care
from tests.dashboards.crowd import LEAD, crowd_of
from tests.dashboards.looking import column, days_of, last_ended, line, noon_ms, shown


async def test_the_roster_puts_the_neediest_first_and_says_why(care: Care, sources: Sources) -> None:
    what = await shown("roster", "Who needs me today, and why?", care, sources)
    needs, ids, why = (column(what, title).values for title in ("Need", "client", "Why"))
    assert needs == sorted(needs, reverse=True)
    assert sorted(ids) == sorted([SOMEBODY_NEW, *(lived.user_id for lived in care.lives)])
    reasons = dict(zip(ids, why, strict=True))
    assert "Stopped logging" in reasons[care.of("stopped logging").user_id]
    assert "Pressure rising" in reasons[care.of("rising blood pressure").user_id]


async def test_of_whom_nothing_is_known_stands_before_who_is_fine(care: Care, sources: Sources) -> None:
    what = await shown("roster", "Who needs me today, and why?", care, sources)
    needs, ids, statuses = (list(column(what, title).values) for title in ("Need", "client", "Status"))
    new = ids.index(SOMEBODY_NEW)
    assert (needs[new], statuses[new]) == (0, "unknown")
    assert needs.index(0) == new
    assert len(ids) > new + 1


async def test_changes_and_sparklines_on_the_roster_are_those_of_the_last_days(care: Care, sources: Sources) -> None:
    what = await shown("roster", "Who needs me today, and why?", care, sources)
    lived = care.of("overreaching")
    row = list(column(what, "client").values).index(lived.user_id)
    zone = ZoneInfo(lived.person.home.zone)
    last = care.now.astimezone(zone).date() - timedelta(days=1)
    figures = days_of(lived)
    rates = [figures.get(last - timedelta(days=back), {}).get("resting_heart_rate_bpm") for back in range(35)]
    week, before = ([value for value in part if value is not None] for part in (rates[:7], rates[7:]))
    change = 100 * (fmean(week) / median(before) - 1)
    assert column(what, "Resting HR").values[row] == pytest.approx(change, abs=0.5)  # whole %
    drawn = {at: value for at, value in column(what, "Trend #E").values[row] if value is not None}
    expected = {noon_ms(last - timedelta(days=back)): rates[back] for back in range(28)}
    assert drawn == pytest.approx({at: value for at, value in expected.items() if value is not None}, abs=1e-3)


SPREAD = {"Energy (kcal)": "energy_in_kcal", "Resting HR (bpm)": "resting_heart_rate_bpm", "Sleep (min)": "sleep_min"}


def last_week(lived: Lived, care: Care, name: str) -> float | None:
    """The mean of the last seven days that have ended, of three with a value."""
    days, last = days_of(lived), last_ended(lived, care)
    values = [found[name] for back in range(7) if name in (found := days.get(last - timedelta(days=back), {}))]
    return fmean(values) if len(values) >= 3 else None


def last_weeks(care: Care, name: str) -> list[float]:
    """Of the crowd."""
    weeks = {lived.user_id: last_week(lived, care, name) for lived in care.lives}
    of_all = [(copy, weeks[copy.of.user_id]) for copy in crowd_of(care.lives) if name not in copy.silent]
    return [copy.factor * week for copy, week in of_all if week is not None]


async def test_percentiles_of_a_large_group_are_those_of_its_clients(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "Where does the group stand?", care, sources, coach=LEAD.id)
    rows = column(what, "Last 7 days").values
    assert rows == [*POINTS, "Clients with a value"]
    for title, name in SPREAD.items():
        weeks = last_weeks(care, name)
        found = cohort(weeks)
        assert found
        told = dict(zip(rows, column(what, title).values, strict=True))
        assert told.pop("Clients with a value") == found.people == len(weeks)
        expected = {row: found.percentiles.get(point) for row, point in POINTS.items()}
        assert {row: value for row, value in told.items() if value is not None} == pytest.approx(
            {row: value for row, value in expected.items() if value is not None}, rel=1e-6
        )
    # Of energy fewer are known than a tenth takes, and of protein fewer than any.
    assert column(what, "Energy (kcal)").values[0] is None
    assert not any(column(what, "Protein (g)").values[:-1])


POINTS = {
    "10 % are below": 10.0,
    "25 % are below": 25.0,
    "Median": 50.0,
    "75 % are below": 75.0,
    "90 % are below": 90.0,
}


async def test_of_a_small_group_each_client_is_shown_and_no_percentile(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "Where does the group stand?", care, sources)
    told = dict(zip(column(what, "Last 7 days").values, column(what, "Resting HR (bpm)").values, strict=True))
    weeks = {person_of(each.person).name: last_week(each, care, "resting_heart_rate_bpm") for each in care.lives}
    assert {name: value for name, value in told.items() if value} == pytest.approx(
        {name: value for name, value in weeks.items() if value}, rel=1e-6
    )
    for title in ("Resting heart rate", "Sleep", "Sleep of the group", "Steps of the group"):
        hidden = await shown("cohort", title, care, sources)
        assert not any(len(frame) for frame in hidden.frames), title


async def test_the_distribution_of_a_large_group_is_that_of_its_clients(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "Sleep", care, sources, coach=LEAD.id)
    assert sorted(column(what, "Sleep").values) == pytest.approx(sorted(last_weeks(care, "sleep_min")), rel=1e-6)


async def test_week_by_week_the_spread_is_that_of_the_clients_means(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "Sleep of the group", care, sources, coach=LEAD.id)
    means: defaultdict[int, list[float]] = defaultdict(list)
    nights = {lived.user_id: days_of(lived) for lived in care.lives}
    for copy in crowd_of(care.lives):
        weeks: defaultdict[int, list[float]] = defaultdict(list)
        for day, values in nights[copy.of.user_id].items():
            if "sleep_min" in values:
                weeks[noon_ms(day - timedelta(days=day.weekday()))].append(copy.factor * values["sleep_min"] / 60)
        for at, slept in weeks.items():
            means[at].append(fmean(slept))
    low, middle, high = (line(what, name) for name in ("a quarter below", "median", "a quarter above"))
    whole = [at for at in sorted(middle) if at < care.now_ms - 9 * 86_400_000]
    assert len(whole) >= 8
    for at in whole:
        # InfluxDB takes the nearest rank.
        ranked = sorted(means[at])
        for found, share in ((low, 0.25), (middle, 0.5), (high, 0.75)):
            near = ranked[max(floor(len(ranked) * share + 0.5) - 1, 0)]
            assert found[at] == pytest.approx(near, rel=1e-6)


async def test_hours_of_upload_are_those_at_which_devices_published(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "When do people upload?", care, sources)
    hours, means = column(what, "Time").values, column(what, "batches (mean)").values
    assert hours == sorted(hours)
    assert len(hours) == 24
    dues = sorted(due.due_ms for lived in care.lives for due in lived.batches)
    expected: defaultdict[str, list[float]] = defaultdict(list)
    last_ms = care.now_ms // 3_600_000 * 3_600_000
    for at in range(last_ms - 28 * 86_400_000, last_ms + 1, 3_600_000):
        came = bisect_right(dues, at) - bisect_right(dues, at - 3_600_000)
        # As `tests.dashboards.metered` counts them: some more, which are rejected or stored in part.
        expected[datetime.fromtimestamp(at / 1_000, UTC).strftime("%H")].append(1.03 * came)
    assert means == pytest.approx([fmean(expected[hour]) for hour in hours], rel=0.15, abs=1)


async def test_days_on_which_people_wear_and_log_are_counted_once_they_have_ended(care: Care, sources: Sources) -> None:
    what = await shown("cohort", "How many wear and log each day?", care, sources)
    expected: defaultdict[int, int] = defaultdict(int)
    for lived in care.lives:
        for day, values in days_of(lived).items():
            expected[noon_ms(day)] += "energy_in_kcal" in values
    found = line(what, "logged")
    assert max(found) == noon_ms(min(last_ended(lived, care) for lived in care.lives))
    lately = [at for at in found if at > care.now_ms - 60 * 86_400_000]
    assert {at: found[at] for at in lately} == {at: expected[at] for at in lately}
