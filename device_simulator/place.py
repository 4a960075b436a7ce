"""Where a run takes place and who takes part: what the command line says beside the scenario."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from device_simulator.address import Address
from device_simulator.demo import DemoOptions
from device_simulator.enrolled import people
from device_simulator.lived import LivedRun
from device_simulator.people.person import Person
from device_simulator.run import Run, RunOptions
from device_simulator.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """See above.

    Attributes:
        broker: URL.
        certificates: folder of the devices' certificates; None: they show none.
        seed: same seed, same lives.
        start_index: of the first device.
        ledger, diary: files; None: none.
        cast: by index, those to whom something happens.
    """

    broker: str
    certificates: Path | None = None
    seed: int = 1
    start_index: int = 0
    ledger: Path | None = None
    diary: Path | None = None
    cast: Mapping[int, Person] = field(default_factory=dict)

    def run(self, scenario: Scenario, *, receipts: bool, pregenerate: bool) -> Run | LivedRun:
        """A scenario's run.

        Raises:
            Misconfigured: the broker's URL or the certificates can't be used.
        """
        if scenario.timing.pace == "life":
            return LivedRun(self.demo(scenario), scenario.timing.duration_s, self.ledger)
        options = RunOptions(
            scenario=scenario,
            address=Address.parse(self.broker, certificates=self.certificates),
            seed=self.seed,
            start_index=self.start_index,
            receipts=receipts,
            pregenerate=pregenerate,
            ledger=self.ledger,
            cast=self.cast,
        )
        return Run(options)

    def demo(self, scenario: Scenario) -> DemoOptions:
        """A scenario of people who live on."""
        return DemoOptions(
            broker=self.broker,
            certificates=self.certificates,
            people=scenario.devices.count,
            first_index=self.start_index,
            seed=self.seed,
            days=scenario.content.past_days,
            speed=scenario.timing.speed,
            diary=self.diary,
            in_flight=scenario.devices.in_flight,
            cast=self.cast,
        )


def usual_broker(certificates: Path | None) -> str:
    """Where the people of these certificates were enrolled; else the `paceline run` in this folder; else this machine.

    The local run's URL has the simulator's password.
    """
    enrolled = (each.broker for each in people(certificates) if each.broker) if certificates else iter(())
    if broker := next(enrolled, None):
        return broker
    try:
        return (Path(os.environ.get("PACELINE_DATA", "data")) / "simulator.url").read_text(encoding="ascii")
    except OSError:
        return "mqtt://127.0.0.1"
