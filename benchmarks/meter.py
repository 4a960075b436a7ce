"""What the parts cost while something runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.part import Part

QUIET_SHARE = 0.05
"""Of one core: a part that takes less is doing nothing worth mentioning."""
QUIET_S = 0.5


class Meter:
    """Processor time of some parts from when this was made.

    Args:
        parts: whose times are added up.
    """

    def __init__(self, *parts: Part) -> None:
        self._parts = parts
        self._before_s = self._now_s()

    @property
    def cpu_s(self) -> float:
        """User and system, in seconds."""
        return self._now_s() - self._before_s

    def _now_s(self) -> float:
        return sum(part.usage().cpu_s for part in self._parts)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time, in seconds.

    Attributes:
        ingestor: of all ingestors.
        broker: Mosquitto's, from the first publish to the last receipt.
        database: InfluxDB's, until it has become quiet again.
    """

    ingestor: float
    broker: float
    database: float

    def us_per(self, batches: int) -> "Cost":
        """In microseconds a batch."""
        return Cost(*(value / batches * 1e6 for value in (self.ingestor, self.broker, self.database)))


async def settle(parts: Sequence[Part], timeout_s: float = 30) -> None:
    """Wait until these parts have nothing left to do, so that one phase doesn't pay for another."""
    for _ in range(int(timeout_s / QUIET_S)):
        meter = Meter(*parts)
        await asyncio.sleep(QUIET_S)
        if meter.cpu_s < QUIET_SHARE * QUIET_S:
            return
