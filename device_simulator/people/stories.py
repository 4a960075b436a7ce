"""Stories: something that happens to a person from a day on, for coaches to find and insights to be tested by.

A story changes who the person is (body, habits, the watch's sensor); days, nights and measurements follow from that as
they always do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from device_simulator.people.belongings import CUFFS
from device_simulator.people.person import Person

Direction = Literal["rises", "falls", "stops"]


@dataclass(frozen=True, slots=True)
class Plot:
    """What happens in a story.

    Attributes:
        about: one line for people.
        find: what there is to find, by column of the daily summary.
        suits: whether it can happen to a person.
        after: the person so many days after its beginning (0 or more).
        before: the person as it must be from birth.
    """

    about: str
    find: Mapping[str, Direction]
    suits: Callable[[Person], bool]
    after: Callable[[Person, int], Person]
    before: Callable[[Person], Person] = lambda person: person


def _overreaching(person: Person, days: int) -> Person:
    habits, body = person.habits, person.body
    sessions = max(2.0 * habits.sessions_per_week, 10.0)
    # Adaptation fails: what recovers overnight in others gets worse week by week (Meeusen et al., Med Sci Sports Exerc
    # 2013;45:186-205).
    strained = replace(
        body, hrv_ms=body.hrv_ms * (1 - min(0.008 * days, 0.25)), resting_bpm=body.resting_bpm + min(0.15 * days, 5.0)
    )
    return replace(person, habits=replace(habits, sessions_per_week=sessions, answering=1.0), body=strained)


def _silent(person: Person, _days: int) -> Person:
    return replace(person, habits=replace(person.habits, meal_logging=0.0, weighing=0.0, answering=0.0))


def _with_cuff(person: Person) -> Person:
    devices = replace(person.devices, cuff=person.devices.cuff or CUFFS[person.index % len(CUFFS)])
    return replace(person, devices=devices, habits=replace(person.habits, measuring=0.9))


def _rising(person: Person, days: int) -> Person:
    body = person.body
    higher = replace(
        body, systolic=body.systolic + min(0.6 * days, 24.0), diastolic=body.diastolic + min(0.3 * days, 12.0)
    )
    return replace(person, body=higher)


def _improving(person: Person, days: int) -> Person:
    body = person.body
    fitter = replace(
        body,
        vo2_max=body.vo2_max + min(0.09 * days, 6.0),
        resting_bpm=body.resting_bpm - min(0.15 * days, 7.0),
        hrv_ms=body.hrv_ms * (1 + min(0.008 * days, 0.35)),
    )
    return replace(person, body=fitter)


def _dying(person: Person, days: int) -> Person:
    return replace(person, sensor_wear=min((days + 1) / _SENSOR_DIES_IN_DAYS, 1.0))


_SENSOR_DIES_IN_DAYS = 21

PLOTS: Mapping[str, Plot] = {
    "overreaching": Plot(
        "trains twice as much and does not recover",
        {"exercise_min": "rises", "resting_heart_rate_bpm": "rises", "hrv_ms": "falls"},
        lambda person: person.habits.sessions_per_week >= 3.5 and person.body.resting_bpm < 64,
        _overreaching,
    ),
    "stopped logging": Plot(
        "logs no meals any more, weighs no more, answers no more; the watch still reports",
        {"energy_in_kcal": "stops", "weight_kg": "stops", "mood": "stops"},
        lambda person: person.habits.meal_logging > 0.8 and person.habits.weighing > 0.6,
        _silent,
    ),
    "rising blood pressure": Plot(
        "the morning's blood pressure rises by a few mmHg a week",
        {"systolic_mmhg": "rises", "diastolic_mmhg": "rises"},
        lambda person: 118 <= person.body.systolic <= 134,
        _rising,
        _with_cuff,
    ),
    "improving": Plot(
        "gets fitter: the pulse at rest falls, HRV rises, the same effort goes faster",
        {"resting_heart_rate_bpm": "falls", "hrv_ms": "rises"},
        lambda person: person.body.resting_bpm >= 62 and person.habits.sessions_per_week >= 2,
        _improving,
    ),
    "dying sensor": Plot(
        "the watch's pulse sensor loses samples, invents others, and falls silent after three weeks",
        {"mean_heart_rate_bpm": "stops", "hrv_ms": "stops"},
        lambda _: True,
        _dying,
    ),
}


@dataclass(frozen=True, slots=True)
class Story:
    """A plot that begins on a day.

    Attributes:
        name: of the plot.
        began: first date of it, local.
    """

    name: str
    began: date

    def tell(self, person: Person, day: date) -> Person:
        """The person on a day; `person` is as it was before."""
        days = (day - self.began).days
        return PLOTS[self.name].after(person, days) if days >= 0 else person


def with_story(person: Person, name: str, began: date) -> Person:
    """A person to whom this happens from a date on."""
    return replace(PLOTS[name].before(person), story=Story(name, began))
