"""A device that hears its user's inbox and says something in the outbox."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from broker.session import Backoff, Delivery, Endpoint, Session, SessionOptions, Subscription
from contract import topics

PATIENCE_S = 60


class Listener:
    """What one device is told, topic by topic, and what it says."""

    def __init__(self, session: Session, user_id: str) -> None:
        self.session = session
        self.user_id = user_id
        self._told: dict[str, asyncio.Queue[Any]] = {
            name: asyncio.Queue() for name in ("feedback", "alerts", "receipts", "sync")
        }

    def hear(self, delivery: Delivery) -> None:
        self.session.acknowledge((delivery,))
        self._told[delivery.topic.rpartition("/")[2]].put_nowait(json.loads(delivery.payload))

    async def told(self, where: str) -> Any:
        """The next message of this part of the inbox."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._told[where].get()

    def has_more(self, where: str) -> bool:
        return not self._told[where].empty()

    async def say(self, **what: Any) -> None:
        """Confirm or answer."""
        topic = topics.confirmations(self.user_id)
        assert await self.session.publish(topic, json.dumps(what).encode()) == 0

    async def come_online(self) -> None:
        await self.session.publish(topics.status(self.user_id, "phone"), b'{"state": "online"}')


@asynccontextmanager
async def listening_device(
    port: int, user_id: str, client_id: str | None = None, expiry_s: int = 0
) -> AsyncIterator[Listener]:
    """Connected and subscribed."""
    options = SessionOptions(
        client_id=client_id or f"listener-{uuid4().hex}",
        endpoint=Endpoint("127.0.0.1", port),
        session_expiry_s=expiry_s,
        subscriptions=(Subscription(topics.inbox(user_id)),),
        backoff=Backoff(0.05, 0.2),
    )
    session = Session(options, lambda delivery: listener.hear(delivery))  # noqa: PLW0108  # there is none yet
    listener = Listener(session, user_id)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(session.run())
        await session.wait_connected()
        yield listener
        await session.close()
        await running
