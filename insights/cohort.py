"""A group's figures, told only where they give no person away.

A percentile is told only if the group has a minimum size and enough people lie on either side of it
(`contract.conventions`). The board of the group asks the databases by the same rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contract.conventions import MINIMUM_GROUP, MINIMUM_TAIL
from insights.series import daily, known

POINTS = (10.0, 25.0, 50.0, 75.0, 90.0)


@dataclass(frozen=True, slots=True)
class Cohort:
    """A group's figures.

    Attributes:
        people: how many have a value.
        percentiles: value by percentile (0 to 100), ascending, in the unit of the values; those that too few people
            lie beyond are left out.
    """

    people: int
    percentiles: Mapping[float, float]


def cohort(
    values: ArrayLike,
    *,
    points: Sequence[float] = POINTS,
    minimum: int = MINIMUM_GROUP,
    tail: int = MINIMUM_TAIL,
) -> Cohort | None:
    """Percentiles of a group, one value a person (NaN: none); None below the minimum group size.

    Linear between neighbours (type 7 of Hyndman & Fan, Am Stat 1996;50:361-365).

    Args:
        values: one a person.
        points: percentiles asked for, 0 to 100.
        minimum: people with a value.
        tail: people that must lie on either side of a percentile.

    Raises:
        ValueError: the values have more than one dimension, or a percentile is out of its bounds.
    """
    if any(not 0 <= point <= 100 for point in points):
        raise ValueError("percentiles are from 0 to 100")
    there = known(daily(values))
    if len(there) < max(minimum, 1):
        return None
    told = sorted(point for point in points if min(point, 100 - point) / 100 * len(there) >= tail)
    return Cohort(len(there), {point: float(np.percentile(there, point)) for point in told})


def rank(value: float, values: ArrayLike, *, minimum: int = MINIMUM_GROUP) -> float | None:
    """Share of a group below a value, 0 to 100, equal ones counted half; None below the minimum group size.

    Raises:
        ValueError: the values have more than one dimension.
    """
    there = known(daily(values))
    if len(there) < max(minimum, 1) or np.isnan(value):
        return None
    below = np.count_nonzero(there < value) + np.count_nonzero(there == value) / 2
    return 100 * float(below) / len(there)
