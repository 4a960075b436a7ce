"""A simulated person: what stays the same from day to day."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, Self

import numpy as np

from device_simulator.people.archetypes import ARCHETYPES, Archetype
from device_simulator.people.belongings import Devices, choose_devices
from device_simulator.people.chance import Stream, chances, user_id
from device_simulator.people.dishes import DIETS, Diet
from device_simulator.people.physiology import Sex, body_fat_pct, max_heart_rate
from device_simulator.people.places import PLACES, Place
from device_simulator.people.sports import Sport


@dataclass(frozen=True, slots=True)
class Body:
    """What a person's body is like.

    Attributes:
        sex, age: age in years.
        height_cm, weight_kg: the weight is the middle of what it moves around.
        body_fat_pct: at that weight.
        vo2_max: ml/kg/min.
        resting_bpm: lowest when awake; max_bpm: highest reachable.
        hrv_ms: RMSSD of a night after usual load and sleep.
        systolic, diastolic: mmHg, of a usual morning.
    """

    sex: Sex
    age: int
    height_cm: float
    weight_kg: float
    body_fat_pct: float
    vo2_max: float
    resting_bpm: float
    max_bpm: float
    hrv_ms: float
    systolic: float
    diastolic: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a person sleeps.

    Attributes:
        midsleep_min: chronotype: the middle of sleep on free days, minutes after local midnight (Roenneberg,
            Wirz-Justice & Merrow, J Biol Rhythms 2003;18:80-90).
        need_min: sleep that leaves no debt.
        alarm_min: the latest moment to get up on working days.
    """

    midsleep_min: float
    need_min: float
    alarm_min: float


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person lives.

    Attributes:
        sessions_per_week: workouts.
        sports: with how often each is chosen; sums to one.
        morning: chance that a workout is before work.
        steps: walked a day beside sports.
        meal_logging, weighing, answering, measuring: chances that a meal is logged, and that on a morning there is a
            weighing, an answer to the morning questions, a measurement by cuff (meter, thermometer).
        snacks: a day.
        weight_swing_kg: how far the weight drifts either way over `weight_period_days`, from `weight_phase` (0 to 1).
    """

    sessions_per_week: float
    sports: tuple[tuple[Sport, float], ...]
    morning: float
    steps: float
    meal_logging: float
    weighing: float
    answering: float
    measuring: float
    snacks: float
    weight_swing_kg: float
    weight_period_days: float
    weight_phase: float


class Change(Protocol):
    """Something that happens to a person."""

    def tell(self, person: "Person", day: date) -> "Person":
        """The person on a day; `person` is as it was before."""


@dataclass(frozen=True, slots=True)
class Person:
    """Everything about a person that does not change from day to day; with a story, as it is on one day.

    Attributes:
        seed, index: which person of which world; all chances come from these.
        user_id: a UUID.
        archetype: name of the way of living.
        home: the place; `lat`, `lng` of the front door.
        sensor_wear: of the watch's pulse sensor: 0 for a good one, 1 for one that is dead.
        story: what happens to them, if anything does; `base`: who they were before it.
    """

    seed: int
    index: int
    user_id: str
    archetype: str
    body: Body
    rhythm: Rhythm
    habits: Habits
    diet: Diet
    devices: Devices
    home: Place
    lat: float
    lng: float
    sensor_wear: float = 0.0
    story: Change | None = None
    base: "Person | None" = field(default=None, repr=False)

    def __hash__(self) -> int:
        return hash((self.seed, self.index))

    @classmethod
    def from_seed(cls, seed: int, index: int) -> Self:
        """The person of this seed (0 or more) and index (0 or more)."""
        rng = chances(seed, index, 0, Stream.PERSON)
        archetype = ARCHETYPES[_pick(rng, [each.share for each in ARCHETYPES])]
        body = _body(rng, archetype)
        home = PLACES[rng.integers(len(PLACES))]
        return cls(
            seed=seed,
            index=index,
            user_id=user_id(seed, index),
            archetype=archetype.name,
            body=body,
            rhythm=_rhythm(rng, body),
            habits=_habits(rng, archetype),
            diet=DIETS[_pick(rng, [0.40, 0.16, 0.14, 0.08, 0.14, 0.08])],
            devices=_devices(rng, body),
            home=home,
            lat=home.lat + rng.uniform(-0.02, 0.02),
            lng=home.lng + rng.uniform(-0.03, 0.03),
        )

    def on(self, day: date) -> "Person":
        """The person on a day (local)."""
        if self.story is None:
            return self
        base = self.base or self
        return replace(self.story.tell(base, day), base=base)

    def chances(self, day: int, stream: Stream) -> np.random.Generator:
        """The person's generator for a day (ordinal) and purpose."""
        return chances(self.seed, self.index, day, stream)


