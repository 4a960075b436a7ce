"""One load of the simulator in a process of its own: `python -m benchmarks.fleet_worker LOAD`; prints JSON."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import uvloop

from benchmarks.fleet_load import FleetLoad, Outcome
from device_simulator.address import Address
from device_simulator.report import peak_rss_bytes
from device_simulator.run import Run, RunOptions
from device_simulator.scenario import changed, load_scenario


async def publish(load: FleetLoad) -> Outcome:
    """Each device sends every `interval_s`, for a while; the ledger is kept, as in any run."""
    scenario = changed(
        load_scenario("steady"),
        devices={"count": load.devices, "lives": load.devices, "in_flight": 200},
        timing={"interval_s": load.devices / load.per_s, "duration_s": load.seconds},
    )
    with TemporaryDirectory() as folder:
        options = RunOptions(
            scenario=scenario,
            address=Address.parse(load.broker_url),
            receipts=False,
            pregenerate=load.pregenerate,
            ledger=Path(folder) / "ledger",
        )
        run = Run(options)
        await run.run(asyncio.Event())
    return Outcome(
        run.tally.published,
        run.tally.puback.count,
        run.ran_s,
        run.cpu_s,
        peak_rss_bytes(),
        puback_p99_ms=run.tally.puback.summary_ms()["p99_ms"],
        lateness_p99_ms=run.tally.lateness.summary_ms()["p99_ms"],
    )


async def connect(load: FleetLoad) -> Outcome:
    """All devices connect at the wanted rate and subscribe to their receipts, as a run of `steady` begins."""
    scenario = changed(
        load_scenario("steady"),
        devices={"count": load.devices, "connect_rate": load.per_s},
        timing={"interval_s": 60.0, "duration_s": 0.1},
    )
    run = Run(RunOptions(scenario=scenario, address=Address.parse(load.broker_url), grace_s=0.1))
    await run.run(asyncio.Event())
    return Outcome(run.tally.published, run.tally.connect.count, run.connecting_s, run.cpu_s, peak_rss_bytes())


def main() -> None:
    """Read the load, carry it out, say what came of it."""
    load = msgspec.json.decode(sys.argv[1], type=FleetLoad)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(connect(load) if load.seconds == 0 else publish(load))
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")


if __name__ == "__main__":
    main()
