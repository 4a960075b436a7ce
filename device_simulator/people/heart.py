"""The heart rate as it follows the activity: first-order, quicker up than down, and slower in the unfit.

A stretch asks for a heart rate that is steady or a straight line; the heart approaches it exponentially. That has a
closed form, so one curve gives the same values whether it is read every five minutes or every second.
Kinetics: Bunc, Heller & Leso, J Sports Sci 1988;6:39-48.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from device_simulator.people.person import Person
from device_simulator.people.timeline import Stretch

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HeartCurve:
    """Heart rate over a day, without the noise of a sensor. One element for each stretch.

    Attributes:
        start_s: seconds after the day's start.
        level: bpm that the curve approaches, at the start; slope: bpm a second of that.
        gap: bpm still missing (or too many) at the start; tau_s: seconds in which it falls to 37 %.
    """

    start_s: Floats
    level: Floats
    slope: Floats
    gap: Floats
    tau_s: Floats

    @classmethod
    def of(cls, person: Person, stretches: Sequence[Stretch]) -> Self:
        """The curve of a day; the first stretch has had its time before."""
        on, off = time_constants(person)
        rows = np.empty((5, len(stretches)))
        bpm = stretches[0].bpm
        for number, each in enumerate(stretches):
            seconds = each.end_s - each.start_s
            slope = (each.end_bpm - each.bpm) / seconds
            tau = on if each.bpm > bpm else off
            level = each.bpm - slope * tau
            gap = bpm - level
            rows[:, number] = each.start_s, level, slope, gap, tau
            bpm = level + slope * seconds + gap * math.exp(-seconds / tau)
        return cls(*rows)

    def at(self, second: Floats) -> Floats:
        """Bpm at these seconds after the day's start."""
        which = self.stretch(second)
        since = second - self.start_s[which]
        return self.level[which] + self.slope[which] * since + self.gap[which] * np.exp(-since / self.tau_s[which])

    def stretch(self, second: Floats) -> NDArray[np.intp]:
        """Which stretch each of these seconds lies in."""
        return np.maximum(np.searchsorted(self.start_s, second, side="right") - 1, 0)


def time_constants(person: Person) -> tuple[float, float]:
    """Seconds for going up and for coming down: about 35 and 75, less in the fit."""
    vo2_max = person.body.vo2_max
    return min(max(55 - 0.5 * vo2_max, 20), 50), min(max(125 - 1.1 * vo2_max, 45), 110)
