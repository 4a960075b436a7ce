"""Latencies, counted so that percentiles stay right to a fifth of a percent, however many there are.

A sparse HDR histogram (Gil Tene's High Dynamic Range histogram): a value is kept to its ten leading bits. What a
run of hours keeps is a few thousand numbers.
"""

from collections.abc import Mapping
from math import ceil

_KEPT_BITS = 10
_EXACT_BELOW = 1 << _KEPT_BITS

PERCENTILES: Mapping[str, float] = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p999": 99.9}


class Histogram:
    """Non-negative whole numbers; here always microseconds.

    Attributes:
        count: how many were recorded.
        total: their sum.
        max: the largest, exactly; 0 if there is none.
    """

    __slots__ = ("_counts", "count", "max", "total")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.max = 0

    def record_s(self, seconds: float) -> None:
        """Count a time; one before the clock began counts as 0."""
        self.record(int(seconds * 1e6) if seconds > 0 else 0)

    def record(self, value: int) -> None:
        """Count a value, 0 or more."""
        self.count += 1
        self.total += value
        if value > self.max:  # noqa: PLR1730  # three times as fast as max(), for every message
            self.max = value
        # A value stands for all that share its leading bits.
        place = value if value < _EXACT_BELOW else value >> (dropped := value.bit_length() - _KEPT_BITS) << dropped
        counts = self._counts
        counts[place] = counts.get(place, 0) + 1

    def percentiles(self, *wanted: float) -> list[int]:
        """For each wanted percentage, ascending: the value that so many percent do not exceed; 0 if there are none."""
        found: list[int] = []
        seen = 0
        places = iter(sorted(self._counts))
        place = 0
        for percent in wanted:
            rank = max(ceil(self.count * percent / 100), 1)
            while seen < rank and self.count:
                place = next(places)
                seen += self._counts[place]
            found.append(min(_highest(place), self.max))
        return found

    def summary_ms(self) -> dict[str, float]:
        """As in the report: `count`, `p50_ms`, `p90_ms`, `p99_ms`, `p999_ms`, `max_ms`."""
        values = self.percentiles(*PERCENTILES.values())
        named = {f"{name}_ms": value / 1000 for name, value in zip(PERCENTILES, values, strict=True)}
        return {"count": self.count, **named, "max_ms": self.max / 1000}


def _highest(place: int) -> int:
    """The largest value that is kept at this place."""
    return place if place < _EXACT_BELOW else place + (1 << place.bit_length() - _KEPT_BITS) - 1
