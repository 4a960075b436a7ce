"""Ways of living: how much one trains, in which sports, and how much one walks and logs."""

from dataclasses import dataclass

from device_simulator.people.sports import (
    CYCLING,
    FOOTBALL,
    HIKING,
    ROWING,
    RUNNING,
    STRENGTH,
    SWIMMING,
    WALKING,
    YOGA,
    Sport,
)


@dataclass(frozen=True, slots=True)
class Archetype:
    """A way of living, of which each person is a variation.

    Attributes:
        name: of the archetype.
        share: of all people.
        fitness: VO2 max above that of their age and sex, ml/kg/min.
        sessions: fewest and most sessions a week.
        sports: with how often each is chosen.
        steps: walked a day beside sports.
        bmi: typical body mass index, kg/m2.
        logging: chance that a meal is logged.
    """

    name: str
    share: float
    fitness: float
    sessions: tuple[float, float]
    sports: tuple[tuple[Sport, float], ...]
    steps: float
    bmi: float
    logging: float


_RUNNER = ((RUNNING, 0.8), (STRENGTH, 0.13), (YOGA, 0.07))
_CYCLIST = ((CYCLING, 0.8), (STRENGTH, 0.12), (RUNNING, 0.08))
_TRIATHLETE = ((RUNNING, 0.36), (CYCLING, 0.34), (SWIMMING, 0.3))
_LIFTER = ((STRENGTH, 0.78), (ROWING, 0.12), (WALKING, 0.1))
_ALL_ROUNDER = ((SWIMMING, 0.3), (YOGA, 0.3), (CYCLING, 0.2), (HIKING, 0.2))
_BEGINNER = ((WALKING, 0.6), (STRENGTH, 0.2), (RUNNING, 0.2))
_PLAYER = ((FOOTBALL, 0.5), (RUNNING, 0.25), (STRENGTH, 0.25))

ARCHETYPES = (
    Archetype("runner", 0.20, 9, (3, 6), _RUNNER, steps=6_800, bmi=22.0, logging=0.92),
    Archetype("cyclist", 0.13, 9, (3, 5), _CYCLIST, steps=5_200, bmi=22.8, logging=0.90),
    Archetype("triathlete", 0.10, 13, (6, 9), _TRIATHLETE, steps=6_000, bmi=22.2, logging=0.95),
    Archetype("lifter", 0.17, 3, (3, 5), _LIFTER, steps=6_200, bmi=25.6, logging=0.95),
    Archetype("all-rounder", 0.15, 1, (2, 3), _ALL_ROUNDER, steps=7_600, bmi=23.8, logging=0.88),
    Archetype("beginner", 0.15, -4, (1, 3), _BEGINNER, steps=5_000, bmi=29.0, logging=0.85),
    Archetype("player", 0.10, 5, (2, 4), _PLAYER, steps=7_200, bmi=24.0, logging=0.80),
)
