"""`paceline dashboards`: the boards that Grafana shows."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The boards that Grafana shows.", no_args_is_help=True, add_completion=False)


@app.callback()
def boards() -> None:
    """The boards that Grafana shows."""


@app.command()
def build(
    folder: Annotated[Path | None, typer.Option(help="Where they are written. [default: dashboards/json]")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if one is stale.")] = False,
) -> None:
    """Write the JSON of all boards, which Grafana reads at its start and whenever it changes."""
    from dashboards import building

    where = folder or building.FOLDER
    stale = building.stale(where)
    if check and stale:
        typer.echo(f"stale: {', '.join(stale)}: run `paceline dashboards build`", err=True)
        raise typer.Exit(1)
    building.write(where)
