"""The pace `life`: people live beside an installation (`device_simulator.demo`), as a run that can be looked at."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from device_simulator.address import Address
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.fleet import Fleet, Ways
from device_simulator.flight import Habits
from device_simulator.ledger import Ledger
from device_simulator.limits import require_room
from device_simulator.people.chance import user_id
from device_simulator.progress import Progress
from device_simulator.stopping import unless
from device_simulator.tally import Tally
from device_simulator.watching import Moment


@dataclass(slots=True)
class LivedRun:
    """One run of people who live.

    Attributes:
        options: who, and where.
        duration_s: real seconds; None: until `stopping`.
        ledger: file that keeps what was published; None: none.
        tally: counts and times.
    """

    options: DemoOptions
    duration_s: float | None
    ledger: Path | None
    tally: Tally = field(default_factory=Tally)
    ran_s: float = 0.0
    _progress: Progress | None = None

    def moment(self) -> Moment:
        """How it stands."""
        now = self._progress
        if now is None:
            return Moment("preparing", self.options.people, 0, 0, 0)
        return Moment(f"{now.phase} {now.share:.0%}", now.people, now.connected, now.in_flight, now.owed)

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until it is asked to stop.

        Raises:
            BrokerUnavailable: the broker is not there.
            Misconfigured: the broker refuses everybody, or the machine has no room for so many connections.
        """
        require_room(self.options.people)
        if not await unless(stopping, self._probe()):
            return
        ledger = Ledger(self.ledger, "lives", self.options.seed) if self.ledger else None
        began = monotonic()
        try:
            await run_demo(
                self.options,
                self._hear,
                duration_s=self.duration_s,
                stopping=stopping,
                tally=self.tally,
                ledger=ledger,
            )
        finally:
            self.ran_s = monotonic() - began
            if self._progress is not None:
                self.tally.unsettled, self.tally.unsent = self._progress.in_flight, self._progress.owed
            if ledger is not None:
                ledger.close()

    async def _probe(self) -> None:
        """Who asks for a run wants to hear at once that there is no broker; a house that starts would wait for it."""
        who = self.options
        fleet = Fleet(Ways(address=Address.parse(who.broker, who.credentials, who.certificates)), Habits(), self.tally)
        fleet.add(who.first_index, user_id(who.seed, who.first_index))
        await fleet.probe()

    def _hear(self, progress: Progress) -> None:
        self._progress = progress
