"""What the databases of docker-compose.yml need once they run: tables, roles, a bucket, and tokens for it alone."""

from pathlib import Path

from broker.files import make_private_folder, write_private
from paceline import parts
from paceline.settings import Settings
from paceline.stack import ROLES, TOKEN, Stack
from storage.records.roles import grant_rights
from storage.series.influx_setup import narrow_tokens
from storage.series.options import Token

BOARDS_TOKEN = "influx-token"  # noqa: S105  # the name of a file

TOKENS = {service: Token(service, writes=service != "grafana") for service in ROLES}
"""Who asks InfluxDB."""


async def furnish_databases(stack: Stack, settings: Settings) -> None:
    """Give each service its rights in the databases, which are set up; harmless to repeat.

    Args:
        stack: furnished; gets the tokens.
        settings: the databases' owners'.

    Raises:
        StoreUnavailable: a database can't answer now.
        Misconfigured: the owner may not do this.
    """
    passwords = {role: stack.secret("setup", f"{service}-password").read_text() for service, role in ROLES.items()}
    if settings.records_database_url.startswith("postgres"):
        await grant_rights(settings.records_database_url, passwords)
    if settings.influx_url:
        current = {token: _current(stack, service) for service, token in TOKENS.items()}
        made = await narrow_tokens(settings.influx_url, parts.series_options(settings), current)
        for service, token in made.items():
            path = _token_path(stack, service)
            make_private_folder(path.parent)
            write_private(path, token.encode())


def _token_path(stack: Stack, service: str) -> Path:
    return stack.secret(service, BOARDS_TOKEN if service == "grafana" else TOKEN)


def _current(stack: Stack, service: str) -> str | None:
    path = _token_path(stack, service)
    return path.read_text(encoding="utf-8") if path.exists() else None
