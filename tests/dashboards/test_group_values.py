"""What boards of all clients show, against the same worked out from what devices published."""

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean, median
from zoneinfo import ZoneInfo

import pytest

from dashboards.asking.sources import Sources
from tests.dashboards.conftest import SOMEBODY_NEW, Care
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


async def test_percentiles_of_the_group_are_those_of_its_clients(care: Care, sources: Sources) -> None:
    roster = await shown("cohort", "Resting heart rate", care, sources)
    rates = sorted(column(roster, "Resting heart rate").values)
    what = await shown("cohort", "Where does the group stand?", care, sources)
    row = column(what, "Last 7 days").values.index("Resting HR (bpm)")
    assert column(what, "Clients").values[row] == len(rates)
    assert column(what, "Median").values[row] == pytest.approx(median(rates))


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
