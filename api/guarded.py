"""The series store and the sender of codes behind their circuits (`api.breakers`)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import tzinfo
from typing import ParamSpec, TypeVar

from api.breakers import Breaker
from api.delivery import CodeSender
from contract.catalogue import Kind
from contract.errors import Retryable, StoreUnavailable
from contract.quantities import Operation
from contract.stamping import StampedBatch
from storage.series.protocol import Bucket, Minute, Period, Question, Row, Selection, SeriesStore

P = ParamSpec("P")
T = TypeVar("T")

SEND_TIMEOUT_S = 15.0


class GuardedSeries(SeriesStore):
    """A series store of which nobody waits for an answer for ever.

    Args:
        bare: the store; checks of whether it is there ask it itself.
        breaker: its circuit.
        timeout_s: how long an answer may take, in seconds. Removing all of somebody's points may take longer.
    """

    def __init__(self, bare: SeriesStore, breaker: Breaker, timeout_s: float) -> None:
        self.bare = bare
        self._breaker = breaker
        self._timeout_s = timeout_s

    async def setup(self) -> None:
        """As the store."""
        await self.bare.setup()

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        """As the store."""
        with self._breaker.guarding():
            await self.bare.write(batches)

    async def rows(
        self, selection: Selection, *, limit: int | None = None, offset: int = 0, newest_first: bool = False
    ) -> list[Row]:
        """As the store."""
        return await self._answer(self.bare.rows, selection, limit=limit, offset=offset, newest_first=newest_first)

    async def count(self, selection: Selection) -> int:
        """As the store."""
        return await self._answer(self.bare.count, selection)

    async def buckets(
        self, selection: Selection, field: str, operation: Operation, period: Period, zone: tzinfo
    ) -> list[Bucket]:
        """As the store."""
        return await self._answer(self.bare.buckets, selection, field, operation, period, zone)

    async def figures(self, questions: Sequence[Question], period: Period, zone: tzinfo) -> list[list[Bucket]]:
        """As the store."""
        return await self._answer(self.bare.figures, questions, period, zone)

    async def minutes(self, asked: Sequence[tuple[Selection, str]]) -> list[list[Minute]]:
        """As the store."""
        return await self._answer(self.bare.minutes, asked)

    async def last_seen(self, user_id: str) -> dict[str, int]:
        """As the store."""
        return await self._answer(self.bare.last_seen, user_id)

    async def delete(self, selection: Selection) -> None:
        """As the store."""
        with self._breaker.guarding():
            await self.bare.delete(selection)

    async def delete_user(self, user_id: str) -> None:
        """As the store."""
        with self._breaker.guarding():
            await self.bare.delete_user(user_id)

    async def expire(self, before_ms: int) -> None:
        """As the store."""
        await self.bare.expire(before_ms)

    async def delete_before(self, kind: Kind, before_ms: int) -> None:
        """As the store."""
        await self.bare.delete_before(kind, before_ms)

    async def close(self) -> None:
        """As the store."""
        await self.bare.close()

    async def _answer(self, ask: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        with self._breaker.guarding():
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await ask(*args, **kwargs)
            except TimeoutError:
                raise StoreUnavailable("the series store did not answer in time") from None


class GuardedSender(CodeSender):
    """A sender of codes that keeps nobody waiting when it can't send.

    Args:
        bare: the sender.
        breaker: its circuit.
        timeout_s: how long sending may take, in seconds.
    """

    def __init__(self, bare: CodeSender, breaker: Breaker, timeout_s: float = SEND_TIMEOUT_S) -> None:
        self._bare = bare
        self._breaker = breaker
        self._timeout_s = timeout_s

    async def send(self, mobile: str, code: str) -> None:
        """As the sender; whatever fails in it is a Retryable, without its words, which may hold the number."""
        with self._breaker.guarding():
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._bare.send(mobile, code)
            except Exception as error:
                raise Retryable("codes can't be sent just now: ask again later") from error
