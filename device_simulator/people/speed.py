"""How fast people go at a given effort, from the oxygen that their sport takes."""

from device_simulator.people.outline import Session
from device_simulator.people.person import Person
from device_simulator.people.physiology import (
    cycling_power,
    cycling_speed,
    oxygen_uptake,
    rowing_speed,
    running_speed,
    swimming_speed,
    walking_speed,
)
from device_simulator.people.sports import Motion, Sport, mean_reserve, parts


def speed(person: Person, sport: Sport, reserve: float) -> float:
    """Metres a second on the flat."""
    vo2, weight = oxygen_uptake(reserve, person.body.vo2_max), person.body.weight_kg
    match sport.motion:
        case Motion.RUN:
            metres = running_speed(vo2)
        case Motion.WALK:
            metres = walking_speed(vo2)
        case Motion.RIDE:
            metres = cycling_speed(cycling_power(vo2, weight), weight)
        case Motion.SWIM:
            metres = swimming_speed(vo2, weight)
        case Motion.ROW:
            metres = rowing_speed(cycling_power(vo2, weight))
        case Motion.NONE:
            metres = 0.0
    return metres * sport.pace


def power(person: Person, sport: Sport, reserve: float) -> float | None:
    """Watts, where the sport has them measured."""
    if sport.motion not in {Motion.RIDE, Motion.ROW}:
        return None
    return cycling_power(oxygen_uptake(reserve, person.body.vo2_max), person.body.weight_kg)


def distance_m(person: Person, session: Session) -> float:
    """How far a workout goes."""
    built = parts(session.effort, session.minutes, session.sport.ease(person.body.vo2_max))
    return sum(part.seconds * speed(person, session.sport, part.reserve) for part in built)


def mean_speed(person: Person, session: Session) -> float:
    """Metres a second over the whole workout."""
    return distance_m(person, session) / (session.minutes * 60)


def mean_power(person: Person, session: Session) -> float | None:
    """Watts over the whole workout, where they are measured."""
    ease = session.sport.ease(person.body.vo2_max)
    return power(person, session.sport, mean_reserve(session.effort, session.minutes, ease))
