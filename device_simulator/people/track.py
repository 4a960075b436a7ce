"""A workout as a watch records it, second by second: position, height, speed, heart rate, cadence, power."""

from dataclasses import dataclass

import numpy as np

from contract.items import Item
from device_simulator.people.chance import Stream
from device_simulator.people.heart import Floats, HeartCurve
from device_simulator.people.outline import Session
from device_simulator.people.route import Route
from device_simulator.people.speed import power, speed
from device_simulator.people.sports import Motion
from device_simulator.people.timeline import timeline
from device_simulator.people.today import Today
from device_simulator.people.wire import TrackPoint
from device_simulator.people.workouts import exercise_id

_UPHILL = {Motion.RUN: 4.5, Motion.WALK: 9.0, Motion.RIDE: 16.0}
"""How much a grade slows: 0.9 / 0.2 of ACSM's running equation, half of 1.8 / 0.1 of its walking equation, as one works
harder then; and for riding, where at usual speeds half of the power goes against the air."""
_DOWNHILL = {Motion.RUN: 1.6, Motion.WALK: 1.0, Motion.RIDE: 7.0}
_METRES_BETWEEN_LIGHTS = 2_500.0
_GPS_ERROR_M = 1.8


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One element for each second of a workout, the first at its start.

    Attributes:
        lat, lng: degrees; altitude_m, speed_mps: metres, metres a second; NaN throughout for a workout indoors.
        heart_rate: bpm; cadence: a minute; power_w: watts, NaN where not measured.
    """

    lat: Floats
    lng: Floats
    altitude_m: Floats
    speed_mps: Floats
    heart_rate: Floats
    cadence: Floats
    power_w: Floats


def track(today: Today, number: int) -> Track:
    """The track of the day's workout of this number (from 0)."""
    session = today.outline.sessions[number]
    rng = today.person.chances(today.ordinal, Stream.TRACK)
    count = session.minutes * 60
    heart = HeartCurve.of(today.person, timeline(today)).at(today.start_s(session) + np.arange(count, dtype=np.float64))
    speeds, watts = _flat_speed_and_power(today, session, count)
    if session.sport.outdoors:
        route = Route.of(today.person, session, today.ordinal)
        speeds = _paced(session, route, speeds, rng)
        lat, lng, altitude = _positions(route, np.cumsum(speeds) - speeds[0], rng)
    else:
        lat = lng = altitude = np.full(count, np.nan)
    moving = speeds > 0.3 if session.sport.motion is not Motion.NONE else np.zeros(count, dtype=bool)
    cadence = (session.sport.cadence or np.nan) * (0.9 + 0.1 * speeds / max(float(speeds.mean()), 0.1))
    return Track(
        lat=lat,
        lng=lng,
        altitude_m=altitude,
        speed_mps=speeds if session.sport.outdoors else np.full(count, np.nan),
        heart_rate=np.rint(heart + 1.4 * _wander(rng, count, 40) + 0.4 * rng.standard_normal(count)),
        cadence=np.rint(np.where(moving, cadence * (1 + 0.015 * _wander(rng, count, 4)), cadence * 0)),
        power_w=np.rint(np.where(moving, watts * (1 + 0.08 * _wander(rng, count, 5)), watts * 0)),
    )


def track_points(today: Today, number: int) -> list[Item]:
    """The track as items of kind `track`; `time` counts from the workout's start."""
    recorded = track(today, number)
    activity = exercise_id(today, number)
    digits = {"lat": 6, "lng": 6, "altitude_m": 1, "speed_mps": 2, "heart_rate": 0, "cadence": 0, "power_w": 0}
    columns = [_stated(np.round(getattr(recorded, name), places)) for name, places in digits.items()]
    return [
        TrackPoint(time=second, activity_id=activity, **dict(zip(digits, values, strict=True)))
        for second, values in enumerate(zip(*columns, strict=True))
    ]


def _stated(column: Floats) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124  # not a number


def _flat_speed_and_power(today: Today, session: Session, count: int) -> tuple[Floats, Floats]:
    speeds, watts = np.empty(count), np.empty(count)
    for part in today.parts(session):
        of_part = slice(round(part.start_s), round(part.start_s + part.seconds))
        speeds[of_part] = speed(today.person, session.sport, part.reserve)
        asked = power(today.person, session.sport, part.reserve)
        watts[of_part] = np.nan if asked is None else asked
    return speeds, watts


def _paced(session: Session, route: Route, flat: Floats, rng: np.random.Generator) -> Floats:
    """Speeds with hills, lights, and the unevenness of legs; their sum is the route's length."""
    motion, count = session.sport.motion, len(flat)
    grade = np.gradient(route.altitude_m, route.along_m)
    eased = np.convolve(np.pad(flat, 6, mode="edge"), np.full(13, 1 / 13), mode="valid")
    here = np.interp(np.cumsum(eased) * (route.along_m[-1] / eased.sum()), route.along_m, grade)
    hills = (
        1 / (1 + _UPHILL[motion] * np.maximum(here, 0)) * np.minimum(1 - _DOWNHILL[motion] * np.minimum(here, 0), 1.5)
    )
    paced: Floats = eased * hills * np.clip(1 + 0.03 * _wander(rng, count, 20), 0.85, 1.15) * _lights(route, count, rng)
    paced *= route.along_m[-1] / paced.sum()
    return paced


def _lights(route: Route, count: int, rng: np.random.Generator) -> Floats:
    """One, and nothing for some seconds at each red light, with a few seconds of slowing down and getting away."""
    open_road = np.ones(count)
    ramp = np.array([0.75, 0.5, 0.25])
    for at in rng.integers(60, max(count - 60, 61), int(route.along_m[-1] / _METRES_BETWEEN_LIGHTS)).tolist():
        wait = int(rng.integers(6, 30))
        stop = np.concatenate((ramp, np.zeros(wait), ramp[::-1]))[: count - at]
        open_road[at : at + len(stop)] = np.minimum(open_road[at : at + len(stop)], stop)
    return open_road


def _positions(route: Route, along: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Where the watch believes to be: the error of GPS wanders slowly."""
    degrees = _GPS_ERROR_M / 111_320
    lat, lng, altitude = (np.interp(along, route.along_m, way) for way in (route.lat, route.lng, route.altitude_m))
    lat = lat + degrees * _wander(rng, len(along), 45)
    lng = lng + degrees * _wander(rng, len(along), 45) / np.cos(np.radians(lat))
    return lat, lng, altitude + 0.6 * _wander(rng, len(along), 60)


def _wander(rng: np.random.Generator, count: int, seconds: int) -> Floats:
    """Noise of unit variance that keeps its value for about so many seconds."""
    kernel = np.exp(-np.arange(4 * seconds) / seconds)
    noise = rng.standard_normal(count + len(kernel) - 1)
    wandering: Floats = np.convolve(noise, kernel / np.sqrt((kernel**2).sum()), mode="valid")
    return wandering
