"""Erasing people (GDPR, article 17): asked for over HTTP, done in the background, finished whatever happens.

The rules of this file:

1. What was begun is in the records; each process that starts goes on with it. All steps may be repeated.
2. First what is outside of the records, last the records themselves: they say what is left to do.
3. What was still on its way to the stores when it began (a batch in the broker's queue) is removed by doing it all
   once more after a while.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import structlog

from contract.errors import PacelineError, Retryable
from storage.records.deletions import Deletion, Deletions

log = structlog.get_logger(__name__)

Step = Callable[[str], Awaitable[None]]
"""Removes all of a user id in one place. Harmless when repeated, and when there is nothing."""

RETRY_S = 5.0
RETRY_HOPELESS_S = 3_600.0
"""For what a person must put right first: a database that can't delete, a right that is missing."""


class Erasure:
    """Erases people while `run` runs.

    Args:
        deletions: those under way.
        steps: what to do for each before the records, in this order.
        linger_s: see rule 3, in seconds.
    """

    def __init__(self, deletions: Deletions, steps: Sequence[Step], linger_s: float) -> None:
        self._deletions = deletions
        self._steps = list(steps)
        self._linger_s = linger_s
        self._wake = asyncio.Event()

    def add_step(self, step: Step) -> None:
        """Have this done too, before all steps so far: who may still write goes first."""
        self._steps.insert(0, step)

    async def begin(self, person_id: str, asked_by_role: str) -> Deletion:
        """Note that somebody is to be erased; it is done soon."""
        deletion = await self._deletions.begin(person_id, asked_by_role)
        self._wake.set()
        return deletion

    async def run(self) -> None:
        """Erase whoever is to be, until cancelled."""
        while True:
            self._wake.clear()
            try:
                under_way = await self._deletions.under_way()
            except Retryable as error:
                log.warning("erasures have to wait", error=type(error).__name__)
                await self._rest(RETRY_S)
            else:
                await self._rest(min([await self._go_on(deletion) for deletion in under_way], default=None))

    async def _go_on(self, deletion: Deletion) -> float:
        """Do what can be done now; seconds until there is more to do."""
        if deletion.erased_at and (wait_s := self._linger_s - _age_s(deletion.erased_at)) > 0:
            return wait_s
        try:
            await self._erase(deletion)
        except PacelineError as error:
            log.warning("an erasure has to wait", deletion=deletion.id, error=str(error))
            return RETRY_S if isinstance(error, Retryable) else RETRY_HOPELESS_S
        return 0 if deletion.erased_at is None else RETRY_S

    async def _erase(self, deletion: Deletion) -> None:
        for step in self._steps:
            await step(deletion.person_id)
        await self._deletions.erase(deletion)
        if deletion.erased_at:
            await self._deletions.finish(deletion)
            log.info("an erasure is finished", deletion=deletion.id)

    async def _rest(self, wait_s: float | None) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            pass


def _age_s(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
