"""What the watch counts: steps and their way, half-hour by half-hour while its wearer is up."""

from collections.abc import Sequence

import numpy as np

from contract.items import Item
from device_simulator.people.heart import Floats
from device_simulator.people.timeline import Stretch
from device_simulator.people.today import Today
from device_simulator.people.wire import Steps

BIN_S = 1_800
_STEPS_PER_FLOOR = 900


def steps(today: Today, stretches: Sequence[Stretch]) -> list[tuple[float, Item]]:
    """Each half-hour with any steps: (second at which it ends, item). The last second of the day is still the day's."""
    edges = np.append(np.arange(0, today.local.seconds, BIN_S), today.local.seconds)
    ends = [each.end_s for each in stretches]
    rates = [(each.steps_per_min / 60, each.metres_per_s * (each.steps_per_min > 0)) for each in stretches]
    seconds = np.array([each.end_s - each.start_s for each in stretches])
    made = np.cumsum(np.array(rates) * seconds[:, None], axis=0)
    counts = _binned(edges, ends, made[:, 0])
    metres = _binned(edges, ends, made[:, 1])
    return [
        (
            end,
            Steps(
                time=min(end, today.local.seconds - 1),
                steps=count,
                distance_m=distance,
                floors=count // _STEPS_PER_FLOOR,
            ),
        )
        for end, count, distance in zip(edges[1:].tolist(), counts, metres, strict=True)
        if count
    ]


def _binned(edges: Floats, ends: Sequence[float], made: Floats) -> list[int]:
    """What was made in each bin; rounded so that the bins' sum is the day's."""
    upto = np.interp(edges, [0.0, *ends], [0.0, *made])
    whole: list[int] = np.diff(np.rint(upto)).astype(int).tolist()
    return whole
