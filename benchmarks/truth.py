"""How well attention finds what happened to people, and how often it calls for nothing.

In a world are ordinary people, to whom nothing happens, and people with each of the simulator's stories. Everybody is
looked at on each day of four weeks. A story is found on the first day on which its sign is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count, islice
from statistics import median

from benchmarks.lived_days import LivedDays, live_days
from device_simulator.people.person import Person
from device_simulator.people.stories import PLOTS
from insights.attention import attention

SIGNS: Mapping[str, str] = {
    "overreaching": "not_recovering",
    "stopped logging": "stopped_logging",
    "rising blood pressure": "pressure_rising",
    "improving": "improving",
    "dying sensor": "sensor_failing",
}
"""Of each story, the code of the sign that tells it."""

STORY_DAYS = 28
DAYS = 84
TODAY = date(2026, 6, 14)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was told of a person.

    Attributes:
        story: what happened; None: nothing.
        told: the signs' codes of each day looked at, by the number of that day in the story (1: its first).
    """

    story: str | None
    told: Mapping[int, frozenset[str]]

    def first(self, code: str) -> int | None:
        """The first day on which a sign was told."""
        return min((day for day, codes in self.told.items() if code in codes), default=None)


@dataclass(frozen=True, slots=True)
class Found:
    """How a story was found.

    Attributes:
        story: its name.
        people: to whom it happened.
        by_day: share of them found by the 7th, 14th, 21st and 28th day of it.
        days_until: median of those found; None if nobody was.
        told, right: on the last day, people of whom its sign was told, and how many of them rightly.
        false_a_hundred: its signs told of ordinary people, a hundred looks.
    """

    story: str
    people: int
    by_day: Mapping[int, float]
    days_until: float | None
    told: int
    right: int
    false_a_hundred: float

    @property
    def recall(self) -> float:
        """Share found in the end."""
        return self.by_day[STORY_DAYS]

    @property
    def precision(self) -> float:
        """Of those of whom it is told on the last day, the share to whom it happened."""
        return self.right / self.told if self.told else 0.0


def world(seed: int, ordinary: int, each: int) -> list[LivedDays]:
    """Ordinary people, and so many with each story: the first of the world whom it suits."""
    people = (Person.from_seed(seed, index) for index in count())
    lives = [live_days(person, TODAY, DAYS) for person in islice(people, ordinary)]
    for story, plot in PLOTS.items():
        suited = islice(filter(plot.suits, people), each)
        lives += [live_days(person, TODAY, DAYS, story=story, story_days=STORY_DAYS) for person in suited]
    return lives


def look(lived: LivedDays, days: Sequence[int] = range(1, STORY_DAYS + 1)) -> Looked:
    """What is told of a person on these days of the story, or of the same dates."""
    told = {day: attention(lived.until(lived.story_days - day)).signs for day in days}
    return Looked(lived.story, {day: frozenset(sign.code for sign in signs) for day, signs in told.items()})


def judge(looked: Sequence[Looked]) -> list[Found]:
    """How each story was found."""
    return [_judge(story, code, looked) for story, code in SIGNS.items()]


def _judge(story: str, code: str, looked: Sequence[Looked]) -> Found:
    people = [each for each in looked if each.story == story]
    firsts = [first for each in people if (first := each.first(code)) is not None]
    ordinary = [codes for each in looked if each.story is None for codes in each.told.values()]
    told = [each for each in looked if code in each.told[STORY_DAYS]]
    return Found(
        story=story,
        people=len(people),
        by_day={day: sum(first <= day for first in firsts) / len(people) for day in (7, 14, 21, 28)},
        days_until=median(firsts) if firsts else None,
        told=len(told),
        right=sum(each.story == story for each in told),
        false_a_hundred=100 * sum(code in codes for codes in ordinary) / len(ordinary),
    )


def other_signs(looked: Sequence[Looked]) -> dict[str, float]:
    """Signs that belong to no story, told of ordinary people: a hundred looks."""
    ordinary = [codes for each in looked if each.story is None for codes in each.told.values()]
    codes = sorted({code for told in ordinary for code in told} - set(SIGNS.values()))
    return {code: 100 * sum(code in told for told in ordinary) / len(ordinary) for code in codes}
