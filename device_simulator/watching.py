"""What can be seen of a run while it goes on."""

from dataclasses import dataclass
from typing import Protocol

from device_simulator.tally import Tally


@dataclass(frozen=True, slots=True)
class Moment:
    """A run, just now.

    Attributes:
        phase: what it does, in a word or two.
        devices, connected: how many there are, and how many have a connection.
        in_flight: batches published and not settled yet.
        owed: batches whose moment has passed, and that could not leave yet.
    """

    phase: str
    devices: int
    connected: int
    in_flight: int
    owed: int


class Watched(Protocol):
    """A run that can be looked at."""

    tally: Tally

    def moment(self) -> Moment:
        """How it stands."""
