"""Who looks after devices, as a device sees them."""

from typing import TYPE_CHECKING, Protocol

from broker.options import SessionOptions
from device_simulator.flight import Habits
from device_simulator.ledger import Ledger
from device_simulator.parcel import Parcel
from device_simulator.tally import Tally

if TYPE_CHECKING:
    from device_simulator.device import Device


class Keeper(Protocol):
    """Who looks after a device."""

    tally: Tally
    ledger: Ledger | None
    habits: Habits

    def options(self, device: "Device") -> SessionOptions:
        """Of its next connection."""

    def next_parcel(self, device: "Device") -> Parcel | None:
        """What it publishes next, when only the moment was set; None: nothing more."""

    def renew(self, device: "Device") -> None:
        """Have it connect anew, since its last will has changed."""

    def on_open(self, device: "Device") -> None:
        """It has a connection."""

    def on_lost(self, device: "Device", error: Exception, *, was_open: bool) -> None:
        """It has none any more, or could not get one."""
