"""The command line: `paceline COMMAND --help` says what each command does.

What only one command needs is imported by it, so that the others start faster and stay smaller.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from paceline import services
from paceline.serving import read_settings, run_service

_ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "simulate": ("paceline.simulate_cli", "app"),
    "dead-letters": ("paceline.letters_cli", "app"),
    "insights": ("paceline.insights_cli", "app"),
    "dashboards": ("paceline.dashboards_cli", "app"),
    "people": ("paceline.people_cli", "people"),
    "keys": ("paceline.people_cli", "keys"),
    "token": ("paceline.people_cli", "tokens"),
}
"""Where the other commands are: an ingestor need not carry the 40 MB of the simulator and the API."""


class _Commands(TyperGroup):
    """The commands of this module, and those from elsewhere, imported when they are called or listed.

    Its types are those of typer's own copy of click, which is private.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *_ELSEWHERE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, name = _ELSEWHERE[cmd_name]
        command = typer.main.get_command(getattr(import_module(module), name))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Commands,
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
    stack: Annotated[
        Path | None,
        typer.Option(help="Make the folder of docker-compose.yml instead, with all secrets, before it is started."),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(help="With --stack: the name under which devices find this machine; more than once for more."),
    ] = None,
    databases: Annotated[
        bool, typer.Option("--databases", help="With --stack: also what the databases need, which must run.")
    ] = False,
) -> None:
    """Make the certificate authority, the services' identities, and what the databases need.

    Harmless to repeat; run at least once a year, it renews the identities' certificates before they end.
    """
    settings = read_settings()
    if stack is None:
        run_service(services.setup(settings, simulator=simulator), settings)
        return
    from paceline.stack_setup import setup_stack

    run_service(setup_stack(settings, stack, host or [], simulator=simulator, databases=databases), settings)


@app.command()
def warden(
    state: Annotated[Path, typer.Option(help="Folder in which that Mosquitto reads its revocation list.")],
    pid: Annotated[int, typer.Option(min=1, help="Its process, as seen from here.")] = 1,
) -> None:
    """Bring revocations into force at a Mosquitto that was started elsewhere, and tell Prometheus how it is."""
    from paceline.warden import watch_over

    settings = read_settings()
    run_service(watch_over(settings, state, pid), settings)


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
