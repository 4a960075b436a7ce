"""Forgetting one-time codes and logins that have ended: by themselves, and safe for several processes at once."""

import asyncio

import structlog

from contract.errors import PacelineError
from storage.records.codes import Codes
from storage.records.sessions import Sessions

log = structlog.get_logger(__name__)

EVERY_S = 6 * 3_600.0


async def keep_forgetting(codes: Codes, sessions: Sessions) -> None:
    """Remove what nobody can use any more, at the start and every few hours, until cancelled."""
    while True:
        try:
            await codes.forget_expired()
            await sessions.forget_ended()
        except PacelineError as error:
            log.warning("old codes and logins could not be removed, trying again later", error=str(error))
        await asyncio.sleep(EVERY_S)
