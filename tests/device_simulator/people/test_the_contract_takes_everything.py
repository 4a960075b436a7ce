from collections import Counter
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.envelope import MAX_BATCH_BYTES
from contract.reading import read_batch
from contract.stamping import Horizon
from contract.topics import read_telemetry
from device_simulator.people.day import live_day, recorded
from device_simulator.people.person import Person
from device_simulator.people.uploads import DueBatch
from tests.device_simulator.people.lives import month

ALWAYS = Horizon(0, 10**14)


def read(due: DueBatch) -> None:
    user_id, kind = read_telemetry(due.topic)
    payload = due.payload()
    reading = read_batch(CATALOGUE[kind], user_id, payload, ALWAYS)
    assert reading.rejected == []
    assert reading.ignored == []
    assert reading.batch_id == due.batch_id
    assert len(reading.stamped.items) == len(due.batch.items)
    assert len(set(reading.stamped.keys_ns)) == len(due.batch.items)
    assert max(reading.stamped.times_ms) <= due.due_ms, "no device knows the future"
    assert b"null" not in payload
    assert len(payload) <= MAX_BATCH_BYTES


@settings(max_examples=40)
@given(st.integers(0, 2**63), st.integers(0, 100_000), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_every_batch_of_any_day_of_anybody_is_read_whole(seed: int, index: int, day: date) -> None:
    lived = live_day(Person.from_seed(seed, index), day)
    for due in lived.batches:
        read(due)
    for number in range(len(lived.today.outline.sessions)):
        for due in recorded(lived, number):
            read(due)


def test_a_month_of_twenty_people_holds_every_kind() -> None:
    days = [day for index in range(20) for day in month(1, index)]
    kinds = Counter(batch.kind for day in days for batch in day.batches)
    tracked = next(day for day in days if day.today.outline.sessions)
    kinds.update(batch.kind for batch in recorded(tracked, 0))
    assert set(kinds) == set(CATALOGUE)
    for day in days:
        for batch in day.batches:
            read(batch)


def test_a_point_is_written_once_only() -> None:
    """Two batches of one person never land on the same point: whoever counts points counts what was sent."""
    for index in range(6):
        points = []
        for day in month(1, index):
            for due in day.batches:
                reading = read_batch(CATALOGUE[due.kind], due.batch.user_id, due.payload(), ALWAYS)
                device = due.batch.source_device
                points += [(due.kind, device, key) for key in reading.stamped.keys_ns]
        assert len(points) == len(set(points))
