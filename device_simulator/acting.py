"""Carries the steps of a plan out: what a deed means for the device that it is for."""

from datetime import timedelta
from random import Random

from device_simulator.clock import wall_ms
from device_simulator.deeds import Attack, Deed, Drop, DropAll, Sending, Status
from device_simulator.device import Device
from device_simulator.fleet import Fleet
from device_simulator.hostile import attack
from device_simulator.parcel import Parcel
from device_simulator.skew import skew_of, skewed
from device_simulator.sources import Source


class Director:
    """Tells devices what to do, and what to publish next.

    Args:
        source: of the batches.
        seed: of the devices' clocks.
        skew_s: these are wrong by up to so much.
        chance: chooses attacks.
    """

    def __init__(self, source: Source, seed: int, skew_s: float, chance: Random) -> None:
        self._source, self._seed, self._skew_s, self._chance = source, seed, skew_s, chance
        self._skews: dict[int, timedelta] = {}

    def next_parcel(self, device: Device) -> Parcel | None:
        """The next batch of a device's life; None: there is no more."""
        found = self._source.next(device.index, device.cursor, wall_ms())
        if found is None:
            return None
        device.cursor, parcel = found
        return skewed(parcel, self._skew(device.index)) if self._skew_s else parcel

    def act(self, fleet: Fleet, due: float, number: int, deed: Deed) -> None:
        """Have a device of the fleet do something that was due at a moment (`time.monotonic`)."""
        device = fleet.devices[number]
        if deed is None or isinstance(deed, Parcel):
            device.owe(due, deed)
            return
        match deed:
            case Sending():
                self._send(due, device, deed)
            case Drop():
                device.drop(deed.away_s)
            case DropAll():
                fleet.drop_all()
            case Status():
                device.tell_battery(deed.battery_pct)
            case Attack():
                for topic, payload in attack(deed, device.user_id, self._chance):
                    fleet.tally.attacks += device.attack(topic, payload)

    def _skew(self, index: int) -> timedelta:
        if index not in self._skews:
            self._skews[index] = skew_of(self._seed, index, self._skew_s)
        return self._skews[index]

    def _send(self, due: float, device: Device, sending: Sending) -> None:
        if sending is Sending.TWICE:
            device.owe(due)
            device.repeat_last()
            return
        earlier = self.next_parcel(device)
        device.owe(due)
        if earlier is not None:
            device.owe(due, earlier)
