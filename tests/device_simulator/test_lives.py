from datetime import UTC, datetime
from itertools import count

from contract.catalogue import CATALOGUE
from contract.reading import read_batch
from contract.stamping import Horizon, epoch_ms
from device_simulator.lives import Lives
from device_simulator.parcel import Parcel
from device_simulator.recordings import Recordings
from device_simulator.scenario import Content
from device_simulator.skew import skew_of, skewed

NOW_MS = epoch_ms(datetime(2026, 3, 20, 9, tzinfo=UTC))
ALWAYS = Horizon(0, 10**14)


def told(lives: Lives, index: int, most: int) -> list[Parcel]:
    parcels: list[Parcel] = []
    cursor = 0
    while len(parcels) < most and (found := lives.next(index, cursor, NOW_MS)):
        cursor, parcel = found
        parcels.append(parcel)
    return parcels


def test_a_life_goes_on_as_long_as_it_is_asked_and_never_repeats_itself() -> None:
    parcels = told(Lives(1, 10, Content(past_days=3), NOW_MS), 0, 600)
    assert len(parcels) == 600
    assert len({parcel.batch_id for parcel in parcels}) == 600
    points = [(parcel.kind, parcel.source_device, parcel.points) for parcel in parcels]
    assert len(set(points)) == 600


def test_a_fleet_sends_of_everything_from_its_first_minute_on() -> None:
    lives = Lives(1, 100, Content(), NOW_MS)
    kinds = {told(lives, index, 1)[0].kind for index in range(100)}
    assert {"heart_rate", "sleep", "meals", "steps"} <= kinds


def test_one_that_ends_has_the_past_days_and_no_more() -> None:
    parcels = told(Lives(1, 10, Content(past_days=3), NOW_MS, ends=True), 0, 100_000)
    assert 60 < len(parcels) < 300
    assert max(parcel.due_ms for parcel in parcels) <= NOW_MS


def test_devices_that_share_a_life_publish_it_under_their_own_ids() -> None:
    lives = Lives(1, 4, Content(), NOW_MS)
    first, other = told(lives, 2, 20), told(lives, 6, 20)
    assert [parcel.batch_id for parcel in first] == [parcel.batch_id for parcel in other]
    for index, parcel in ((2, first[0]), (6, other[0])):
        user_id = Lives(1, 4, Content(), NOW_MS).person(index).user_id if index < 4 else "somebody"
        reading = read_batch(CATALOGUE[parcel.kind], user_id, parcel.payload(user_id), ALWAYS)
        assert (reading.rejected, len(reading.stamped.items)) == ([], parcel.items)


def test_who_lags_behind_goes_on_with_what_is_still_kept() -> None:
    lives = Lives(1, 1, Content(), NOW_MS)
    ahead = told(lives, 0, 200)
    assert told(lives, 1, 5)[0].batch_id in {parcel.batch_id for parcel in ahead[100:]}


def test_batches_are_of_the_wanted_kinds_and_sizes() -> None:
    content = Content(kinds=("steps", "sets"), most_items=10)
    parcels = told(Lives(1, 10, content, NOW_MS), 0, 50)
    assert {parcel.kind for parcel in parcels} <= {"steps", "sets"}
    assert {parcel.items <= 10 for parcel in parcels} == {True}
    assert max(parcel.items for parcel in parcels) == 10
    assert len({parcel.batch_id for parcel in parcels}) == 50


def test_a_recording_has_each_second_once_and_ends_now() -> None:
    recordings = Recordings(1, 3, Lives(1, 3, Content(), NOW_MS).until)
    cursor = 0
    times: list[int] = []
    for number in count():
        now_ms = NOW_MS + number * 7_300
        found = recordings.next(4, cursor, now_ms)
        assert found is not None
        cursor, parcel = found
        reading = read_batch(CATALOGUE["track"], "somebody", parcel.payload("somebody"), ALWAYS)
        assert reading.rejected == []
        times += reading.stamped.times_ms
        assert max(times) < now_ms
        if len(times) > 4_000:
            break
    assert times == list(range(times[0], times[-1] + 1, 1000))
    assert recordings.next(4, cursor, now_ms) is None


def test_a_wrong_clock_moves_every_time_of_a_batch_alike() -> None:
    skew = skew_of(1, 5, 7_200)
    assert skew == skew_of(1, 5, 7_200) != skew_of(1, 6, 7_200)
    for parcel in told(Lives(1, 10, Content(), NOW_MS), 0, 60):
        moved = skewed(parcel, skew)
        assert moved.batch_id == parcel.batch_id
        assert b"null" not in moved.payload("somebody")
        before, after = (
            read_batch(CATALOGUE[parcel.kind], "somebody", each.payload("somebody"), ALWAYS).stamped.times_ms
            for each in (parcel, moved)
        )
        assert [time + skew.total_seconds() * 1000 for time in before] == list(after)


def test_what_is_made_ahead_is_made_ahead() -> None:
    lives = Lives(1, 5, Content(), NOW_MS)
    made = [lives.life(index).tell_all(60) for index in range(5)]
    for index in range(5):
        told(lives, index, 60)
    assert [lives.life(index).tell_all(0) for index in range(5)] == made


def test_moments_to_spare_keep_every_life_a_day_ahead() -> None:
    lives, cursors = Lives(1, 3, Content(), NOW_MS), dict.fromkeys(range(3), 0)
    for index in cursors:
        lives.life(index).tell_all(1)
        lives.life(index).forgets = True
    for _ in range(200):
        for index, cursor in cursors.items():
            found = lives.next(index, cursor, NOW_MS)
            assert found is not None
            assert found[0] == cursor + 1, "no batch is left out"
            cursors[index] = found[0]
        while lives.tell_on():
            pass
        assert all(cursor <= lives.life(index).ahead for index, cursor in cursors.items())
