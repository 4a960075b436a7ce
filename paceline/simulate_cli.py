"""`paceline simulate`, and `paceline simulate verify`, which needs the store that a device can't see."""

import os
import sys
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from device_simulator.command import DEFAULT_LEDGER, EPILOG, simulate
from device_simulator.ledger import read_ledger
from paceline import parts
from paceline.serving import read_settings, run_service
from paceline.verify import Verdict, verify

app = typer.Typer(rich_markup_mode=None, add_completion=False)


def _start_lean(context: typer.Context) -> None:
    """Become `python -m device_simulator`: ten thousand devices need not carry a web server and database drivers."""
    if context.invoked_subcommand is None and sys.argv[1:2] == ["simulate"]:
        # With -P, since a file of the folder we are in must not stand in for a module of the same name.
        os.execv(sys.executable, [sys.executable, "-P", "-m", "device_simulator", *sys.argv[2:]])  # noqa: S606


@wraps(simulate)
def _simulate(context: typer.Context, **options: Any) -> None:
    _start_lean(context)
    simulate(context, **options)


app.callback(invoke_without_command=True, epilog=EPILOG)(_simulate)


@app.command("verify")
def verify_ledger(
    ledger: Annotated[Path, typer.Argument(help="What a run has written.")] = DEFAULT_LEDGER,
    data: Annotated[Path | None, typer.Option(help="Folder of a local run. [default: data]")] = None,
) -> None:
    """Hold the store against a run's own ledger: all that was published must be there, once.

    The store is that of the settings (PACELINE_DATA, PACELINE_INFLUX_URL, ...). Ends with status 1 if anything is
    missing or doubled.
    """
    settings = read_settings(data)
    found: list[Verdict] = []

    async def serve() -> None:
        _, entries = read_ledger(ledger)
        store = parts.series_store(settings)
        try:
            await store.setup()
            found.append(await verify(entries, store))
        finally:
            await store.close()

    run_service(serve(), settings)
    for verdict in found:
        typer.echo("\n".join(verdict.lines()))
        raise typer.Exit(0 if verdict.is_good else 1)
