"""`python -m device_simulator`: see `--help`."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from contract.errors import PacelineError
from device_simulator.clock import wall_ms
from device_simulator.demo import DAY_MS, LIVED_DAYS, DemoOptions, Progress, run_demo
from device_simulator.dryrun import as_line, due_between
from device_simulator.people.person import Person

_LINE_EVERY_S = 5.0


def simulate(
    *,
    broker: Annotated[
        str, typer.Option(help="mqtt://[user:password@]host[:port], or mqtts://...")
    ] = "mqtt://127.0.0.1",
    devices: Annotated[int, typer.Option(min=1, help="How many people; each has one MQTT session.")] = 20,
    start_index: Annotated[int, typer.Option(min=0, help="The first one's index: each machine takes its own.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same lives.")] = 1,
    days: Annotated[int, typer.Option(min=0, help="Whole days before today (UTC) that are published first.")] = 30,
    speed: Annotated[
        float,
        typer.Option(
            min=0.001,
            help=f"Simulated seconds a second. Above 1, the last {LIVED_DAYS} days are lived at this speed rather than "
            "published at once; nobody lives ahead of the clock.",
        ),
    ] = 1.0,
    duration: Annotated[float | None, typer.Option(min=0, help="Real seconds; without it, until Ctrl-C.")] = None,
    diary: Annotated[
        Path | None, typer.Option(help="File that remembers what is stored, so that the next run goes on from there.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what the days would publish as JSON lines; needs no broker.")
    ] = False,
) -> None:
    """Let simulated people live, whose devices publish what they measure until they have the receipt of each batch."""
    if dry_run:
        _print_days([Person.from_seed(seed, start_index + number) for number in range(devices)], days)
        return
    options = DemoOptions(
        broker=broker,
        people=devices,
        first_index=start_index,
        seed=seed,
        days=days,
        speed=speed,
        diary=diary,
    )
    try:
        progress = asyncio.run(_run(options, duration))
    except PacelineError as error:
        typer.echo(f"device_simulator: {error}", err=True)
        raise typer.Exit(1) from None
    if progress is not None:
        typer.echo(_line(progress))


async def _run(options: DemoOptions, duration_s: float | None) -> Progress | None:
    """Run until the end or a signal; then say how far it came all the same."""
    last: list[Progress] = []
    echo = _every(_LINE_EVERY_S, lambda progress: typer.echo(_line(progress), err=True))

    def hear(progress: Progress) -> None:
        last[:] = [progress]
        echo(progress)

    run = asyncio.ensure_future(run_demo(options, hear, duration_s=duration_s))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, run.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await run
    return last[0] if last else None


def _every(seconds: float, say: Callable[[Progress], None]) -> Callable[[Progress], None]:
    said_at = -seconds

    def sometimes(progress: Progress) -> None:
        nonlocal said_at
        if (now := time.monotonic()) - said_at >= seconds:
            said_at = now
            say(progress)

    return sometimes


def _line(progress: Progress) -> str:
    tally = progress.tally
    return (
        f"{progress.phase} {progress.share:.0%}  connected {progress.connected}/{progress.people}  "
        f"published {tally.published}  repeated {tally.repeated}  acknowledged {tally.acknowledged}  "
        f"receipted {tally.receipted}  in flight {progress.in_flight}  items stored {tally.stored_items}  "
        f"items rejected {tally.rejected_items}  not delivered {tally.not_delivered}  errors {tally.failures}"
    )


def _print_days(people: list[Person], days: int) -> None:
    today_ms = wall_ms() // DAY_MS * DAY_MS
    for batch in due_between(people, today_ms - days * DAY_MS, today_ms):
        typer.echo(as_line(batch))


app = typer.Typer(add_completion=False, rich_markup_mode=None)
app.command()(simulate)


def main() -> None:
    """The command."""
    app(prog_name="device_simulator")


if __name__ == "__main__":
    main()
