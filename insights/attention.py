"""Who needs a coach today, and why: signs, ranked.

The severity of people is compared by the chance that at least one of their concerns is what it looks like, if each
severity were a chance of its own: 1 - (1 - s1)(1 - s2)... Several small concerns weigh as much as a large one; praise
weighs nothing, and is told all the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod

from numpy.typing import ArrayLike

from insights import arrivals, condition, repeating
from insights.signs import Days, Sign

RULES = (
    arrivals.nothing_arrives,
    condition.not_recovering,
    condition.pressure_rising,
    condition.pressure_high,
    arrivals.sensor_failing,
    repeating.sensor_repeating,
    arrivals.stopped_logging,
    condition.weight_changing,
    condition.short_of_sleep,
    condition.load_jump,
    condition.improving,
)
_REPLACES = {"pressure_rising": "pressure_high", "nothing_arrives": "sensor_failing"}


@dataclass(frozen=True, slots=True)
class Attention:
    """What to look at in one person.

    Attributes:
        signs: concerns first, the most severe first; then praise.
        score: 0 to 1, by which a roster is ranked, highest first.
    """

    signs: tuple[Sign, ...]
    score: float


def attention(columns: Mapping[str, ArrayLike], *, since: Collection[str] = (), is_adult: bool = True) -> Attention:
    """What a person's days show.

    Args:
        columns: daily series of the same days by column of the daily summary; best 70 days and more (6 weeks for
            trends, and 4 before a silence). The last day must be one that has ended, else its sums are too small.
        since: columns that have a value of a later day already: their silence is over.
        is_adult: rules that were made for adults are about this person.

    Raises:
        ValueError: not daily series, or of different lengths.
    """
    lived = Days(columns, since, is_adult=is_adult)
    found = [sign for rule in RULES if (sign := rule(lived)) is not None]
    needless = {_REPLACES.get(sign.code) for sign in found}
    told = [sign for sign in found if sign.code not in needless]
    told.sort(key=lambda sign: (sign.tone != "concern", -sign.severity, sign.code))
    score = 1 - prod(1 - sign.severity for sign in told if sign.tone == "concern")
    return Attention(tuple(told), score)
