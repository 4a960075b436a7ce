"""Many devices at once, in one MQTT session that publishes and another that hears all receipts."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Self

from broker.session import Delivery, Endpoint, Session, SessionOptions, Subscription
from contract.receipts import Receipt, read_receipt

PATIENCE_S = 120


def meals(user_id: str, number: int, items: int = 10) -> tuple[str, bytes]:
    """Topic and payload of a user's batch of this number; all batches' items differ."""
    listed = [{"meal_id": f"{number}-{at}", "calories": number + at} for at in range(items)]
    head = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "batch_id": str(number)}
    return f"v1/users/{user_id}/telemetry/meals", json.dumps(head | {"items": listed}).encode()


class Crowd:
    """As an asynchronous context, connected.

    Args:
        broker_url: the broker's, with a user name that may speak and hear for everybody.

    Attributes:
        receipts: in the order in which they came.
    """

    def __init__(self, broker_url: str) -> None:
        self.receipts: list[Receipt] = []
        self._came = asyncio.Event()
        endpoint, username, password = Endpoint.parse(broker_url)
        everybody = (Subscription("v1/users/+/inbox/receipts", 0),)
        speaker = SessionOptions(
            client_id="speaker", endpoint=endpoint, username=username, password=password, session_expiry_s=0
        )
        self._speaker = Session(speaker)
        self._listener = Session(replace(speaker, client_id="listener", subscriptions=everybody), self._hear)

    async def __aenter__(self) -> Self:
        await self._listener.connect()
        await self._speaker.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._speaker.close()
        await self._listener.close()

    async def publish(self, those: Iterable[tuple[str, bytes]]) -> None:
        """Publish these (topic, payload), and wait until the broker has them all."""
        answers = [self._speaker.publish(topic, payload) for topic, payload in those]
        assert set(await asyncio.gather(*answers)) <= {0}

    async def hear(self, enough: Callable[[list[Receipt]], bool]) -> None:
        """Wait until these receipts are enough."""
        async with asyncio.timeout(PATIENCE_S):
            while not enough(self.receipts):
                self._came.clear()
                await self._came.wait()

    def _hear(self, delivery: Delivery) -> None:
        self.receipts.append(read_receipt(delivery.payload))
        self._came.set()
