"""The command line: `python -m device_simulator`, and `paceline simulate`."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop

from contract.errors import Misconfigured, PacelineError, leaves
from device_simulator.cast import find_truth
from device_simulator.dryrun import print_lives, print_plan
from device_simulator.lived import LivedRun
from device_simulator.metrics import served
from device_simulator.people.person import Person
from device_simulator.place import Place, usual_broker
from device_simulator.report import remarks, report
from device_simulator.run import Run
from device_simulator.scenario import Scenario, changed, idle, load_scenario
from device_simulator.stopping import stop_on_signals
from device_simulator.view import shown, summarize

DEFAULT_LEDGER = Path("simulation.ledger")

EPILOG = """
Scenarios: steady, day, peak, live, offline, flaky, hostile, storm, lives; or a file of your own that ends in .toml.
Options that a scenario has too are taken from it unless given.

A batch a second from each of a thousand devices: simulate --devices 1000 --interval 1 --duration 60

Bursts of 500 and more, the figures as JSON: simulate --scenario peak --json peak.json

A whole day in a minute: simulate --scenario day --speed 1440

People with a past, and five stories to be found: simulate --scenario lives --days 60 --story

A broker without Paceline behind it: simulate --no-receipts --broker mqtt://broker.example

All times count from the intended moment of a send (open loop): a broker or network that is slow can't hide it. The past
that lives begin with has no such moments; it is counted and not timed.
docs/simulator.md says more.
"""


def simulate(
    context: typer.Context,
    *,
    scenario: Annotated[str, typer.Option(metavar="NAME|FILE.toml", help="What the devices do.")] = "steady",
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="mqtt://[user:password@]host[:port], or mqtts://... [default: that of the local run in this folder]",
        ),
    ] = None,
    certificates: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Client certificates: {user_id}.pem, {user_id}.key, and ca.pem; or certificate.pem, key.pem for all.",
        ),
    ] = None,
    api: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Register people who are not in --certificates yet, and get theirs there."),
    ] = None,
    devices: Annotated[int | None, typer.Option(min=1, help="How many; each is a person with a session.")] = None,
    lives: Annotated[
        int | None, typer.Option(min=1, help="How many different people; beyond, devices share their days.")
    ] = None,
    start_index: Annotated[
        int, typer.Option(min=0, max=1_000_000_000, help="Index of the first device: each machine takes its own.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same lives.")] = 1,
    connect_rate: Annotated[float | None, typer.Option(min=0, help="Connections a second; 0: all at once.")] = None,
    duration: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds; without it, until all is done or Ctrl-C.")
    ] = None,
    interval: Annotated[float | None, typer.Option(min=0.0001, help="Seconds between batches of a device.")] = None,
    jitter: Annotated[
        float | None, typer.Option(min=0, max=1, help="Part of the interval by which sends come later, by chance.")
    ] = None,
    inflight: Annotated[int | None, typer.Option(min=1, help="Most batches of one device on their way.")] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.001, help="Simulated seconds a second. Nobody lives ahead of the clock.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=0, help="Whole days before today with which lives begin.")] = None,
    receipts: Annotated[
        bool, typer.Option(help="Repeat each batch until its receipt; else the PUBACK is the end of it.")
    ] = True,
    pregenerate: Annotated[
        bool, typer.Option("--pregenerate", help="Make all batches before the first connection; needs a duration.")
    ] = False,
    ledger: Annotated[
        Path, typer.Option(help="File that keeps what was published, for `paceline simulate verify`.")
    ] = DEFAULT_LEDGER,
    no_ledger: Annotated[bool, typer.Option("--no-ledger", help="Keep no ledger.")] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report there, as JSON.")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Serve Prometheus metrics at 127.0.0.1.")
    ] = None,
    story: Annotated[
        bool, typer.Option("--story", help="Give five people something for coaches to find; see --truth.")
    ] = False,
    truth: Annotated[Path, typer.Option(metavar="FILE", help="With --story: what is true of whom, as JSON.")] = Path(
        "stories.json"
    ),
    diary: Annotated[
        Path | None, typer.Option(help="Scenario lives: file that remembers what is stored, to go on from there.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the batches as JSON lines; needs no broker.")
    ] = False,
) -> None:
    """Let simulated people live, whose devices publish what they measure until they have the receipt of each batch.

    Ctrl-C ends it in order: no new batches, the last receipts are waited for, then comes the summary. Once more: at
    once.
    """
    if context.invoked_subcommand is not None:
        return
    with plain_errors():
        wanted = changed(
            load_scenario(scenario),
            devices={"count": devices, "lives": lives, "connect_rate": connect_rate, "in_flight": inflight},
            timing={"interval_s": interval, "jitter": jitter, "speed": speed, "duration_s": duration},
            content={"past_days": days},
        )
        cast = _cast(truth, wanted, seed, start_index) if story else {}
        if story:
            wanted = changed(wanted, devices={"lives": start_index + wanted.devices.count})
        place = Place(
            broker=broker or "",
            certificates=certificates,
            seed=seed,
            start_index=start_index,
            ledger=None if no_ledger else ledger,
            diary=diary,
            cast=cast,
        )
        if dry_run:
            _dry_run(wanted, place)
            return
        if pregenerate and wanted.timing.duration_s is None:
            raise typer.BadParameter("--pregenerate needs --duration, or it would not end")
        _require_writable(json)
        _tell_idle(wanted, interval=interval, jitter=jitter, speed=speed, days=days, lives=lives, diary=diary,
                   connect_rate=connect_rate, pregenerate=pregenerate or None,
                   no_receipts=None if receipts else True)  # fmt: skip
        if api is not None:
            _enroll(api, certificates, seed, range(start_index, start_index + wanted.devices.count))
        place = replace(place, broker=broker or usual_broker(certificates))
        run = place.run(wanted, receipts=receipts, pregenerate=pregenerate)
        _uvloop_run(run, metrics_port)
        what = {"scenario": wanted.name, "devices": wanted.devices.count, "start_index": start_index, "seed": seed}
        _conclude(run, json, what, remarks(run.tally, receipts=receipts, ledger=place.ledger))


def _conclude(run: Run | LivedRun, json: Path | None, what: Mapping[str, object], said: list[str]) -> None:
    summarize(run, run.ran_s)
    for remark in said:
        typer.echo(remark, err=True)
    if json is not None:
        document = {**what, "ran_s": round(run.ran_s, 3), **report(run.tally)}
        json.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def _tell_idle(scenario: Scenario, **given: object) -> None:
    for option in idle(scenario, **given):
        typer.echo(f"simulate: {option} has no meaning in this scenario", err=True)


def _require_writable(json: Path | None) -> None:
    """Better now than at the end of a long run."""
    if json is not None and (json.is_dir() or not os.access(json if json.exists() else json.parent, os.W_OK)):
        raise Misconfigured(f"the report {json} can't be written: it is a folder, its folder is missing, or not ours")


def _enroll(api: str, folder: Path | None, seed: int, indexes: range) -> None:
    if folder is None:
        raise typer.BadParameter("--api needs --certificates, the folder that keeps what it gets")
    from device_simulator.enrolling import enroll  # noqa: PLC0415  # 20 MB that other runs need not carry

    done = iter(range(1, len(indexes) + 1))
    asyncio.run(enroll(api, folder, seed, indexes, lambda _: typer.echo(f"registered {next(done)}", err=True)))


def _cast(path: Path, scenario: Scenario, seed: int, start_index: int) -> Mapping[int, Person]:
    indexes = range(start_index, start_index + scenario.devices.count)
    return find_truth(path, seed, indexes, datetime.now(UTC).date(), scenario.content.past_days).cast


def _dry_run(scenario: Scenario, place: Place) -> None:
    try:
        if scenario.timing.pace == "life":
            print_lives(place.demo(scenario))
        else:
            print_plan(scenario, place.seed, place.start_index, place.cast)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has had enough; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _uvloop_run(run: Run | LivedRun, metrics_port: int | None) -> None:
    async def watched() -> None:
        stopping = stop_on_signals()
        with served(run, metrics_port):
            async with shown(run):
                await run.run(stopping)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(watched())


@contextmanager
def plain_errors() -> Iterator[None]:
    """Say an error that was raised on purpose in one line, and end with status 1."""
    complaints: list[str] = []
    try:
        yield
    except* PacelineError as group:
        complaints.extend(dict.fromkeys(map(str, leaves(group))))
    for complaint in complaints:
        typer.echo(f"simulate: {complaint}", err=True)
    if complaints:
        # Out here, since what is raised within `except*` comes as a group.
        raise typer.Exit(1)
