"""Uploads and their receipts over one connection to the broker. It begins and ends with the connection."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog

from api.addressing import Upload
from api.breakers import Breaker
from api.inbox import Inbox
from api.link import Link
from contract import topics
from contract.errors import BrokerUnavailable
from contract.reason_codes import NO_MATCHING_SUBSCRIBERS
from contract.receipts import Receipt

log = structlog.get_logger(__name__)

_NOBODYS_FILTER = "v1/-"


class Exchange:
    """Publishes batches, and hands each receipt to the uploads that wait for it.

    A user's receipts are subscribed to only while an upload of theirs is under way: with a filter for all users, every
    API process would be sent every receipt there is.

    Args:
        link: the connection.
        breaker: the circuit around publishing; a receipt that stays away is not the broker's failure.
    """

    def __init__(self, link: Link, breaker: Breaker) -> None:
        self._link = link
        self._breaker = breaker
        self._inboxes: dict[str, Inbox] = {}
        self._idle: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[asyncio.Timeout] = set()

    async def run(self) -> None:
        """Serve until the connection is lost; ends with an exception group that holds why."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                tasks.create_task(self._tidy())
        finally:
            self._give_up()

    async def deliver(self, upload: Upload, timeout_s: float) -> Receipt:
        """Publish a batch and wait for its receipt.

        Raises:
            BrokerUnavailable: that it is stored could not be confirmed in time, or before the connection was lost.
            BatchRejected: its batch id is in use.
            aiomqtt.MqttError: the connection is lost.
        """
        async with self._patience(timeout_s):
            with self._inbox(upload.user_id) as inbox, inbox.expecting(upload) as answer:
                await inbox.open()
                await self._publish(upload)
                return await answer

    async def send(self, topic: str, payload: bytes, expiry_s: int, timeout_s: float) -> int:
        """Publish a message that has no receipt; the PUBACK's reason code.

        Raises:
            BrokerUnavailable, aiomqtt.MqttError: the broker did not answer in time, or the connection is lost.
        """
        async with self._patience(timeout_s):
            with self._breaker.guarding():
                return await self._link.deliver(topic, payload, expiry_s=expiry_s)

    async def ping(self) -> None:
        """Return when the broker has answered something.

        Raises:
            BrokerUnavailable, aiomqtt.MqttError: the connection is lost.
        """
        # MQTT's own ping is the client library's. An UNSUBSCRIBE is answered too, and of what is not subscribed to
        # changes nothing.
        async with self._patience(None):
            await self._link.unfollow(_NOBODYS_FILTER)

    async def _publish(self, upload: Upload) -> None:
        with self._breaker.guarding():
            reason = await self._link.deliver(topics.telemetry(upload.user_id, upload.kind.name), upload.payload)
        if reason == NO_MATCHING_SUBSCRIBERS:
            raise BrokerUnavailable("nothing takes in telemetry just now: send the batch again")
        if reason:
            log.warning("the broker refuses a batch", reason_code=reason)
            raise BrokerUnavailable("the broker refused the batch: send it again")

    async def _receive(self) -> None:
        async for message in self._link.messages:
            user_id = message.topic.value.split("/")[2]
            inbox = self._inboxes.get(user_id)
            if inbox:
                inbox.take(bytes(message.payload))

    async def _tidy(self) -> None:
        # Apart from the requests: none waits for the end of its subscription, or fails because of it.
        while True:
            user_id = await self._idle.get()
            inbox = self._inboxes.get(user_id)
            if inbox:
                await inbox.close_if_idle()
                if not inbox.uploads:
                    del self._inboxes[user_id]

    @contextmanager
    def _inbox(self, user_id: str) -> Iterator[Inbox]:
        inbox = self._inboxes.get(user_id)
        if inbox is None:
            inbox = self._inboxes[user_id] = Inbox(user_id, self._link)
        inbox.uploads += 1
        try:
            yield inbox
        finally:
            inbox.uploads -= 1
            if not inbox.uploads:
                self._idle.put_nowait(user_id)

    @asynccontextmanager
    async def _patience(self, timeout_s: float | None) -> AsyncIterator[None]:
        """For as long as there is hope: it ends with the time-out, or with the connection."""
        try:
            async with asyncio.timeout(timeout_s) as patience:
                self._waiting.add(patience)
                try:
                    yield
                finally:
                    self._waiting.discard(patience)
        except TimeoutError:
            raise BrokerUnavailable("storing could not be confirmed: send the batch again") from None

    def _give_up(self) -> None:
        """End the patience of all who wait: what they wait for can't come over this connection any more."""
        for patience in self._waiting:
            if not patience.expired():
                patience.reschedule(0)
