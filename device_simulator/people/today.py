"""One day of one person, with all that its parts need to know of each other."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from device_simulator.people.localday import LocalDay
from device_simulator.people.nights import Night, night
from device_simulator.people.outline import Outline, Session, outline
from device_simulator.people.person import Person
from device_simulator.people.sports import Part, parts
from device_simulator.people.state import Energy, State, after, energy


@dataclass(frozen=True, slots=True, eq=False)
class Today:
    """A day, before anything is measured.

    Attributes:
        person: whose.
        local: the calendar day.
        outline: what is planned.
        state: on its morning.
        energy: what it spends and what is eaten.
        last_night, next_night: the nights that end on this day and on the next.
    """

    person: Person
    local: LocalDay
    outline: Outline
    state: State
    energy: Energy
    last_night: Night
    next_night: Night

    @classmethod
    def of(cls, person: Person, day: date, state: State) -> Self:
        """A person's day; `state` is that of its morning."""
        today, following = outline(person, day), day + timedelta(days=1)
        tomorrow_state = after(person, state, today, outline(person, following))
        return cls(
            person.on(day),
            LocalDay.of(day, person.home.tz),
            today,
            state,
            energy(person, state, today),
            night(person.on(day), day, state),
            night(person.on(following), following, tomorrow_state),
        )

    @property
    def ordinal(self) -> int:
        """The date as a number, for `Person.chances`."""
        return self.local.day.toordinal()

    @property
    def wake_s(self) -> float:
        """Waking, in seconds after the day's start."""
        return (self.last_night.awake - self.local.start).total_seconds()

    @property
    def bed_s(self) -> float:
        """Falling asleep in the evening, in seconds after the day's start; may be beyond its end."""
        return (self.next_night.asleep - self.local.start).total_seconds()

    def start_s(self, session: Session) -> float:
        """A workout's start, in seconds after the day's start."""
        return self.local.second(session.start_min)

    def parts(self, session: Session) -> tuple[Part, ...]:
        """How a workout is built for this person."""
        return parts(session.effort, session.minutes, session.sport.ease(self.person.body.vo2_max))
