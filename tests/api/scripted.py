"""A taker of telemetry that does only what its test says: for receipts that are late, foreign, broken or missing."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from api.link import Link
from api.options import BrokerAddress
from contract import topics
from contract.receipts import Receipt


class ScriptedIngestor:
    """Takes batches and answers them, one call at a time."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def take(self) -> dict[str, Any]:
        """The next batch that is published."""
        message = await anext(aiter(self._link.messages))
        assert isinstance(message.payload, bytes)
        batch: dict[str, Any] = json.loads(message.payload)
        return batch

    async def answer(self, user_id: str, payload: bytes) -> int:
        """Send it to this user; the PUBACK's reason code, which says whether anybody has subscribed."""
        return await self._link.deliver(topics.receipts(user_id), payload)

    async def store(self, batch: dict[str, Any]) -> None:
        """Say that it is stored."""
        await self.answer(batch["user_id"], stored(batch["batch_id"]))


def stored(batch_id: str) -> bytes:
    """The receipt of a batch of one item."""
    return Receipt(batch_id, "stored", 1, []).encode()


@asynccontextmanager
async def scripted(port: int) -> AsyncIterator[ScriptedIngestor]:
    """One that has subscribed to all telemetry of this broker."""
    async with Link(BrokerAddress("127.0.0.1", port), keep_alive_s=60) as link:
        await link.follow(topics.TELEMETRY_FILTER)
        yield ScriptedIngestor(link)
