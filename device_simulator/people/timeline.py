"""A day as stretches of steady activity: asleep, at rest, walking, working out, recovering.

Heart rate and steps are both read from the stretches, so they agree with each other and with the workouts.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from device_simulator.people.chance import Stream
from device_simulator.people.nights import Night, Stage
from device_simulator.people.outline import Session
from device_simulator.people.physiology import VO2_AT_REST, stride_m
from device_simulator.people.speed import mean_speed
from device_simulator.people.today import Today

Context = Literal["resting", "active", "workout", "recovery", "sleep"]

_STEPS_PER_MIN = 105
_RECOVERY_S = 1_500.0
_QUIET_AFTER_WAKING_S = 1_200.0
_STAGE_BPM: dict[Stage, float] = {"light": -6.0, "deep": -8.0, "rem": -3.5, "awake": 3.0}
_SITTING_BPM = 8.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A while of one activity.

    Attributes:
        start_s: seconds after the day's start.
        end_s: first second beyond.
        context: as a heart rate sample says it.
        bpm: the heart rate that it asks for at its start; end_bpm: at its end.
        steps_per_min, metres_per_s: made meanwhile.
    """

    start_s: float
    end_s: float
    context: Context
    bpm: float
    end_bpm: float
    steps_per_min: float = 0.0
    metres_per_s: float = 0.0


def timeline(today: Today) -> list[Stretch]:
    """The whole day from its first second to its last, without gaps."""
    rng = today.person.chances(today.ordinal, Stream.MOVEMENT)
    chance: list[float] = rng.random(96).tolist()
    fixed = sorted(_fixed(today), key=lambda each: each.start_s)
    walks = _walks(today, fixed, chance[:48])
    busy = sorted([*fixed, *walks], key=lambda each: each.start_s)
    gaps = list(_gaps(busy, today.local.seconds))
    pottering = _pottering(today, walks, gaps)
    rests = _rests(today, gaps, pottering, chance[48:])
    return sorted([*busy, *rests], key=lambda each: each.start_s)


def asleep(night: Night, offset_s: float) -> Iterator[Stretch]:
    """The stages of a night; `offset_s` is its start against the day's."""
    for stage, start, seconds in night.stages:
        # The pulse sinks through the first two thirds of the night.
        sinking = 3.0 * (1 - min(1.5 * start / night.seconds, 1.0))
        bpm = night.resting_bpm + _STAGE_BPM[stage] + sinking
        yield Stretch(offset_s + start, offset_s + start + seconds, "sleep", bpm, bpm)


def working_out(today: Today, session: Session) -> list[Stretch]:
    """The parts of a workout, with the drift of the heart rate upwards: some percent in an hour, more in the unfit.

    Cardiovascular drift: Coyle & González-Alonso, Exerc Sport Sci Rev 2001;29:88-92.
    """
    body, resting = today.person.body, today.last_night.resting_bpm
    start, speed = today.start_s(session), mean_speed(today.person, session)
    reserve_bpm = body.max_bpm - resting
    stretches = []
    for part in today.parts(session):
        asked = part.reserve * reserve_bpm
        low = resting + asked * _drift(part.start_s, body.vo2_max)
        high = resting + asked * _drift(part.start_s + part.seconds, body.vo2_max)
        begin, end = start + part.start_s, start + part.start_s + part.seconds
        ceiling = body.max_bpm - 2
        steps = session.sport.steps_per_min
        stretches.append(Stretch(begin, end, "workout", min(low, ceiling), min(high, ceiling), steps, speed))
    return stretches


def _drift(second: float, vo2_max: float) -> float:
    most = 0.16 - 0.0014 * vo2_max
    return 1 + most * (1 - math.exp(-max(second - 600, 0) / 3_600))


def _fixed(today: Today) -> Iterator[Stretch]:
    nights = [*_night_of(today, today.last_night), *_night_of(today, today.next_night)]
    workouts = [part for session in today.outline.sessions for part in working_out(today, session)]
    ends = [today.start_s(session) + session.minutes * 60 for session in today.outline.sessions]
    calm = today.last_night.resting_bpm + _SITTING_BPM
    recoveries = [Stretch(end, end + _RECOVERY_S, "recovery", calm + 7, calm + 3, 3.0) for end in ends]
    for stretch in (*nights, *workouts, *recoveries):
        yield from _clipped(stretch, today.local.seconds)


