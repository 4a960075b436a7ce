"""Sports, and how their sessions are built: warm-up, work, rests between, cool-down."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Literal

from device_simulator.people.physiology import VO2_AT_REST, Sex, trimp_per_min

PartName = Literal["warm-up", "work", "rest", "cool-down"]
_LONGEST_PART_S = 900.0


class Effort(Enum):
    """What a session is meant to do."""

    EASY = "easy"
    LONG = "long"
    TEMPO = "tempo"
    INTERVALS = "intervals"
    LIFTING = "lifting"
    CALM = "calm"
    GAME = "game"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a session at one intensity.

    Attributes:
        name: what it is for.
        start_s: seconds after the session's start.
        seconds: its length.
        reserve: fraction of the heart rate reserve that it asks for.
    """

    name: PartName
    start_s: float
    seconds: float
    reserve: float


class Motion(Enum):
    """How a sport turns effort into speed."""

    NONE = "none"
    WALK = "walk"
    RUN = "run"
    RIDE = "ride"
    SWIM = "swim"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Sport:
    """What people do for exercise.

    Attributes:
        name: as in `type` of an exercise.
        motion: how effort becomes speed.
        efforts: what sessions of it are for, the usual first.
        minutes: shortest and longest usual session.
        outdoors: recorded with GPS.
        steps_per_min: that a watch counts meanwhile.
        cadence: steps, strokes or turns of the crank a minute; None: not measured.
        most_vo2: oxygen uptake beyond which nobody goes in it, ml/kg/min: the fit are not exhausted by a walk.
        pace: actual speed against that of the formula, which knows neither traffic nor rough ground.
    """

    name: str
    motion: Motion
    efforts: tuple[Effort, ...]
    minutes: tuple[int, int]
    outdoors: bool = False
    steps_per_min: float = 0.0
    cadence: float | None = None
    most_vo2: float | None = None
    pace: float = 1.0

    def ease(self, vo2_max: float) -> float:
        """Factor on the intensity of its sessions for a person of this fitness, to two digits."""
        if self.most_vo2 is None:
            return 1.0
        return min(round((self.most_vo2 - VO2_AT_REST) / (vo2_max - VO2_AT_REST) / 0.6, 2), 1.0)


_ENDURANCE = (Effort.EASY, Effort.INTERVALS, Effort.TEMPO)

RUNNING = Sport("Running", Motion.RUN, _ENDURANCE, (30, 70), outdoors=True, steps_per_min=166, cadence=166)
CYCLING = Sport("Cycling", Motion.RIDE, _ENDURANCE, (45, 100), outdoors=True, cadence=84, pace=0.88)
WALKING = Sport(
    "Walking", Motion.WALK, (Effort.EASY,), (35, 80), outdoors=True, steps_per_min=112, cadence=112, most_vo2=14
)
HIKING = Sport(
    "Hiking",
    Motion.WALK,
    (Effort.LONG,),
    (120, 300),
    outdoors=True,
    steps_per_min=98,
    cadence=98,
    most_vo2=21,
    pace=0.6,
)
SWIMMING = Sport("Swimming", Motion.SWIM, (Effort.EASY, Effort.INTERVALS), (30, 60), cadence=27)
ROWING = Sport("Rowing", Motion.ROW, (Effort.EASY, Effort.INTERVALS), (20, 45), cadence=24)
STRENGTH = Sport("Strength Training", Motion.NONE, (Effort.LIFTING,), (40, 75), steps_per_min=9)
YOGA = Sport("Yoga", Motion.NONE, (Effort.CALM,), (30, 75), steps_per_min=2)
FOOTBALL = Sport("Football", Motion.NONE, (Effort.GAME,), (60, 90), steps_per_min=88)


@lru_cache(maxsize=2048)
def parts(effort: Effort, minutes: int, ease: float = 1.0) -> tuple[Part, ...]:
    """How a session of this length is built. Parts follow one another without a gap.

    Args:
        effort: what it is for.
        minutes: its length.
        ease: factor on its intensity (`Sport.ease`).
    """
    total = minutes * 60.0
    match effort:
        case Effort.EASY:
            built = [_warm_up(0.15 * total, 0.46), ("work", 0.75 * total, 0.60), ("cool-down", 0.10 * total, 0.42)]
        case Effort.LONG:
            built = [_warm_up(0.08 * total, 0.44), ("work", 0.86 * total, 0.56), ("cool-down", 0.06 * total, 0.40)]
        case Effort.TEMPO:
            built = [_warm_up(0.28 * total, 0.52), ("work", 0.54 * total, 0.79), ("cool-down", 0.18 * total, 0.45)]
        case Effort.INTERVALS:
            built = _repeats(total, warm_up=(0.25, 0.52), work=(180, 0.90), rest=(120, 0.48), cool_down=(0.15, 0.43))
        case Effort.LIFTING:
            built = _repeats(total, warm_up=(0.12, 0.36), work=(45, 0.54), rest=(110, 0.32), cool_down=(0.08, 0.24))
        case Effort.CALM:
            built = [_warm_up(0.2 * total, 0.16), ("work", 0.65 * total, 0.25), ("cool-down", 0.15 * total, 0.10)]
        case Effort.GAME:
            built = _repeats(total, warm_up=(0.15, 0.45), work=(100, 0.80), rest=(70, 0.55), cool_down=(0.08, 0.35))
    return _timed(built, ease)


@lru_cache(maxsize=2048)
def mean_reserve(effort: Effort, minutes: int, ease: float = 1.0) -> float:
    """Mean intensity of a session, as a fraction of the heart rate reserve."""
    return sum(part.seconds * part.reserve for part in parts(effort, minutes, ease)) / (minutes * 60)


@lru_cache(maxsize=2048)
def training_load(effort: Effort, minutes: int, ease: float, sex: Sex) -> float:
    """Training impulse of a session (an easy hour is about 75, a hard one 150)."""
    return sum(part.seconds / 60 * trimp_per_min(part.reserve, sex) for part in parts(effort, minutes, ease))


_Stretch = tuple[PartName, float, float]


def _warm_up(seconds: float, reserve: float) -> _Stretch:
    return ("warm-up", seconds, reserve)


def _repeats(
    total: float,
    *,
    warm_up: tuple[float, float],
    work: tuple[float, float],
    rest: tuple[float, float],
    cool_down: tuple[float, float],
) -> list[_Stretch]:
    """Work and rest in turn, as often as they fit between warm-up and cool-down, which are fractions of the total."""
    between = total * (1 - warm_up[0] - cool_down[0])
    count = max(int(between // (work[0] + rest[0])), 1)
    spare = between / count / (work[0] + rest[0])
    built = [_warm_up(warm_up[0] * total, warm_up[1])]
    for _ in range(count):
        built += [("work", work[0] * spare, work[1]), ("rest", rest[0] * spare, rest[1])]
    return [*built, ("cool-down", cool_down[0] * total, cool_down[1])]


def _timed(built: list[_Stretch], ease: float) -> tuple[Part, ...]:
    # Long stretches are cut, so that drift within each is near enough to a straight line.
    timed: list[Part] = []
    start = 0.0
    for name, seconds, reserve in built:
        pieces = int(seconds // _LONGEST_PART_S) + 1
        for _ in range(pieces):
            timed.append(Part(name, start, seconds / pieces, reserve * ease))
            start += seconds / pieces
    return tuple(timed)
