"""The command line: `paceline COMMAND --help` says what each command does.

What only one command needs is imported by it, so that the others start faster and stay smaller.
"""

from pathlib import Path
from typing import Annotated

import typer

from paceline import dashboards_cli, insights_cli, letters_cli, people_cli, services, simulate_cli
from paceline.serving import read_settings, run_service

app = typer.Typer(
    help="Paceline: telemetry for health and performance coaching. Nothing is lost, nothing is counted twice.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold secrets
    rich_markup_mode="markdown",
)


@app.command()
def run(
    data: Annotated[Path | None, typer.Option(help="Folder that keeps everything. [default: data]")] = None,
    mqtt_port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Port of the broker. [default: 1883, or a free one]")
    ] = None,
    api_port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="Port of the API. [default: 8000, or a free one]")
    ] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="No simulated people.")] = False,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="How fast the simulated people live; 1 is real time.")
    ] = 1.0,
) -> None:
    """Run all of Paceline on this machine: broker, ingestor, API, and people living in it.

    Everything listens on 127.0.0.1 only and is kept in one folder. Ctrl-C stops it; started again on the
    same folder it goes on where it was. `DATA/paceline.json` says which ports it has.
    """
    from paceline.local import LocalOptions, run_local

    settings = read_settings(data=data)
    run_service(run_local(LocalOptions(settings, mqtt_port, api_port, demo=not no_demo, speed=speed)), settings)


@app.command()
def ingest(
    share: Annotated[str | None, typer.Option(help="Share the work with other ingestors of this name.")] = None,
    instance: Annotated[int, typer.Option(min=0, max=9_999, help="Which of them this one is: 0, 1, 2, ...")] = 0,
) -> None:
    """Store what devices publish, until SIGTERM.

    Start several with the same --share and different --instance to scale out. Each keeps its place at the broker
    across restarts, so an instance that is gone for good must be started once more, or its session expires.
    """
    settings = read_settings()
    run_service(services.ingest(settings, share, instance), settings)


@app.command()
def api() -> None:
    """Serve HTTP: uploads, stored items, health and metrics."""
    settings = read_settings()
    run_service(services.api(settings), settings)


app.add_typer(simulate_cli.app, name="simulate")
app.add_typer(letters_cli.app, name="dead-letters")
app.add_typer(insights_cli.app, name="insights")
app.add_typer(dashboards_cli.app, name="dashboards")
app.add_typer(people_cli.people, name="people")
app.add_typer(people_cli.keys, name="keys")
app.command()(people_cli.token)


@app.command()
def broker() -> None:
    """Run Mosquitto with certificates, and bring revocations into force. Needs the identities of `paceline setup`."""
    settings = read_settings()
    run_service(services.broker(settings), settings)


@app.command()
def setup(
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Also an identity for load tests, which may publish as anybody.")
    ] = False,
) -> None:
    """Make the certificate authority, the services' identities, and what the databases need.

    Harmless to repeat; run at least once a year, it renews the identities' certificates before they end.
    """
    settings = read_settings()
    run_service(services.setup(settings, simulator=simulator), settings)


@app.command()
def documents(
    folder: Annotated[Path, typer.Option(help="Where they are written.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if one is stale.")] = False,
) -> None:
    """Write the documents that are made from the code: AsyncAPI, OpenAPI, kinds and settings."""
    from paceline import documents as making

    stale = making.stale(folder)
    if check and stale:
        typer.echo(f"stale: {', '.join(stale)}: run `make documents`", err=True)
        raise typer.Exit(1)
    making.write(folder)


def main() -> None:
    """Entry point of the command `paceline`."""
    app()
