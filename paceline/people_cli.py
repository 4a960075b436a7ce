"""`paceline people`, `paceline keys`, `paceline token`: what an operator does about accounts."""

import json
import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener
from uuid import uuid4

import typer
from argon2 import PasswordHasher
from pydantic import ValidationError

from api.account_models import Registration
from api.expectations import expectation
from api.keyring import rotate
from api.passwords import MIN_LENGTH
from paceline.accounts import LOGINS
from paceline.parts import open_records
from paceline.places import NOTE
from paceline.serving import read_settings, run_service
from paceline.settings import Settings
from storage.records.audit import Deed
from storage.records.people import People, Role, new_person

people = typer.Typer(help="Who has an account here.", no_args_is_help=True, add_completion=False)
keys = typer.Typer(
    help="The keys that access tokens are signed with.",
    no_args_is_help=True,
    add_completion=False,
    callback=lambda: None,  # without one, typer would take its only command for the group
)
tokens = typer.Typer(add_completion=False)


@people.command()
def add(
    email: Annotated[str, typer.Argument(help="They log in with it.")],
    name: Annotated[str, typer.Option(help="As others are shown it.")],
    role: Annotated[Role, typer.Option(help="What they do here.")] = "athlete",
    ask: Annotated[bool, typer.Option("--ask", help="Ask for a password instead of making one up.")] = False,
    time_zone: Annotated[str, typer.Option(help="IANA name; says when their days begin.")] = "UTC",
) -> None:
    """Make an account. This is the only way to make an administrator."""
    settings = read_settings()
    password = _asked() if ask else secrets.token_urlsafe(15)
    run_service(_add(settings, _wanted(email, name, password, time_zone), role), settings)
    if not ask:
        typer.echo(f"password, shown this once: {password}")


@people.command("list")
def list_people() -> None:
    """List everybody, one JSON object a line, without addresses."""
    settings = read_settings()

    async def serve() -> None:
        async with open_records(settings) as records:
            for person in await People(records).list():
                typer.echo(json.dumps({"id": person.id, "role": person.role, "name": person.name}))

    run_service(serve(), settings)


@keys.command("rotate")
def rotate_keys(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Stop trusting all older keys: everybody refreshes their token now.")
    ] = False,
) -> None:
    """Make a new key. The older ones go on verifying until the tokens that they signed have expired."""
    settings = read_settings()
    lifetime = timedelta(seconds=settings.access_token_s)
    typer.echo(f"new key: {rotate(settings.keys_folder, lifetime, at_once=at_once)}")


@tokens.command()
def token(
    account: Annotated[str, typer.Argument(help="E-mail address of an account of the local run.")] = "me@example.org",
    data: Annotated[Path | None, typer.Option(help="Folder of the local run. [default: data]")] = None,
) -> None:
    """Log in to the local run as one of the accounts that it has made, and print the access token."""
    settings = read_settings(data)
    try:
        url = json.loads((settings.data / NOTE).read_text())["api_url"]
        password = (settings.data / LOGINS / account).read_text()
    except OSError:
        typer.echo("paceline: no local run is on in this folder, or it has no such account", err=True)
        raise typer.Exit(1) from None
    form = urlencode({"username": account, "password": password}).encode()
    # Without the shell's proxies: the API is on this machine.
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/users/login", form, timeout=30) as answer:
            sys.stdout.write(json.load(answer)["access_token"] + "\n")
    except HTTPError as error:
        error.close()
        typer.echo(
            f"paceline: {account} could not log in ({error}): has it another password now, or is it gone?", err=True
        )
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"paceline: the local run does not answer ({error})", err=True)
        raise typer.Exit(1) from None


def _wanted(email: str, name: str, password: str, time_zone: str) -> Registration:
    """By the same rules as over HTTP; there, nobody can be an administrator."""
    try:
        return Registration(email=email, name=name, password=password, time_zone=time_zone)
    except ValidationError as error:
        told = "; ".join(f"{found['loc'][-1]}: {expectation(found)}" for found in error.errors(include_input=False))
        raise typer.BadParameter(told) from None


async def _add(settings: Settings, wanted: Registration, role: Role) -> None:
    more = {"email": wanted.email, "time_zone": wanted.time_zone}
    person = new_person(str(uuid4()), role, wanted.name or wanted.email, **more)
    async with open_records(settings) as records:
        deed = Deed(person.id, "account.made", f"{role}, on the command line")
        await People(records).add(person, PasswordHasher().hash(wanted.password), deed)
    typer.echo(f"{role} {person.id}")


def _asked() -> str:
    password: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    if len(password) < MIN_LENGTH:
        raise typer.BadParameter(f"a password has at least {MIN_LENGTH} characters")
    return password
