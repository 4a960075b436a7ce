"""Waiting for the series store, but not for ever."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from api.wiring import Wiring
from contract.errors import StoreUnavailable

T = TypeVar("T")


async def answered(wiring: Wiring, asked: Awaitable[T]) -> T:
    """What the series store answers.

    Raises:
        StoreUnavailable: it did not in time.
    """
    try:
        async with asyncio.timeout(wiring.options.store_timeout_s):
            return await asked
    except TimeoutError:
        raise StoreUnavailable("the series store did not answer in time") from None
