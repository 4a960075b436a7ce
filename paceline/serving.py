"""What every command does first and last: read the settings, run, and say in words what a person must put right."""

import os
import re
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer
import uvloop
from pydantic import ValidationError
from pydantic_settings import SettingsError

from api.expectations import expectation
from contract.errors import PacelineError, leaves
from paceline.entry import interruptible
from paceline.logs import configure
from paceline.settings import Settings


def read_settings(data: Path | None = None) -> Settings:
    """The settings from the environment; ends the program with words if one is wrong.

    Args:
        data: instead of the environment's folder.
    """
    secrets = os.environ.get("PACELINE_SECRETS") or None
    if secrets and not Path(secrets).is_dir():
        typer.echo(f"PACELINE_SECRETS: there is no folder {secrets}", err=True)
        raise typer.Exit(2)
    try:
        return Settings(_secrets_dir=secrets, data=data) if data else Settings(_secrets_dir=secrets)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name, *within = map(str, problem["loc"])
            _complain(name, ": ".join([*within, expectation(problem)]))
        raise typer.Exit(2) from None
    except SettingsError as error:
        # A dictionary that is no JSON; its text names the field, and no value.
        found = re.search(r'field "(\w+)"', str(error))
        _complain(found[1] if found else "", "must be JSON")
        raise typer.Exit(2) from None


def _complain(name: str, words: str) -> None:
    typer.echo(f"PACELINE_{name.upper()}: {words} (see docs/settings.md)", err=True)


def run_service(service: Coroutine[Any, Any, None], settings: Settings) -> None:
    """Run to the end; ends the program with words if something that a person must put right prevents it."""
    # Health data: what is made from here on is for its owner only.
    os.umask(0o077)
    configure(settings.log_format, settings.log_level)
    interruptible()
    complaints: list[PacelineError] = []
    try:
        uvloop.run(service)
    except* PacelineError as group:
        complaints.extend(leaves(group))
    for error in complaints:
        typer.echo(f"paceline: {error}", err=True)
    if complaints:
        # Out here, since what is raised within `except*` comes as a group.
        raise typer.Exit(1)
