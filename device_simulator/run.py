"""A run: a scenario carried out by a fleet, from the first connection to the last receipt."""

import asyncio
import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from pathlib import Path
from random import Random

from broker.options import Backoff
from device_simulator.acting import Director
from device_simulator.address import Address
from device_simulator.clock import wall_ms
from device_simulator.deeds import Step
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import DEFAULT_REPEAT, Habits
from device_simulator.ledger import Ledger
from device_simulator.limits import require_room
from device_simulator.people.person import Person
from device_simulator.plan import until
from device_simulator.pump import Pump
from device_simulator.scenario import Scenario
from device_simulator.sources import Source
from device_simulator.stopping import first_of, unless
from device_simulator.tally import Tally
from device_simulator.watching import Moment

CONNECTED_S = 30.0
"""So long after the last attempt began, all devices should be connected; then the plan begins without the others."""

LAST_RECEIPTS_S = 10.0
"""So long the last receipts are waited for when a run was asked to stop."""

_LOOK_EVERY_S = 0.1
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
        grace_s: after the end of the plan, answers are waited for until none has come for so long.
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
    grace_s: float = DEFAULT_REPEAT.first_s + 1.0
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
        connecting_s: seconds from the first connection's beginning to the last's being there.
        ran_s: seconds from the start of the plan until the last batch has left.
        cpu_s: of this process's work from the start of the plan to its end.
    """

    options: RunOptions
    tally: Tally = field(default_factory=Tally)
    phase: Phase = Phase.PREPARING
    fleet: Fleet | None = None
    connecting_s: float = 0.0
    ran_s: float = 0.0
    cpu_s: float = 0.0
    _chance: Random = field(init=False)
    _source: Source = field(init=False)
    _director: Director = field(init=False)
    _prepared: float = 0.0
    _began_s: float = 0.0

    def __post_init__(self) -> None:
        self._chance = Random(self.options.seed)  # noqa: S311  # no secret; lives have chances of their own
        self._source = Source(
            self.options.scenario, self.options.seed, self.options.start_index, wall_ms(), self.options.cast
        )
        skew_s = self.options.scenario.faults.skew_s
        self._director = Director(self._source, self.options.seed, skew_s, self._chance)

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until the plan has ended, or `stopping` is set; set a second time, it cuts the last receipts too.

        Raises:
            Misconfigured: the broker refuses everybody, or the machine has no room for so many connections.
        """
        options = self.options
        require_room(options.scenario.devices.count)
        fleet = self.fleet = self._gather()
        try:
            if await unless(stopping, fleet.probe()):
                # Not before: who mistypes the broker's address may still want the ledger of the run before.
                if options.ledger is not None:
                    fleet.ledger = Ledger(options.ledger, options.scenario.name, options.seed)
                if await unless(stopping, self._prepare()):
                    await self._publish(fleet, stopping)
        finally:
            self.phase = Phase.ENDED
            if fleet.ledger is not None:
                fleet.ledger.close()

    async def _prepare(self) -> None:
        for share in self._source.prepare(pregenerate=self.options.pregenerate):
            self._prepared = share
            await asyncio.sleep(0)
        # What is here now stays: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_RARE_COLLECTIONS)

    def _gather(self) -> Fleet:
        options = self.options
        habits = Habits(in_flight=options.scenario.devices.in_flight, repeat=options.repeat, receipts=options.receipts)
        fleet = Fleet(Ways(address=options.address), habits, self.tally, next_parcel=self._director.next_parcel)
        for index in self._source.indexes:
            fleet.add(index, self._source.user_id(index))
        return fleet

    async def _publish(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        scenario = self.options.scenario
        async with fleet:
            self.phase = Phase.CONNECTING
            if scenario.timing.pace == "return":
                async with asyncio.TaskGroup() as group:
                    group.create_task(unless(stopping, fleet.connect(scenario.devices.connect_rate)))
                    await self._carry_out(fleet, stopping)
            elif await unless(stopping, self._connect(fleet)):
                await self._carry_out(fleet, stopping)
            await self._wait_for_last(fleet, stopping)

    async def _connect(self, fleet: Fleet) -> None:
        began = time.monotonic()
        await fleet.connect(self.options.scenario.devices.connect_rate)
        await fleet.wait_connected(CONNECTED_S)
        self.connecting_s = time.monotonic() - began

    async def _carry_out(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        self.phase = Phase.RUNNING
        pump = Pump(self._steps(), partial(self._director.act, fleet), self.tally.lateness, self._source.tell_on)
        self._began_s, worked_s = time.monotonic(), time.process_time()
        pump.start()
        await unless(stopping, pump.wait_done())
        pump.stop()
        self.ran_s, self.cpu_s = time.monotonic() - self._began_s, time.process_time() - worked_s

    def _steps(self) -> Iterator[Step]:
        steps = self._source.steps(self._chance)
        duration_s = self.options.scenario.timing.duration_s
        return steps if duration_s is None else until(steps, duration_s)

    async def _wait_for_last(self, fleet: Fleet, stopping: asyncio.Event) -> None:
        self.phase = Phase.WAITING
        limit_s = None
        if stopping.is_set():
            stopping.clear()  # asked for once more, it means: at once
            limit_s = LAST_RECEIPTS_S
            self.tally.unsent = sum(device.forget() for device in fleet.devices)
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await unless(stopping, first_of(fleet.wait_empty(), self._wait_silent()))
        self.ran_s = max(self.ran_s, self.tally.newest_s - self._began_s)
        self.tally.unsent += sum(device.owed for device in fleet.devices)
        self.tally.unsettled = sum(len(device.flights) for device in fleet.devices)

    async def _wait_silent(self) -> None:
        """Until no answer has come for `grace_s`."""
        heard, since = -1, time.monotonic()
        while time.monotonic() < since + self.options.grace_s:
            if heard != (now := self.tally.puback.count + self.tally.receipted):
                heard, since = now, time.monotonic()
            await asyncio.sleep(_LOOK_EVERY_S)

    def moment(self) -> Moment:
        """How it stands."""
        devices = self.fleet.devices if self.fleet is not None else []
        phase = self.phase.value + (f" {self._prepared:.0%}" if self.phase is Phase.PREPARING else "")
        return Moment(
            phase,
            self.options.scenario.devices.count,
            self.fleet.connected if self.fleet is not None else 0,
            sum(len(device.flights) for device in devices),
            sum(device.owed for device in devices),
        )
