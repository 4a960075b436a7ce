"""Heart-rate zones; the time in each is that of the minutes whose mean is in it (`insights.daily`).

Five zones, each a tenth: from 50, 60, 70, 80 and 90 % of the maximum, or of the reserve between rest and maximum
(Karvonen, Kentala & Mustala, Ann Med Exp Biol Fenn 1957;35:307-315). The tenths are a convention, the same that most
watches use; they are no measured thresholds.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, Self

SHARES = (0.5, 0.6, 0.7, 0.8, 0.9)

Method = Literal["maximum", "reserve"]


@dataclass(frozen=True, slots=True)
class Zones:
    """Where each zone begins.

    Attributes:
        method: by maximum or by reserve.
        from_bpm: lowest heart rate of zones 1 to 5, ascending, bpm.
        max_bpm: end of zone 5.
    """

    method: Method
    from_bpm: tuple[float, ...]
    max_bpm: float

    @classmethod
    def by_maximum(cls, max_bpm: float) -> Self:
        """Zones by the share of the maximum.

        Raises:
            ValueError: the maximum is not above 0.
        """
        if not max_bpm > 0:
            raise ValueError("a maximum heart rate is above 0")
        return cls("maximum", tuple(share * max_bpm for share in SHARES), max_bpm)

    @classmethod
    def by_reserve(cls, max_bpm: float, resting_bpm: float) -> Self:
        """Zones by the share of the reserve, on top of the heart rate at rest.

        Raises:
            ValueError: the heart rate at rest is not above 0 and below the maximum.
        """
        if not 0 < resting_bpm < max_bpm:
            raise ValueError("a resting heart rate is above 0 and below the maximum")
        reserve = max_bpm - resting_bpm
        return cls("reserve", tuple(resting_bpm + share * reserve for share in SHARES), max_bpm)

    def zone(self, bpm: float) -> int:
        """The zone of a heart rate, 1 to 5; 0 below zone 1. Above the maximum it is 5."""
        return bisect_right(self.from_bpm, bpm)


def estimated_maximum(age: float) -> float:
    """Maximum heart rate in bpm by age in years: 208 - 0.7 age.

    Tanaka, Monahan & Seals, J Am Coll Cardiol 2001;37:153-156. People of one age differ by about 10 bpm either way (the
    formula's standard error); a measured one is better.
    """
    return 208 - 0.7 * age
