"""Where workouts go: loops through streets from the front door, over the hills of the neighbourhood.

Each person has a few favourite loops for each sport, drawn out or together to the length of the day. The ground has one
height at each place, so a loop ends as high as it began and looks the same each time.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from device_simulator.people.chance import Stream
from device_simulator.people.outline import Session
from device_simulator.people.person import Person
from device_simulator.people.speed import distance_m
from device_simulator.people.sports import Motion

Floats = NDArray[np.float64]

_POINTS = 1_024
_FAVOURITES = 3
_METRES_PER_DEGREE = 111_320.0
_HILL_LENGTHS_M = (6_500.0, 3_600.0, 2_100.0, 1_250.0, 800.0)
_MOTIONS = tuple(Motion)


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A closed loop.

    Attributes:
        along_m: way from the start at each of its points, ascending from 0.
        lat, lng: degrees, WGS 84.
        altitude_m: height of the ground.
    """

    along_m: Floats
    lat: Floats
    lng: Floats
    altitude_m: Floats

    @property
    def climb_m(self) -> float:
        """Metres climbed in all."""
        return float(np.maximum(np.diff(self.altitude_m), 0).sum())

    @classmethod
    def of(cls, person: Person, session: Session, day: int) -> Self:
        """The loop of a workout on a day (ordinal)."""
        length = distance_m(person, session)
        x, y = _loop(person, _MOTIONS.index(session.sport.motion) * _FAVOURITES + day % _FAVOURITES, length)
        along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
        return cls(
            along_m=along,
            lat=person.lat + y / _METRES_PER_DEGREE,
            lng=person.lng + x / (_METRES_PER_DEGREE * math.cos(math.radians(person.lat))),
            altitude_m=person.home.altitude_m + _ground(person, x, y),
        )


def _loop(person: Person, favourite: int, length: float) -> tuple[Floats, Floats]:
    """East and north of home, metres: corners about a circle, joined along the streets of a turned grid."""
    rng = person.chances(favourite, Stream.ROUTE)
    corners = int(rng.integers(6, 11))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(-0.25, 0.25, corners)
    radius = rng.uniform(0.65, 1.35, corners)
    u, v = radius * np.cos(angle), radius * np.sin(angle)
    # From each corner first along one street, then along the other.
    u, v = np.repeat(u, 2), np.roll(np.repeat(v, 2), 1)
    u, v = np.append(u, u[0]), np.append(v, v[0])
    way = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(u), np.diff(v)))))
    even = np.linspace(0, way[-1], _POINTS)
    u, v = _rounded(np.interp(even, way, u)), _rounded(np.interp(even, way, v))
    # Streets are not quite straight, and neighbours bend alike.
    bend, phase = rng.uniform(0.03, 0.09), rng.uniform(0, 2 * np.pi, 2)
    u, v = u + bend * np.sin(3.1 * v + phase[0]), v + bend * np.sin(2.7 * u + phase[1])
    u, v = u - u[0], v - v[0]
    scale = length / float(np.hypot(np.diff(u), np.diff(v)).sum())
    turn = rng.uniform(0, 2 * np.pi)
    return scale * (u * np.cos(turn) - v * np.sin(turn)), scale * (u * np.sin(turn) + v * np.cos(turn))


def _rounded(line: Floats) -> Floats:
    """Corners are cut a little; the loop stays closed."""
    around = np.concatenate((line[-4:-1], line, line[1:4]))
    return np.convolve(around, np.full(7, 1 / 7), mode="valid")


def _ground(person: Person, x: Floats, y: Floats) -> Floats:
    """Metres above the front door: hills of several lengths, the long ones higher."""
    rng = person.chances(0, Stream.TERRAIN)
    height = np.zeros_like(x)
    for length in _HILL_LENGTHS_M:
        direction, phase = rng.uniform(0, 2 * np.pi, 2).tolist()
        wave = 2 * np.pi / length * (x * math.cos(direction) + y * math.sin(direction)) + phase
        height += person.home.hills_m * (length / 6_500) ** 1.15 * (np.sin(wave) - math.sin(phase))
    return height
