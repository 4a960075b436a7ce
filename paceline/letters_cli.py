"""`paceline dead-letters`: what could not be stored, and sending it again."""

import json
import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.uplink import Uplink
from broker.authority.names import API
from contract.errors import Misconfigured
from paceline.api_options import api_options
from paceline.house import beside_local_run
from paceline.parts import open_records
from paceline.replaying import Outcome, Replay, connected
from paceline.serving import read_settings, run_service
from storage.records.dead_letters import DeadLetters
from storage.records.letters import KeptLetter

app = typer.Typer(
    help="What could not be stored, with the reason. Look at it, put right what was wrong, and send it again.",
    no_args_is_help=True,
    add_completion=False,
)

User = Annotated[str | None, typer.Option(help="Only of this user.")]
Kind = Annotated[str | None, typer.Option(help="Only of this kind of measurement.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_letters(
    user: User = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="How many to pass over.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List dead letters, the one that came last first. Payloads are not shown."""
    settings = read_settings()

    async def serve() -> None:
        async with open_records(settings) as records:
            page = await DeadLetters(records).list(user_id=user, kind=kind, limit=limit, offset=offset)
        if as_json:
            for letter in page.letters:
                typer.echo(json.dumps(_described(letter)))
        else:
            _show_table(page.letters, page.total, offset)

    run_service(serve(), settings)


@app.command()
def show(
    letter_id: Annotated[str, typer.Argument(help="As `list` shows it.")],
    payload: Annotated[
        bool, typer.Option("--payload", help="Write the payload, as it came, and nothing else.")
    ] = False,
) -> None:
    """Show one dead letter: where it came from, what was wrong with which item."""
    settings = read_settings()

    async def serve() -> None:
        async with open_records(settings) as records:
            letter = await DeadLetters(records).get(letter_id)
        if letter is None:
            raise Misconfigured(f"there is no dead letter {letter_id}")
        if payload:
            sys.stdout.buffer.write(letter.payload or b"")
        else:
            typer.echo(json.dumps(_described(letter), indent=2))

    run_service(serve(), settings)


@app.command()
def replay(
    letter_ids: Annotated[list[str] | None, typer.Argument(help="Which; or --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were not replayed yet, or in part.")] = False,
    user: User = None,
    kind: Kind = None,
) -> None:
    """Send dead letters on their way again, through the broker and the ingestor. Harmless to repeat.

    Ends with 1 if nothing of some letter could be stored.
    """
    settings = beside_local_run(read_settings(), API)
    if bool(letter_ids) == everything:
        raise typer.BadParameter("name letters, or give --all")
    failed: list[Outcome] = []

    async def serve() -> None:
        async with open_records(settings) as records:
            letters = DeadLetters(records)
            ids = letter_ids or [letter.id for letter in await _not_replayed(letters, user, kind)]
            uplink = Uplink(api_options(settings))
            async with connected(uplink, settings.receipt_timeout_s):
                async for outcome in Replay(letters, uplink, settings.retention).all(ids):
                    typer.echo(_line(outcome))
                    failed.extend([outcome] if outcome.reason else [])
        typer.echo(f"{len(ids) - len(failed)} of {len(ids)} letters stored")

    run_service(serve(), settings)
    raise typer.Exit(1 if failed else 0)


async def _not_replayed(letters: DeadLetters, user: str | None, kind: str | None) -> list[KeptLetter]:
    page = await letters.list(user_id=user, kind=kind, limit=1_000_000)
    return [letter for letter in reversed(page.letters) if not _is_replayed(letter)]


def _is_replayed(letter: KeptLetter) -> bool:
    """All of it was stored, and it has not come as a dead letter again."""
    return letter.replayed_at is not None and letter.replayed_at >= letter.last_received_at


def _described(letter: KeptLetter) -> dict[str, object]:
    described: dict[str, object] = msgspec.to_builtins(letter)
    described.pop("payload", None)
    return described


def _show_table(letters: list[KeptLetter], total: int, offset: int) -> None:
    if not letters:
        typer.echo("No dead letters.")
        return
    table = Table("id", "last received", "times", "user", "kind", "reason", "replayed", box=None)
    for letter in letters:
        came, replayed = f"{letter.last_received_at:%Y-%m-%d %H:%M:%S}", "yes" if _is_replayed(letter) else ""
        cells = (letter.id, came, str(letter.times), letter.user_id or "", letter.kind or "", letter.reason, replayed)
        table.add_row(*map(_harmless, cells))
    Console().print(table)
    typer.echo(f"{offset + 1} to {offset + len(letters)} of {total}")


def _harmless(text: str) -> Text:
    """As it is, for a console: a hostile topic may hold its markup or control characters."""
    return Text("".join(letter if letter.isprintable() else "?" for letter in text))


def _line(outcome: Outcome) -> str:
    if outcome.receipt is None or outcome.reason:
        return f"{outcome.letter_id}  not stored: {outcome.reason}"
    rejected = len(outcome.receipt.rejected)
    return f"{outcome.letter_id}  {outcome.receipt.stored} items stored" + (
        f", {rejected} rejected" if rejected else ""
    )