def _night_of(today: Today, night: Night) -> Iterator[Stretch]:
    return asleep(night, (night.asleep - today.local.start) / timedelta(seconds=1))


def _clipped(stretch: Stretch, seconds: float) -> Iterator[Stretch]:
    start, end = max(stretch.start_s, 0.0), min(stretch.end_s, seconds)
    if end > start:
        yield Stretch(
            start, end, stretch.context, stretch.bpm, stretch.end_bpm, stretch.steps_per_min, stretch.metres_per_s
        )


def _walks(today: Today, fixed: list[Stretch], chance: list[float]) -> list[Stretch]:
    """Walks of a few minutes wherever they fit: most of the day's steps."""
    body = today.person.body
    minutes = 0.75 * today.outline.steps / _STEPS_PER_MIN
    count = min(max(int(minutes / 8), 3), 16)
    first, last = today.wake_s + _QUIET_AFTER_WAKING_S, min(today.bed_s, today.local.seconds) - 2_400
    easy = 8 / (body.vo2_max - VO2_AT_REST) * (body.max_bpm - today.last_night.resting_bpm)
    taken = [(each.start_s, each.end_s) for each in fixed]
    lengths = [0.4 + each for each in chance[16 : 16 + count]]
    walks = []
    for where, length, hurry in zip(chance[:count], lengths, chance[32 : 32 + count], strict=True):
        start = first + where * (last - first)
        end = start + 60 * minutes * length / sum(lengths)
        if end <= last and all(end <= other_start or start >= other_end for other_start, other_end in taken):
            taken.append((start, end))
            bpm = today.last_night.resting_bpm + easy * (0.85 + 0.45 * hurry)
            speed = _STEPS_PER_MIN / 60 * stride_m(body.height_cm)
            walks.append(Stretch(start, end, "active", bpm, bpm, _STEPS_PER_MIN, speed))
    return walks


def _gaps(busy: list[Stretch], seconds: float) -> Iterator[tuple[float, float]]:
    at = 0.0
    for stretch in busy:
        if stretch.start_s > at:
            yield at, stretch.start_s
        at = max(at, stretch.end_s)
    if seconds > at:
        yield at, seconds


def _pottering(today: Today, walks: Iterable[Stretch], gaps: Iterable[tuple[float, float]]) -> float:
    """Steps a minute about the house: what the walks have left of the day's steps."""
    walked = sum((walk.end_s - walk.start_s) / 60 * walk.steps_per_min for walk in walks)
    minutes = sum(end - start for start, end in gaps) / 60
    return max(today.outline.steps - walked, 0) / max(minutes, 60)


def _rests(
    today: Today, gaps: Iterable[tuple[float, float]], pottering: float, chance: list[float]
) -> Iterator[Stretch]:
    """Sitting and standing, in pieces of up to half an hour between which the pulse wanders."""
    resting, stride = today.last_night.resting_bpm, stride_m(today.person.body.height_cm)
    number = 0
    for start, end in gaps:
        pieces = int((end - start) // 1_800) + 1
        for piece in range(pieces):
            begin = start + (end - start) * piece / pieces
            bpm = resting + _sitting(today, begin) + 5 * (chance[number % len(chance)] - 0.5)
            number += 1
            yield Stretch(
                begin,
                start + (end - start) * (piece + 1) / pieces,
                "resting",
                bpm,
                bpm,
                pottering,
                pottering / 60 * stride,
            )


def _sitting(today: Today, second: float) -> float:
    """Bpm above rest: little just after waking, most in the late afternoon."""
    if 0 <= second - today.wake_s < _QUIET_AFTER_WAKING_S:
        return 3.0
    return _SITTING_BPM + 3.0 * math.cos(2 * math.pi * (second / 86_400 - 0.7))
