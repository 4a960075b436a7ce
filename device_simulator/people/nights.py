"""Nights: stages of sleep in cycles, and what pulse and HRV answer to load and debt of sleep."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from device_simulator.people.chance import Stream
from device_simulator.people.localday import LocalDay
from device_simulator.people.outline import outline
from device_simulator.people.person import Person
from device_simulator.people.state import State

Stage = Literal["light", "deep", "rem", "awake"]
_CYCLE_S = 5_400.0


@dataclass(frozen=True, slots=True)
class Night:
    """A night, named by the day on which it ends.

    Attributes:
        asleep: when the person fell asleep, UTC.
        seconds: until waking.
        stages: each with its start in seconds after falling asleep and its length; without gaps.
        resting_bpm: what the heart rate at rest is, this night and the day after.
        hrv_ms: RMSSD of the night.
    """

    asleep: datetime
    seconds: float
    stages: tuple[tuple[Stage, float, float], ...]
    resting_bpm: float
    hrv_ms: float

    @property
    def awake(self) -> datetime:
        """When the person woke, UTC."""
        return self.asleep + timedelta(seconds=self.seconds)

    def minutes(self, stage: Stage) -> int:
        """Length of a stage in all, in whole minutes."""
        return int(sum(seconds for name, _, seconds in self.stages if name == stage) / 60)


def night(person: Person, waking: date, state: State) -> Night:
    """The night that ends on a date; `state` is that of its morning."""
    evening = waking - timedelta(days=1)
    zone = person.home.tz
    before, after = LocalDay.of(evening, zone), LocalDay.of(waking, zone)
    asleep = before.moment(before.second(outline(person, evening).bed_min))
    awake = after.moment(after.second(outline(person, waking).wake_min))
    seconds = (awake - asleep).total_seconds()
    rng = person.chances(waking.toordinal(), Stream.NIGHT)
    cycles = max(round(seconds / _CYCLE_S), 2)
    uniform: list[list[float]] = rng.random((cycles, 4)).tolist()
    pulse, variability = rng.standard_normal(2).tolist()
    return Night(
        asleep,
        seconds,
        _stages(person, seconds, uniform),
        resting_bpm=max(person.body.resting_bpm + _pulse_answer(state) + 0.8 * pulse, 34.0),
        hrv_ms=min(max(person.body.hrv_ms * math.exp(_hrv_answer(state) + 0.07 * variability), 6.0), 250.0),
    )


def _hrv_answer(state: State) -> float:
    """Change of ln RMSSD: down by a fifth after a day twice as hard as usual, and with each 5 h of debt of sleep.

    Direction and size: Plews et al., Sports Med 2013;43:773-781; Stanley, Peake & Buchheit, Sports Med
    2013;43:1259-1277.
    """
    return -0.24 * (state.strain_ratio - 0.9) - 0.045 * (state.sleep_debt_h - 1)


def _pulse_answer(state: State) -> float:
    """Change of the heart rate at rest, bpm: the mirror of the vagus."""
    return 2.6 * (state.strain_ratio - 0.9) + 0.6 * (state.sleep_debt_h - 1)


def _stages(person: Person, seconds: float, uniform: list[list[float]]) -> tuple[tuple[Stage, float, float], ...]:
    """Cycles of about 90 minutes, deep sleep early in the night, REM late.

    Norms by age: Ohayon et al., Sleep 2004;27:1255-1273.
    """
    cycles = len(uniform)
    stages: list[tuple[Stage, float, float]] = []
    start = 0.0
    for number, chance in enumerate(uniform):
        for stage, share in _cycle(person.body.age, number / (cycles - 1), chance):
            length = share * seconds / cycles
            stages.append((stage, start, length))
            start += length
    return tuple(stages)


def _cycle(age: int, progress: float, chance: list[float]) -> tuple[tuple[Stage, float], ...]:
    """The shares of one cycle; `progress` is 0 in the first of the night and 1 in the last."""
    deep = max((0.36 - 0.33 * progress) * (0.75 + 0.5 * chance[0]) * (1 - 0.008 * (age - 30)), 0.01)
    rem = (0.10 + 0.25 * progress) * (0.75 + 0.5 * chance[1])
    awake = (0.035 + 0.0012 * (age - 18)) * (0.3 + 1.4 * chance[2])
    light = 1 - deep - rem - awake
    split = 0.35 + 0.3 * chance[3]
    return (
        ("light", light * split),
        ("deep", deep),
        ("light", light * (1 - split)),
        ("rem", rem),
        ("awake", awake),
    )
