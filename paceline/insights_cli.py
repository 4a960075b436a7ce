"""`paceline insights`, and `paceline insights rebuild`."""

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from paceline import parts, services
from paceline.serving import read_settings, run_service
from paceline.settings import Settings

app = typer.Typer(rich_markup_mode="markdown", add_completion=False)

_DAY = ["%Y-%m-%d"]


@app.callback(invoke_without_command=True)
def follow(
    context: typer.Context,
    share: Annotated[str | None, typer.Option(help="Share the work with other processes of this name.")] = None,
    instance: Annotated[int, typer.Option(min=0, max=9_999, help="Which of them this one is: 0, 1, 2, ...")] = 0,
) -> None:
    """Work out everybody's days as uploads come, and who needs attention, until SIGTERM.

    Start several with the same --share and different --instance to scale out. Each keeps its place at the broker
    across restarts; what one has not finished when it is killed, it finds again when it is started.
    """
    if context.invoked_subcommand is None:
        settings = read_settings()
        run_service(services.insights(settings, share, instance), settings)


@app.command("rebuild")
def rebuild_days(
    user: Annotated[str | None, typer.Option(help="Only this user's. [default: everybody's]")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="The first day. [default: all there are]")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="The last day, included.")] = None,
) -> None:
    """Work out days anew from what is stored. Harmless to repeat, and beside running services."""
    if first and last and last < first:
        raise typer.BadParameter("--to is before --from")
    settings = read_settings()
    run_service(_rebuild(user, first and first.date(), last and last.date(), settings), settings)


async def _rebuild(user: str | None, first: date | None, last: date | None, settings: Settings) -> None:
    from insights.rebuild import Progress, Wanted, rebuild

    console = Console()
    async with services.open_stores(settings, expiring=False) as stores:
        with Status("", console=console) as status:

            def tell(progress: Progress) -> None:
                status.update(f"{progress.users_done:,} of {progress.users:,} users  {progress.days:,} days")

            options = parts.insights_options(settings, share=None)
            done = await rebuild(Wanted(user, first, last), options, stores.series, stores.records, tell)
    console.print(
        f"{done.users_done:,} users, {done.days:,} days, {done.changed_days:,} of them changed"
        + (f"; {done.failed:,} users failed, see the log" if done.failed else "")
    )