def _pick(rng: np.random.Generator, shares: list[float]) -> int:
    return int(np.searchsorted(np.cumsum(shares), rng.random() * sum(shares), side="right"))


def _body(rng: np.random.Generator, archetype: Archetype) -> Body:
    sex: Sex = "female" if rng.random() < 0.5 else "male"
    male = sex == "male"
    age = int(np.clip(rng.normal(39, 12), 18, 74))
    height = float(np.clip(rng.normal(177 if male else 164, 6.5), 148, 202))
    bmi = float(np.clip(rng.normal(archetype.bmi, 1.7), 18.8, 38))
    weight = bmi * (height / 100) ** 2
    # About 8 % a decade (FRIEND registry: Kaminsky et al., Mayo Clin Proc 2015;90:1515-1523).
    typical = (46 if male else 37) * (1 - 0.008 * (age - 25))
    vo2_max = float(np.clip(typical + archetype.fitness + rng.normal(0, 3), 18, 78))
    resting = float(np.clip(71 - 0.5 * (vo2_max - 35) + rng.normal(0, 3.5), 40, 84))
    # Falls with age (Umetani et al., J Am Coll Cardiol 1998;31:593-601), rises with fitness.
    hrv = 44 * np.exp(-0.016 * (age - 35) + 0.012 * (vo2_max - 38) + rng.normal(0, 0.28))
    systolic = 112 + 0.28 * (age - 25) + 0.7 * (bmi - 23) + (4 if male else 0) + rng.normal(0, 6)
    return Body(
        sex=sex,
        age=age,
        height_cm=round(height, 1),
        weight_kg=round(weight, 1),
        body_fat_pct=_body_fat(sex, weight, height, age, archetype.fitness),
        vo2_max=round(vo2_max, 1),
        resting_bpm=round(resting, 1),
        max_bpm=round(max_heart_rate(age) + float(np.clip(rng.normal(0, 6), -14, 14))),
        hrv_ms=round(float(np.clip(hrv, 14, 140)), 1),
        systolic=round(float(np.clip(systolic, 96, 158))),
        diastolic=round(float(np.clip(0.5 * systolic + 16 + rng.normal(0, 3), 56, 98))),
    )


def _body_fat(sex: Sex, weight: float, height: float, age: int, fitness: float) -> float:
    # The formula knows the average person of a body mass index; the trained are leaner.
    return round(max(body_fat_pct(sex, weight, height, age) - 0.4 * max(fitness, 0), 6.0), 1)


def _rhythm(rng: np.random.Generator, body: Body) -> Rhythm:
    midsleep = float(np.clip(rng.normal(255 - 1.2 * (body.age - 30), 45), 130, 380))
    need = float(np.clip(rng.normal(470, 28), 390, 545))
    return Rhythm(midsleep, need, alarm_min=float(np.clip(rng.normal(405, 28), 320, 480)))


def _habits(rng: np.random.Generator, archetype: Archetype) -> Habits:
    return Habits(
        sessions_per_week=float(rng.uniform(*archetype.sessions)),
        sports=archetype.sports,
        morning=float(rng.beta(1.2, 2.2)),
        steps=float(np.clip(rng.normal(archetype.steps, 1_300), 2_500, 13_000)),
        meal_logging=float(np.clip(rng.normal(archetype.logging, 0.06), 0.5, 1.0)),
        weighing=float(rng.uniform(0.35, 1.0)),
        answering=float(rng.uniform(0.55, 1.0)),
        measuring=float(rng.uniform(0.4, 0.95)),
        snacks=float(rng.uniform(0.4, 2.2)),
        weight_swing_kg=float(rng.uniform(0.4, 2.4)),
        weight_period_days=float(rng.uniform(240, 480)),
        weight_phase=float(rng.random()),
    )


def _devices(rng: np.random.Generator, body: Body) -> Devices:
    cycling = body.sex == "female" and body.age < 48
    return choose_devices(
        rng,
        cuff=0.25 + (0.5 if body.systolic > 128 else 0),
        glucose=0.08 + (0.12 if body.body_fat_pct > 32 else 0),
        thermometer=0.3 if cycling else 0.06,
    )
