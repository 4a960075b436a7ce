import numpy as np
import pytest

from contract.kinds import Exercise
from device_simulator.people.heart import HeartCurve, time_constants
from device_simulator.people.outline import Session
from device_simulator.people.person import Person
from device_simulator.people.timeline import Stretch
from device_simulator.people.track import Track, track
from tests.device_simulator.people.lives import items, month

PERSON = Person.from_seed(1, 0)


def curve(*stretches: tuple[float, float]) -> HeartCurve:
    """Of stretches, each (seconds, bpm)."""
    start, built = 0.0, []
    for seconds, bpm in stretches:
        built.append(Stretch(start, start + seconds, "active", bpm, bpm))
        start += seconds
    return HeartCurve.of(PERSON, built)


def test_the_heart_follows_with_inertia() -> None:
    on, off = time_constants(PERSON)
    seen = curve((100, 60), (1_000, 160), (1_000, 60)).at(np.array([99, 100, 100 + on, 1_099, 1_100 + off, 2_099.0]))
    assert seen == pytest.approx([60, 60, 160 - 100 / np.e, 160, 60 + 100 / np.e, 60], abs=0.5)


def test_the_heart_is_quicker_up_than_down_and_quicker_in_the_fit() -> None:
    people = [Person.from_seed(1, index) for index in range(50)]
    fit, unfit = max(people, key=lambda each: each.body.vo2_max), min(people, key=lambda each: each.body.vo2_max)
    assert all(up < down for up, down in map(time_constants, people))
    assert time_constants(fit) < time_constants(unfit)


def test_a_curve_is_the_same_however_densely_it_is_read() -> None:
    heart = curve((300, 60), (200, 150), (90, 100), (400, 170))
    every_second = heart.at(np.arange(0, 990, 1.0))
    assert heart.at(np.arange(0, 990, 30.0)) == pytest.approx(every_second[::30])


def workouts() -> list[tuple[Session, Track, Exercise]]:
    found = []
    for index in range(12):
        for day in month(1, index, 7):
            summaries = [item for item in items((day,), "exercises") if isinstance(item, Exercise)]
            by_start = {each.timestamp: each for each in summaries}
            for number, session in enumerate(day.today.outline.sessions):
                start = day.today.local.moment(day.today.start_s(session))
                found.append((session, track(day.today, number), by_start[start]))
    return found


def test_heart_rate_drifts_upwards_at_steady_effort() -> None:
    steady = [(s, t) for s, t, _ in workouts() if s.effort.value == "long"]
    assert steady
    for session, recorded in steady:
        bpm = recorded.heart_rate
        third = len(bpm) // 3
        early, late = bpm[third : third + 300].mean(), bpm[-third : -third + 300].mean()
        assert early < late < 1.12 * early, session


def test_a_track_agrees_with_its_summary() -> None:
    outdoors = 0
    for session, recorded, summary in workouts():
        assert len(recorded.heart_rate) == session.minutes * 60
        assert recorded.heart_rate.mean() == pytest.approx(summary.avg_heart_rate, abs=2)
        assert recorded.heart_rate.max() == pytest.approx(summary.peak_heart_rate, abs=8)
        if session.sport.outdoors:
            outdoors += 1
            metres = recorded.speed_mps.sum()
            assert metres / 1000 == pytest.approx(summary.distance_km, abs=0.01)
    assert outdoors > 10


def test_positions_move_as_fast_as_the_speed_says_and_come_home() -> None:
    for session, recorded, _ in workouts():
        if not session.sport.outdoors:
            continue
        lat, lng, speed = recorded.lat, recorded.lng, recorded.speed_mps
        north, east = lat * 111_320, lng * 111_320 * np.cos(np.radians(lat[0]))
        # Over half a minute, since from second to second the error of GPS is as large as a step.
        moved = np.hypot(north[30:] - north[:-30], east[30:] - east[:-30])
        way = np.cumsum(speed)[30:] - np.cumsum(speed)[:-30]
        assert (moved <= way + 15).all()
        assert np.median(moved / np.maximum(way, 1)) > 0.9
        assert np.hypot(north[-1] - north[0], east[-1] - east[0]) < 40
        assert np.abs(np.diff(recorded.altitude_m)).max() < 5
        assert speed.max() < (25 if session.sport.name == "Cycling" else 8)


def test_riders_are_slower_uphill() -> None:
    slopes = []
    for session, recorded, _ in workouts():
        if session.sport.name == "Cycling":
            rise = recorded.altitude_m[60:] - recorded.altitude_m[:-60]
            speed = np.convolve(recorded.speed_mps, np.full(60, 1 / 60), "valid")[: len(rise)]
            slopes.append(float(np.corrcoef(rise, speed)[0, 1]))
    assert slopes
    assert max(slopes) < -0.3
