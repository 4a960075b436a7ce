"""The days of a person in outline: when they get up, train and go to bed, how much they walk, and their appetite.

An outline depends on the person and the date alone, and is cheap, so that the state of any day can be reckoned from
the outlines of the days before it. A week is outlined at once, since training is planned by the week.

All times of an outline are minutes of wall-clock time after local midnight; bedtime may lie beyond 1440.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from device_simulator.people.chance import Stream
from device_simulator.people.person import Person
from device_simulator.people.sports import Effort, Sport

SHORTEST_NIGHT_MIN = 270
_EARLIER_THAN_USUAL_MIN = 40
_WEEKEND_EVENINGS = (4, 5)
_FEASTS = (4, 5, 6)
_CYCLE = (0.9, 1.05, 1.2, 0.65)
"""Three weeks that build up, one that lets recover."""


@dataclass(frozen=True, slots=True)
class Session:
    """A planned workout."""

    sport: Sport
    effort: Effort
    start_min: int
    minutes: int

    @property
    def end_min(self) -> int:
        """When it ends."""
        return self.start_min + self.minutes


@dataclass(frozen=True, slots=True)
class Outline:
    """A day in outline.

    Attributes:
        date: local.
        wake_min, bed_min: waking in the morning, falling asleep in the evening.
        sessions: in the order of time, without overlap, all between waking and bed.
        steps: walked beside them.
        appetite_kcal: eaten beyond what the body spends and the weight's course asks for.
        water_kg: chance part of today's body water.
    """

    date: date
    wake_min: int
    bed_min: int
    sessions: tuple[Session, ...]
    steps: int
    appetite_kcal: float
    water_kg: float


def outline(person: Person, day: date) -> Outline:
    """The outline of a person's day."""
    return week(person, day - timedelta(days=day.weekday()))[day.weekday()]


@lru_cache(maxsize=1024)
def week(person: Person, monday: date) -> tuple[Outline, ...]:
    """The seven outlines of a week from Monday."""
    person = person.on(monday)
    rng = person.chances(monday.toordinal(), Stream.WEEK)
    normal: list[list[float]] = rng.standard_normal((7, 5)).tolist()
    uniform: list[list[float]] = rng.random((8, 10)).tolist()
    beds = [_bed(person, weekday, normal[weekday][0]) for weekday in range(7)]
    wakes = [_wake(person, weekday, normal[weekday][1]) for weekday in range(7)]
    plan = _training(person, monday, uniform)
    return tuple(
        Outline(
            date=monday + timedelta(days=weekday),
            wake_min=wakes[weekday],
            bed_min=beds[weekday],
            sessions=_placed(
                person, _Room(weekday, wakes[weekday] + 25, beds[weekday] - 50, uniform[weekday]), plan[weekday]
            ),
            steps=int(person.habits.steps * max(1 + 0.22 * normal[weekday][2], 0.25)),
            appetite_kcal=260 * normal[weekday][3] + (180 if weekday in _FEASTS else -135),
            water_kg=0.32 * normal[weekday][4],
        )
        for weekday in range(7)
    )


def _usual_wake(person: Person, weekday: int) -> float:
    natural = person.rhythm.midsleep_min + person.rhythm.need_min / 2
    return min(natural, person.rhythm.alarm_min) if weekday < 5 else natural


def _wake(person: Person, weekday: int, chance: float) -> int:
    usual = _usual_wake(person, weekday)
    return int(min(max(usual + 13 * chance, usual - _EARLIER_THAN_USUAL_MIN), 700))


def _bed(person: Person, weekday: int, chance: float) -> int:
    """Who must get up early goes to bed earlier, but not by as much: so working days leave a debt of sleep."""
    natural = person.rhythm.midsleep_min - person.rhythm.need_min / 2
    tomorrow = _usual_wake(person, (weekday + 1) % 7)
    late = 30 if weekday in _WEEKEND_EVENINGS else 0.6 * (tomorrow - natural - person.rhythm.need_min)
    latest = tomorrow - _EARLIER_THAN_USUAL_MIN - SHORTEST_NIGHT_MIN
    return 1440 + int(min(max(natural + late + 20 * chance, -200), latest))


_Planned = tuple[Sport, Effort, float]


def _training(person: Person, monday: date, uniform: list[list[float]]) -> list[list[_Planned]]:
    """Sport, effort and length (a factor) of each day's workouts, spread evenly over the week."""
    factor = _CYCLE[(monday.toordinal() // 7 + person.index) % 4]
    count = int(person.habits.sessions_per_week * factor + uniform[7][0])
    first = person.index % 7 + (uniform[7][1] < 0.2)
    days: list[list[_Planned]] = [[] for _ in range(7)]
    for number in range(count):
        day = (first + number * 7 // min(count, 7)) % 7
        chance = uniform[day]
        sport = _sport(person, chance[4 + len(days[day])])
        effort, length = _effort(sport, number, count, day)
        days[day].append((sport, effort, length * factor))
    return days


def _sport(person: Person, chance: float) -> Sport:
    for sport, share in person.habits.sports:
        chance -= share
        if chance < 0:
            return sport
    return person.habits.sports[0][0]


def _effort(sport: Sport, number: int, count: int, weekday: int) -> tuple[Effort, float]:
    """Mostly easy, at most two hard sessions a week, the long one on Sunday."""
    if len(sport.efforts) == 1:
        return sport.efforts[0], 1.0
    if weekday == 6 and sport.outdoors:
        return Effort.LONG, 1.5
    hard = count >= 2 and number in {1, 3}
    return sport.efforts[1 + (number == 3) * (len(sport.efforts) > 2)] if hard else sport.efforts[0], 1.0


@dataclass(frozen=True, slots=True)
class _Room:
    """When a day has room for workouts (minutes), and the chances that place them."""

    weekday: int
    first_min: int
    last_min: int
    chance: list[float]


def _placed(person: Person, room: _Room, plan: list[_Planned]) -> tuple[Session, ...]:
    """Give each workout its time; one that finds no room is skipped, as in life."""
    sessions: list[Session] = []
    for number, (sport, effort, length) in enumerate(plan):
        low, high = sport.minutes
        minutes = max(int((low + room.chance[number] * (high - low)) * length), 15)
        start = min(max(_start(person, room, minutes, number), room.first_min), room.last_min - minutes)
        if start >= room.first_min and all(start > other.end_min + 90 for other in sessions):
            sessions.append(Session(sport, effort, start, minutes))
    return tuple(sessions)


def _start(person: Person, room: _Room, minutes: int, number: int) -> int:
    jitter = int(50 * room.chance[2 + number % 2])
    if room.weekday >= 5 and number == 0:
        return max(540, room.first_min + 35) + jitter
    if number == 0 and room.chance[8] < person.habits.morning:
        return room.first_min + 5 + jitter // 4
    evening = person.home.dinner_min - minutes - 75 + jitter
    return min(max(evening, 1_000), 1_170)
