"""How far people are who live beside an installation."""

from dataclasses import dataclass
from typing import Literal

from device_simulator.tally import Tally


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a demo is.

    Attributes:
        phase: `back-fill` until everybody's past is published, then `live`.
        people, connected: how many there are, and how many have a connection.
        in_flight: batches published and without receipt.
        owed: batches whose moment has passed, and that could not leave yet.
        from_ms, lived_ms: the past begins there, and has been published up to there; milliseconds since 1970 UTC.
        now_ms: simulated time.
        tally: counts so far; goes on counting.
    """

    phase: Literal["back-fill", "live"]
    people: int
    connected: int
    in_flight: int
    owed: int
    from_ms: int
    lived_ms: int
    now_ms: int
    tally: Tally

    @property
    def share(self) -> float:
        """Part of the past that is published, 0 to 1."""
        if self.phase == "live":
            return 1.0
        return min((self.lived_ms - self.from_ms) / max(self.now_ms - self.from_ms, 1), 1.0)
