"""What a device may do at a moment, other than to publish the next batch of its life: values only."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from device_simulator.parcel import Parcel


class Sending(Enum):
    """Another way to send the next batch."""

    TWICE = auto()
    SWAPPED = auto()
    """After the one that follows it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Lose the connection for so many seconds."""

    away_s: float


@dataclass(frozen=True, slots=True)
class DropAll:
    """Everybody loses the connection at this moment."""


@dataclass(frozen=True, slots=True)
class Status:
    """Tell the retained status: battery in percent."""

    battery_pct: int


class Attack(Enum):
    """Something that is to be refused, and must do no harm."""

    MALFORMED = "malformed"
    OVERSIZE = "oversize"
    WRONG_TOPIC = "wrong topic"
    TOO_FAST = "too fast"


Deed: TypeAlias = Parcel | Sending | Drop | DropAll | Status | Attack | None
"""None: publish the next batch of the device's life. A parcel: publish this one."""

Step: TypeAlias = tuple[float, int, Deed]
"""Seconds after the start, number of the device, what it does."""
