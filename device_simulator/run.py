"""A run: a scenario carried out by a fleet, from the first connection to the last receipt."""

import asyncio
import gc
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from pathlib import Path
from random import Random

from broker.options import Backoff
from device_simulator.address import Address
from device_simulator.clock import wall_ms
from device_simulator.deeds import Attack, Deed, Drop, DropAll, Sending, Status, Step
from device_simulator.device import Device
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import DEFAULT_REPEAT, Habits
from device_simulator.hostile import attack
from device_simulator.ledger import Ledger
from device_simulator.limits import require_room
from device_simulator.parcel import Parcel
from device_simulator.people.person import Person
from device_simulator.plan import until
from device_simulator.pump import Pump
from device_simulator.scenario import Scenario
from device_simulator.skew import skew_of, skewed
from device_simulator.sources import Source
from device_simulator.stopping import unless
from device_simulator.tally import Tally
from device_simulator.watching import Moment

CONNECTED_S = 30.0
"""So long after the last attempt began, all devices should be connected; then the plan begins without the others."""

_RARE_COLLECTIONS = (50_000, 20, 100)
"""Little that a run makes is in cycles; a pause would make thousands of devices late."""


class Phase(Enum):
    """Where a run is."""

    PREPARING = "preparing"
    CONNECTING = "connecting"
    RUNNING = "running"
    WAITING = "last receipts"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What is to be run, and against what.

    Attributes:
        scenario: what the devices do.
        address: the broker's.
        seed: same seed, same lives.
        start_index: of the first device; several machines take different ones.
        receipts: wait for receipts; else the PUBACK is the end of a batch.
        repeat: how long to wait for a receipt.
        pregenerate: make all batches before the first connection; only with a duration.
        grace_s: for the last receipts.
        ledger: file that keeps what was published; None: none.
        cast: by index, those to whom something happens.
    """

    scenario: Scenario
    address: Address
    seed: int = 1
    start_index: int = 0
    receipts: bool = True
    repeat: Backoff = DEFAULT_REPEAT
    pregenerate: bool = False
    grace_s: float = 10.0
    ledger: Path | None = None
    cast: Mapping[int, Person] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """One run. Others may read what it has come to at any time.

    Attributes:
        options: see there.
        tally: counts and times.
        phase: where it is.
        fleet: its devices, once there are any.
        ran_s, cpu_s: seconds from the start of the plan to its end, by the clock and of this process's work.
    """

    options: RunOptions
    tally: Tally = field(default_factory=Tally)
    phase: Phase = Phase.PREPARING
    fleet: Fleet | None = None
    ran_s: float = 0.0
    cpu_s: float = 0.0
    _chance: Random = field(init=False)
    _source: Source = field(init=False)
    _skews: dict[int, timedelta] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._chance = Random(self.options.seed)  # noqa: S311  # no secret; lives have chances of their own
        self._source = Source(
            self.options.scenario, self.options.seed, self.options.start_index, wall_ms(), self.options.cast
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until the plan has ended, or `stopping` is set; set a second time, it cuts the last receipts too.

        Raises:
            Misconfigured: the broker refuses everybody, or the machine has no room for so many connections.
        """
        scenario = self.options.scenario
        require_room(scenario.devices.count)
        ledger = Ledger(self.options.ledger, scenario.name, self.options.seed) if self.options.ledger else None
        try:
            fleet = self.fleet = self._gather(ledger)
            if await unless(stopping, fleet.probe()) and await unless(stopping, self._prepare()):
                await self._publish(fleet, stopping)
        finally:
            self.phase = Phase.ENDED
            if ledger is not None:
                ledger.close()

    async def _prepare(self) -> None:
        for _ in self._source.prepare(pregenerate=self.options.pregenerate):
            await asyncio.sleep(0)
        # What is here now stays: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_RARE_COLLECTIONS)

    def _gather(self, ledger: Ledger | None) -> Fleet:
        options = self.options
        habits = Habits(in_flight=options.scenario.devices.in_flight, repeat=options.repeat, receipts=options.receipts)
        fleet = Fleet(Ways(address=options.address), habits, self.tally, ledger=ledger, next_parcel=self._next_parcel)
        for index in self._source.indexes:
            fleet.add(index, self._source.user_id(index))
        return fleet

    async def _publish(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        scenario = self.options.scenario
        async with fleet:
            self.phase = Phase.CONNECTING
            if scenario.timing.pace == "return":
                connecting = asyncio.ensure_future(fleet.connect(scenario.devices.connect_rate))
                await self._carry_out(stopping)
                await connecting
            elif await unless(stopping, self._connect(fleet)):
                await self._carry_out(stopping)
            await self._wait_for_last(fleet, stopping)

    async def _connect(self, fleet: Fleet) -> None:
        await fleet.connect(self.options.scenario.devices.connect_rate)
        await fleet.wait_connected(CONNECTED_S)

    async def _carry_out(self, stopping: asyncio.Event) -> None:
        self.phase = Phase.RUNNING
        pump = Pump(self._steps(), self._act, self.tally.lateness, self._source.tell_on)
        began, worked_s = time.monotonic(), time.process_time()
        pump.start()
        await unless(stopping, pump.wait_done())
        pump.stop()
        self.ran_s, self.cpu_s = time.monotonic() - began, time.process_time() - worked_s

    def _steps(self) -> Iterator[Step]:
        steps = self._source.steps(self._chance)
        duration_s = self.options.scenario.timing.duration_s
        return steps if duration_s is None else until(steps, duration_s)

    async def _wait_for_last(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        self.phase = Phase.WAITING
        if stopping.is_set():
            stopping.clear()  # asked for once more, it means: at once
            for device in fleet.devices:
                device.forget()
        try:
            async with asyncio.timeout(self.options.grace_s):
                await unless(stopping, fleet.wait_empty())
        except TimeoutError:
            pass  # the report says how many are missing

    def moment(self) -> Moment:
        """How it stands."""
        devices = self.fleet.devices if self.fleet is not None else []
        return Moment(
            self.phase.value,
            self.options.scenario.devices.count,
            self.fleet.connected if self.fleet is not None else 0,
            sum(len(device.flights) for device in devices),
            sum(device.owed for device in devices),
        )

    # Steps

    def _next_parcel(self, device: Device) -> Parcel | None:
        found = self._source.next(device.index, device.cursor, wall_ms())
        if found is None:
            return None
        device.cursor, parcel = found
        return self._own_time(device.index, parcel) if self.options.scenario.faults.skew_s else parcel

    def _own_time(self, index: int, parcel: Parcel) -> Parcel:
        if index not in self._skews:
            self._skews[index] = skew_of(self.options.seed, index, self.options.scenario.faults.skew_s)
        return skewed(parcel, self._skews[index])

    def _act(self, due: float, number: int, deed: Deed) -> None:
        fleet = self.fleet
        assert fleet is not None  # noqa: S101  # the pump runs while there is one
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
                self._attack(device, deed)

    def _send(self, due: float, device: Device, sending: Sending) -> None:
        if sending is Sending.TWICE:
            device.owe(due)
            device.repeat_last()
            return
        earlier = self._next_parcel(device)
        device.owe(due)
        if earlier is not None:
            device.owe(due, earlier)

    def _attack(self, device: Device, deed: Attack) -> None:
        for topic, payload in attack(deed, device.user_id, self._chance):
            self.tally.attacks += device.attack(topic, payload)
