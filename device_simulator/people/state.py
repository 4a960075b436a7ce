"""What a person carries from day to day: weight, fitness and fatigue, strain of the last days, debt of sleep.

The state of a date is folded from the outlines of the days before it, from an anchor one to two quarters back, when
all but a trace of anything earlier is forgotten. So it depends on the person and the date alone: not on the day a run
began, nor on which days were asked for before.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from device_simulator.people.outline import Outline, Session, outline
from device_simulator.people.person import Person
from device_simulator.people.physiology import (
    KCAL_PER_KG_TISSUE,
    LIVING_FACTOR,
    resting_kcal,
    stride_m,
    walking_kcal,
    work_kcal,
)
from device_simulator.people.sports import mean_reserve, training_load

ANCHOR_DAYS = 96
_APPETITE_KCAL_PER_KG = 550.0
"""How strongly appetite pulls the weight back to its course; a surplus is half forgotten after ten days."""


@dataclass(frozen=True, slots=True)
class State:
    """On the morning of a day, after waking.

    Attributes:
        weight_kg: of tissue, without the day's chance of body water.
        water_kg: body water above the usual.
        fitness, fatigue: training load a day, weighted over 42 and 7 days (impulse-response model: Banister et al.,
            Aust J Sports Med 1975;7:57-61; Morton, Fitz-Clarke & Banister, J Appl Physiol 1990;69:1171-1177).
        strain: the same over the last two or three days, in which the vagus recovers (Stanley, Peake & Buchheit, Sports
            Med 2013;43:1259-1277).
        sleep_debt_h: hours short of need, of the last nights.
    """

    weight_kg: float
    water_kg: float
    fitness: float
    fatigue: float
    strain: float
    sleep_debt_h: float

    @property
    def strain_ratio(self) -> float:
        """Strain against what the body is used to; about 0.9 on average, 0 to 4."""
        return min(self.strain / (self.fitness + 12), 4.0)


@dataclass(frozen=True, slots=True)
class Energy:
    """A day's balance, kcal."""

    spent: float
    eaten: float


def state_on(person: Person, day: date) -> State:
    """The state on the morning of a date."""
    anchor = _anchor(day)
    state = _rested(person, anchor)
    today = outline(person, anchor)
    while today.date < day:
        tomorrow = outline(person, today.date + timedelta(days=1))
        state, today = after(person, state, today, tomorrow), tomorrow
    return state


def states(person: Person, first: date) -> Iterator[State]:
    """The states of a date and all that follow: what `state_on` gives, at the cost of one day each."""
    day, state = first, state_on(person, first)
    while True:
        yield state
        following = day + timedelta(days=1)
        if _anchor(following) == _anchor(day):
            state = after(person, state, outline(person, day), outline(person, following))
        else:
            state = state_on(person, following)
        day = following


def after(person: Person, state: State, today: Outline, tomorrow: Outline) -> State:
    """The state of the morning after a day and its night."""
    balance = energy(person, state, today)
    load = day_load(person, today)
    slept_h = (tomorrow.wake_min + 1440 - today.bed_min) / 60
    debt = 0.7 * state.sleep_debt_h + person.rhythm.need_min / 60 - slept_h
    return State(
        weight_kg=state.weight_kg + (balance.eaten - balance.spent) / KCAL_PER_KG_TISSUE,
        # Water follows the carbohydrates and salt of the day before, and is mostly forgotten in two days.
        water_kg=0.45 * state.water_kg + today.water_kg + 0.0003 * today.appetite_kcal,
        fitness=state.fitness + (load - state.fitness) / 42,
        fatigue=state.fatigue + (load - state.fatigue) / 7,
        strain=0.45 * state.strain + 0.55 * load,
        sleep_debt_h=min(max(debt, -1.0), 6.0),
    )


def energy(person: Person, state: State, today: Outline) -> Energy:
    """What a day spends and what is eaten: as much, with the weight's course and the day's appetite on top."""
    body, weight = person.body, state.weight_kg
    spent = LIVING_FACTOR * resting_kcal(body.sex, weight, body.height_cm, body.age)
    spent += walking_kcal(today.steps * stride_m(body.height_cm), weight)
    for session in today.sessions:
        spent += session_kcal(person, state, session)
    course, drift = _course(person, today.date)
    wanted = spent + KCAL_PER_KG_TISSUE * drift + _APPETITE_KCAL_PER_KG * (course - weight) + today.appetite_kcal
    return Energy(spent, max(wanted, 0.45 * spent))


def day_load(person: Person, today: Outline) -> float:
    """Training impulse of all the day's sessions."""
    body = person.body
    return sum(
        training_load(each.effort, each.minutes, each.sport.ease(body.vo2_max), body.sex) for each in today.sessions
    )


def session_kcal(person: Person, state: State, session: Session) -> float:
    """Energy of a workout on top of rest."""
    vo2_max = person.body.vo2_max
    reserve = mean_reserve(session.effort, session.minutes, session.sport.ease(vo2_max))
    return work_kcal(reserve, vo2_max, state.weight_kg, session.minutes)


def _course(person: Person, day: date) -> tuple[float, float]:
    """The weight that a person's months of eating more or less lead to, kg, and its change, kg a day."""
    habits = person.habits
    pace = 2 * math.pi / habits.weight_period_days
    angle = pace * day.toordinal() + 2 * math.pi * habits.weight_phase
    return (
        person.body.weight_kg + habits.weight_swing_kg * math.sin(angle),
        habits.weight_swing_kg * pace * math.cos(angle),
    )


def _anchor(day: date) -> date:
    return date.fromordinal((day.toordinal() // ANCHOR_DAYS - 1) * ANCHOR_DAYS)


def _rested(person: Person, day: date) -> State:
    """A state to begin with: on course, used to the load of the month that follows."""
    month = [day_load(person, outline(person, day + timedelta(days=each))) for each in range(28)]
    usual = sum(month) / len(month)
    return State(_course(person, day)[0], 0.0, usual, usual, usual, 0.5)
