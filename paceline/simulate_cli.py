"""`paceline simulate`, and `paceline simulate verify`, which needs the store that a device can't see."""

import os
import sys
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from contract.errors import Misconfigured
from device_simulator.command import DEFAULT_LEDGER, EPILOG, simulate
from device_simulator.ledger_reader import read_ledger
from paceline import parts
from paceline.serving import read_settings, run_service
from paceline.verify import LISTED, Verdict, verify

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
    ledgers: Annotated[
        list[Path] | None,
        typer.Argument(help=f"What runs have written, one of each process. [default: {DEFAULT_LEDGER}]"),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of a local run. [default: data]")] = None,
    list_all: Annotated[bool, typer.Option("--all", help=f"List all missing batches, not only {LISTED}.")] = False,
) -> None:
    """Hold the store against a run's own ledger: all that was published must be there, once.

    The store is that of the settings (PACELINE_DATA, PACELINE_INFLUX_URL, ...). Ends with status 1 if anything is
    missing or doubled.
    """
    settings = read_settings(data)
    found: list[Verdict] = []

    async def serve() -> None:
        batches = [read_ledger(path)[1] for path in ledgers or [DEFAULT_LEDGER]]
        _require_there(settings.series_url)
        store = parts.series_store(settings)
        try:
            await store.setup()
            found.append(await verify(batches, store, listed=None if list_all else LISTED))
        finally:
            await store.close()

    run_service(serve(), settings)
    for verdict in found:
        typer.echo("\n".join(verdict.lines(None if list_all else LISTED)))
        raise typer.Exit(0 if verdict.is_good else 1)


def _require_there(series_url: str) -> None:
    """An embedded store would be made if it were not there, and all be missing in it."""
    path = series_url.removeprefix("sqlite:///")
    if path != series_url and not Path(path).exists():
        raise Misconfigured(f"there is no store {path}: --data names the folder of a local run")
