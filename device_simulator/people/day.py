"""A day of a person, and all days of a person: what the rest of the simulator asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from device_simulator.people.heart import HeartCurve
from device_simulator.people.meals import meals
from device_simulator.people.mornings import Measured, mornings
from device_simulator.people.person import Person
from device_simulator.people.pulse import heart_rate
from device_simulator.people.state import State, state_on, states
from device_simulator.people.steps import steps
from device_simulator.people.timeline import timeline
from device_simulator.people.today import Today
from device_simulator.people.track import track_points
from device_simulator.people.uploads import DueBatch, in_pieces, uploads
from device_simulator.people.workouts import exercises, sets


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A day that was lived.

    Attributes:
        today: the truth: state, energy, nights, plan.
        batches: what devices publish of it, in the order in which it is due. The last may be due on the next morning.
    """

    today: Today
    batches: list[DueBatch]


def live_day(person: Person, day: date, state: State | None = None) -> Day:
    """Live one day; `state` is that of its morning, reckoned from the days before if left out."""
    today = Today.of(person, day, state_on(person, day) if state is None else state)
    stretches = timeline(today)
    curve = HeartCurve.of(person, stretches)
    pulse = heart_rate(today, stretches, curve)
    return Day(today, uploads(today, pulse, steps(today, stretches), _measured(today, curve)))


def lived(person: Person, first: date) -> Iterator[DueBatch]:
    """Everything that a person's devices publish of a date and all days after it, without end, in the order of due."""
    late: list[DueBatch] = []
    for number, state in enumerate(states(person, first)):
        day = live_day(person, first + timedelta(days=number), state)
        midnight_ms = day.today.local.due_ms(day.today.local.seconds)
        both = sorted([*late, *day.batches], key=lambda each: each.due_ms)
        late = [each for each in both if each.due_ms >= midnight_ms]
        yield from both[: len(both) - len(late)]


def lived_since(person: Person, since_ms: int) -> Iterator[DueBatch]:
    """The same, from the first that is due at a moment (milliseconds since 1970 UTC) or later."""
    moment = datetime.fromtimestamp(since_ms / 1000, UTC).astimezone(person.home.tz)
    # Of the day before, some may be due on the next morning.
    for due in lived(person, moment.date() - timedelta(days=1)):
        if due.due_ms >= since_ms:
            yield due


def recorded(day: Day, number: int, size: int = 600) -> list[DueBatch]:
    """The track of the day's workout of this number at 1 Hz, in batches of at most `size` seconds."""
    today = day.today
    start = today.local.moment(today.start_s(today.outline.sessions[number]))
    return in_pieces(today, "track", start, track_points(today, number), size)


def _measured(today: Today, curve: HeartCurve) -> Iterator[Measured]:
    devices = today.person.devices
    yield from mornings(today)
    yield from ((second, "meals", devices.phone, item) for second, item in meals(today))
    yield from ((second, "exercises", devices.watch, item) for second, item in exercises(today, curve))
    yield from ((second, "sets", devices.watch, item) for second, item in sets(today))
