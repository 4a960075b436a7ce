"""What the watch makes of a workout: its summary, and the sets of a strength session."""

import numpy as np

from contract.items import Item
from device_simulator.people.chance import Stream, thing_id
from device_simulator.people.heart import HeartCurve
from device_simulator.people.outline import Session
from device_simulator.people.physiology import one_rep_fraction
from device_simulator.people.route import Route
from device_simulator.people.speed import distance_m, mean_power
from device_simulator.people.sports import Effort, Motion, mean_reserve
from device_simulator.people.state import session_kcal
from device_simulator.people.today import Today
from device_simulator.people.wire import Exercise, StrengthSet

_READ_EVERY_S = 10
_LIFTS = (
    ("Back Squat", 1.35),
    ("Bench Press", 1.0),
    ("Deadlift", 1.65),
    ("Overhead Press", 0.62),
    ("Barbell Row", 0.88),
    ("Romanian Deadlift", 1.3),
    ("Front Squat", 1.1),
    ("Lat Pulldown", 0.85),
    ("Leg Press", 2.3),
    ("Push-up", 0.0),
    ("Pull-up", 0.0),
)
"""With the weight that a trained man lifts once, in body weights; 0: nothing on the bar."""
_STRENGTH = {"lifter": 1.05, "beginner": 0.55}


def exercise_id(today: Today, number: int) -> str:
    """The id of the day's workout of this number, which its track and sets refer to."""
    return thing_id(today.person.user_id, f"exercise/{today.local.day}/{number}")


def exercises(today: Today, curve: HeartCurve) -> list[tuple[float, Item]]:
    """Each workout: (second at which it ends, item)."""
    return [
        (today.start_s(session) + session.minutes * 60, _exercise(today, session, number, curve))
        for number, session in enumerate(today.outline.sessions)
    ]


def _exercise(today: Today, session: Session, number: int, curve: HeartCurve) -> Item:
    person, sport = today.person, session.sport
    rng = today.person.chances(today.ordinal, Stream.WORKOUT)
    start = today.start_s(session)
    bpm = curve.at(np.arange(start, start + session.minutes * 60, _READ_EVERY_S, dtype=np.float64))
    distance, watts = distance_m(person, session), mean_power(person, session)
    return Exercise(
        exercise_id=exercise_id(today, number),
        timestamp=today.local.moment(start),
        type=sport.name,
        duration_min=session.minutes,
        min_heart_rate=round(float(bpm.min())),
        avg_heart_rate=round(float(bpm.mean())),
        peak_heart_rate=round(float(bpm.max())),
        calories=round(session_kcal(person, today.state, session) * (1 + 0.04 * rng.standard_normal())),
        distance_km=round(distance / 1000, 2) if distance else None,
        elevation_gain_m=round(Route.of(person, session, today.ordinal).climb_m) if sport.outdoors else None,
        avg_power_w=round(watts) if watts is not None else None,
        avg_cadence=round(sport.cadence * (1 + 0.02 * rng.standard_normal())) if sport.cadence else None,
        rpe=_felt(today, session, rng) if rng.random() < person.habits.answering else None,
    )


def _felt(today: Today, session: Session, rng: np.random.Generator) -> float:
    """Effort felt, 1 to 10, in halves: intensity and length, and more when tired."""
    body = today.person.body
    reserve = mean_reserve(session.effort, session.minutes, session.sport.ease(body.vo2_max))
    lifting = 2.6 if session.effort is Effort.LIFTING else 0
    felt = 8.2 * reserve + session.minutes / 60 + lifting + 0.9 * (today.state.strain_ratio - 0.9)
    return min(max(round(2 * (felt + 0.5 * rng.standard_normal())) / 2, 1), 10)


def sets(today: Today) -> list[tuple[float, Item]]:
    """Every set of the day's strength sessions: (second at which it ends, item)."""
    lifted: list[tuple[float, Item]] = []
    for number, session in enumerate(today.outline.sessions):
        if session.effort is Effort.LIFTING and session.sport.motion is Motion.NONE:
            lifted += _session_sets(today, session, number)
    return lifted


def _session_sets(today: Today, session: Session, number: int) -> list[tuple[float, Item]]:
    rng = today.person.chances(today.ordinal, Stream.STRENGTH)
    work = [part for part in today.parts(session) if part.name == "work"]
    lifts = rng.permutation(len(_LIFTS))[: max(len(work) // 4, 1) + 1].tolist()
    most = _strength(today)
    done: list[tuple[float, Item]] = []
    for at, part in enumerate(work):
        turn, of_lift = divmod(at * len(lifts), len(work))
        tired = of_lift / len(work)
        name, once = _LIFTS[lifts[turn]]
        aim = (5, 8, 10, 12)[(lifts[turn] + today.ordinal // 28) % 4] + (0 if once else 4)
        # Two repetitions are left in the tank at first, and fewer set by set.
        weight = round(once * most * one_rep_fraction(aim + 2) / 2.5) * 2.5
        end = today.start_s(session) + part.start_s + part.seconds
        made = StrengthSet(
            set_id=thing_id(today.person.user_id, f"set/{today.local.day}/{number}/{at}"),
            timestamp=today.local.moment(end),
            exercise=name,
            weight_kg=weight,
            repetitions=max(aim - int(2.4 * tired * rng.random() * 2), 1),
            rpe=min(round(2 * (7.2 + 1.8 * tired + 0.4 * rng.standard_normal())) / 2, 10),
            exercise_id=exercise_id(today, number),
        )
        done.append((end, made))
    return done


def _strength(today: Today) -> float:
    """The weight, kg, that one body weight of the table's man is for this person."""
    person = today.person
    trained = _STRENGTH.get(person.archetype, 0.75) * (0.94 + 0.12 * min(today.state.fitness / 60, 1))
    aged = 1 - 0.008 * max(person.body.age - 35, 0)
    return person.body.weight_kg * trained * aged * (1 if person.body.sex == "male" else 0.64)
