"""Working things out of somebody's days: in threads of its own, and for one person one question after the other.

A year of all columns takes seconds. In the threads that hash passwords and sign certificates, a few such questions
would hold up every login; on the event loop, everybody.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from api.limiting import Limiter, too_often

THREADS = 2
MOST_WAITING = 32
"""Questions of one person at once; a dashboard asks fewer."""

P = ParamSpec("P")
T = TypeVar("T")


class Examiner:
    """Works out answers while the API runs.

    Args:
        limiter: has the turns.
    """

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="examiner")
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, person_id: str) -> AsyncIterator[None]:
        """For one question of a person, reading included: a year of minutes is 50 MB.

        Raises:
            ProblemError: 429, too many of theirs are waiting.
        """
        if self._waiting[person_id] >= MOST_WAITING:
            raise too_often(1)
        self._waiting[person_id] += 1
        try:
            async with self._limiter.turn(f"examiner {person_id}"):
                yield
        finally:
            self._waiting[person_id] -= 1
            if not self._waiting[person_id]:
                del self._waiting[person_id]

    async def work_out(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns, called in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Begin nothing more; what is being worked on is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
