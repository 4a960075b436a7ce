"""Rate limits: so often in such a time, for each person or address; beyond that, 429 and when to come back."""

import math
import time
from asyncio import Lock
from collections.abc import Mapping
from weakref import WeakValueDictionary

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from api.problems import ProblemError


class Limiter:
    """Counts in memory: each process by itself, so several of them allow several times as much.

    Args:
        rates: by name, such as `{"login": "20/minute"}`.
    """

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._rates = {name: parse(rate) for name, rate in rates.items()}
        self._counts = MovingWindowRateLimiter(MemoryStorage())
        self._turns: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    def turn(self, key: str) -> Lock:
        """For what is counted only when its outcome is known: one after the other, or many at once would all find room.

        To be entered right away; it is gone when nobody is in it or waits for it.
        """
        return self._turns.setdefault(key, Lock())

    async def hit(self, name: str, key: str) -> None:
        """Count one.

        Raises:
            ProblemError: 429, it was one too many.
        """
        if not await self._counts.hit(self._rates[name], name, key):
            raise await self._refusal(name, key)

    async def require_room(self, name: str, key: str) -> None:
        """Count nothing, but refuse what would be one too many.

        Raises:
            ProblemError: 429, it would.
        """
        if not await self._counts.test(self._rates[name], name, key):
            raise await self._refusal(name, key)

    async def _refusal(self, name: str, key: str) -> ProblemError:
        window = await self._counts.get_window_stats(self._rates[name], name, key)
        return too_often(max(1, math.ceil(window.reset_time - time.time())))


def too_often(wait_s: int) -> ProblemError:
    """The problem of too many requests, and how many seconds to wait."""
    return ProblemError(429, "too often: come back later", headers={"Retry-After": str(wait_s)})
