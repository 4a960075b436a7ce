import subprocess
import sys
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.topics import is_user_id
from device_simulator.people.day import live_day, lived, lived_since
from device_simulator.people.outline import week
from device_simulator.people.person import Person
from device_simulator.people.state import ANCHOR_DAYS, state_on, states
from tests.device_simulator.people.lives import FIRST, month, spoken

ROOT = Path(__file__).parents[3]

seeds = st.integers(0, 2**63)
indexes = st.integers(0, 100_000)
dates = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@given(seeds, indexes)
def test_a_person_is_made_of_seed_and_index_alone(seed: int, index: int) -> None:
    person = Person.from_seed(seed, index)
    assert person == Person.from_seed(seed, index)
    assert is_user_id(person.user_id)


def test_each_index_and_each_seed_is_somebody_else() -> None:
    people = {Person.from_seed(seed, index).user_id for seed in range(10) for index in range(200)}
    assert len(people) == 2000


@settings(max_examples=20)
@given(seeds, indexes, dates)
def test_a_day_is_the_same_alone_as_after_the_days_before_it(seed: int, index: int, day: date) -> None:
    person = Person.from_seed(seed, index)
    first = day - timedelta(days=9)
    *_, state = islice(states(person, first), 10)
    after_others = live_day(person, day, state)
    week.cache_clear()
    assert spoken(live_day(person, day).batches) == spoken(after_others.batches)


def test_the_order_in_which_days_are_lived_changes_nothing() -> None:
    person = Person.from_seed(3, 4)
    days = [FIRST + timedelta(days=number) for number in range(12)]
    forwards = [spoken(live_day(person, day).batches) for day in days]
    week.cache_clear()
    backwards = [spoken(live_day(person, day).batches) for day in reversed(days)]
    assert forwards == backwards[::-1]


def test_another_process_lives_the_same_day() -> None:
    program = (
        "from datetime import date; from hashlib import sha256;"
        "from device_simulator.people.day import live_day; from device_simulator.people.person import Person;"
        "day = live_day(Person.from_seed(7, 2), date(2026, 3, 8));"
        "print(sha256(b''.join(each.payload() for each in day.batches)).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    runs = [subprocess.run(command, cwd=ROOT, check=True, capture_output=True) for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout


def test_a_run_that_begins_later_goes_on_with_the_same_lives() -> None:
    person = Person.from_seed(5, 1)
    whole = spoken(list(islice(lived(person, FIRST), 400)))
    later = whole[230][0]
    resumed = spoken(list(islice(lived_since(person, later), 100)))
    assert resumed == [each for each in whole if each[0] >= later][:100]


def test_batches_come_in_the_order_in_which_they_are_due() -> None:
    for index in range(5):
        due = [batch.due_ms for batch in islice(lived(Person.from_seed(2, index), FIRST), 500)]
        assert due == sorted(due)


def test_no_two_batches_and_no_two_items_share_an_id() -> None:
    batches = [batch for index in range(6) for day in month(1, index) for batch in day.batches]
    assert len({batch.batch_id for batch in batches}) == len(batches)
    ids = [
        (batch.kind, getattr(item, item.ID_FIELD))
        for batch in batches
        for item in batch.batch.items
        if item.ID_FIELD is not None
    ]
    assert len(set(ids)) == len(ids) > 500


def test_where_reckoning_starts_anew_the_body_does_not_jump() -> None:
    anchors = [date.fromordinal(number * ANCHOR_DAYS) for number in range(7705, 7708)]
    for index in range(8):
        person = Person.from_seed(11, index)
        for anchor in anchors:
            before, after = state_on(person, anchor - timedelta(days=1)), state_on(person, anchor)
            assert abs(after.weight_kg - before.weight_kg) < 0.35
            assert abs(after.fitness - before.fitness) < 0.1 * before.fitness + 5
