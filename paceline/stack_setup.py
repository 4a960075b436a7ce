"""`paceline setup --stack`: the folder of docker-compose.yml before its start, and its databases at each start."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from paceline.services import open_stores
from paceline.settings import Settings
from paceline.stack import Stack, furnish, give_away
from paceline.stack_databases import furnish_databases

log = structlog.get_logger(__name__)


async def setup_stack(
    settings: Settings, folder: Path, hosts: Sequence[str], *, simulator: bool = False, databases: bool = False
) -> None:
    """Make what is not there yet; harmless to repeat.

    Args:
        settings: with `databases`, those of their owners.
        folder: the stack's.
        hosts: names under which devices find the broker; the first is the one that they are told.
        simulator: also an identity that may publish as anybody.
        databases: they run: give each service its rights in them. Else nothing is asked of them.

    Raises:
        Misconfigured: something that a person must put right; the message says what.
    """
    stack = Stack(folder)
    furnish(stack, [*hosts, *settings.host_names], simulator=simulator)
    if not databases:
        give_away(stack, hosts)
        log.info("the stack's folder is ready: docker compose up", folder=str(folder))
        return
    async with open_stores(settings, expiring=False):
        await furnish_databases(stack, settings)
    log.info("databases are ready")
