"""When people read what was written to them."""

from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from contract.stamping import epoch_ms
from device_simulator.people.nights import night
from device_simulator.people.person import Person
from device_simulator.people.reading import reads_at_ms
from device_simulator.people.state import states

people = st.builds(Person.from_seed, st.integers(0, 50), st.integers(0, 50))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)).map(epoch_ms)  # noqa: DTZ001  # naive bounds
DAY_MS = 86_400_000


@given(people, st.uuids().map(str), moments)
def test_a_message_is_read_after_it_came_and_within_a_day_always_at_the_same_moment(
    person: Person, message_id: str, came_ms: int
) -> None:
    at_ms = reads_at_ms(person, message_id, came_ms)
    assert came_ms < at_ms < came_ms + DAY_MS
    assert reads_at_ms(person, message_id, came_ms) == at_ms


@given(people, st.uuids().map(str), moments)
def test_nobody_reads_asleep(person: Person, message_id: str, came_ms: int) -> None:
    at = datetime.fromtimestamp(reads_at_ms(person, message_id, came_ms) / 1_000, UTC)
    today = at.astimezone(person.home.tz).date()
    for waking, state in zip((today, today + timedelta(days=1)), states(person, today), strict=False):
        slept = night(person, waking, state)
        assert not slept.asleep <= at < slept.awake


def test_half_of_what_comes_at_noon_is_read_within_some_minutes() -> None:
    ids = [str(uuid5(UUID(int=0), str(number))) for number in range(2_000)]
    person = Person.from_seed(1, 1)
    noon_ms = epoch_ms(datetime(2026, 1, 14, 12, tzinfo=person.home.tz))
    minutes = [(reads_at_ms(person, message_id, noon_ms) - noon_ms) / 60_000 for message_id in ids]
    assert 5.5 < median(minutes) < 7
    assert 0.05 < sum(each > 30 for each in minutes) / len(minutes) < 0.15
