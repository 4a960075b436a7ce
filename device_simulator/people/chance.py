"""Where a life's chances come from: one generator of random numbers for each person, day and purpose.

Nothing else in `people` is random, so the same seed gives the same lives, whichever day is asked for first and in
however many processes, with the same version of numpy (which may change a distribution's stream between versions).
"""

from enum import IntEnum
from uuid import UUID, uuid5

import numpy as np

_NAMESPACE = UUID("6f1b1c5e-3f0e-4c6b-9a51-70c1a6f0d0e7")


class Stream(IntEnum):
    """What the chances are for. Numbers are kept for good: a new purpose gets a new one."""

    PERSON = 0
    WEEK = 1
    NIGHT = 2
    BODY = 3
    MOVEMENT = 4
    HEART = 5
    MEALS = 6
    STRENGTH = 7
    VITALS = 8
    WELLNESS = 9
    UPLOADS = 10
    ROUTE = 11
    TRACK = 12
    TERRAIN = 13
    WORKOUT = 14
    SENSOR = 15
    READING = 16


def chances(seed: int, index: int, day: int, stream: Stream) -> np.random.Generator:
    """The generator of one person, day (an ordinal, or a smaller number for what holds for life) and purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, index, day, stream))))


def user_id(seed: int, index: int) -> str:
    """A person's id: a UUID that only (seed, index) decide."""
    return str(uuid5(_NAMESPACE, f"{seed}/{index}"))


def thing_id(owner: str, name: str) -> str:
    """The id of a person's meal, workout, batch, ...: a UUID that only owner and name decide."""
    return str(uuid5(_NAMESPACE, f"{owner}/{name}"))
