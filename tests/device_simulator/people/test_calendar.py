"""Days of 23 and 25 hours, and the seams between days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from contract.kinds import HeartRateSample
from device_simulator.people.day import Day, live_day
from device_simulator.people.localday import LocalDay
from device_simulator.people.person import Person
from device_simulator.people.places import PLACES, Place
from device_simulator.people.timeline import timeline
from tests.device_simulator.people.lives import where


def live_in(city: str, day: date) -> Day:
    place = next(each for each in PLACES if each.city == city)
    return live_day(where(1, home=place)[0], day)


def sample_times(day: Day) -> list[datetime]:
    return [
        due.batch.timestamp + timedelta(seconds=item.time or 0)
        for due in day.batches
        if due.kind == "heart_rate"
        for item in due.batch.items
    ]


@pytest.mark.parametrize(
    ("city", "day", "hours"),
    [
        ("Berlin", date(2026, 3, 29), 23),
        ("Berlin", date(2026, 10, 25), 25),
        ("New York", date(2026, 3, 8), 23),
        ("Sydney", date(2026, 4, 5), 25),
        ("Bengaluru", date(2026, 3, 29), 24),
    ],
)
def test_a_day_has_its_hours_and_every_one_its_samples(city: str, day: date, hours: int) -> None:
    lived = live_in(city, day)
    times = sorted(sample_times(lived))
    assert len(times) == hours * 12
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(minutes=5)}
    midnight = datetime.combine(day, datetime.min.time(), lived.today.person.home.tz)
    assert times[0] == midnight.astimezone(UTC)
    assert {each.astimezone(midnight.tzinfo).date() for each in times} == {day}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.city)
def test_one_day_ends_where_the_next_begins(place: Place) -> None:
    days = [LocalDay.of(date(2026, 1, 1) + timedelta(days=number), place.tz) for number in range(1_500)]
    for today, tomorrow in pairwise(days):
        assert today.start + timedelta(seconds=today.seconds) == tomorrow.start


def test_the_night_is_the_same_seen_from_both_its_days() -> None:
    for index in range(10):
        person = Person.from_seed(1, index)
        evening, morning = live_day(person, date(2026, 3, 3)), live_day(person, date(2026, 3, 4))
        assert evening.today.next_night.stages == morning.today.last_night.stages
        assert evening.today.next_night.asleep == morning.today.last_night.asleep


def test_a_timeline_has_neither_gaps_nor_overlaps() -> None:
    for index in range(10):
        person = Person.from_seed(1, index)
        for number in range(10):
            today = live_day(person, date(2026, 3, 24) + timedelta(days=number)).today
            stretches = timeline(today)
            assert stretches[0].start_s == 0
            assert stretches[-1].end_s == pytest.approx(today.local.seconds)
            assert all(one.end_s == pytest.approx(two.start_s) for one, two in pairwise(stretches))


def test_hrv_is_measured_in_the_night_only() -> None:
    lived = live_in("Berlin", date(2026, 3, 29))
    samples = [item for due in lived.batches for item in due.batch.items if isinstance(item, HeartRateSample)]
    assert {each.context for each in samples if each.hrv_ms is not None} == {"sleep"}
    assert all(each.hrv_ms is not None for each in samples if each.context == "sleep")
