"""The API's one connection to the broker, kept up for ever."""

import asyncio
import random
import time

import aiomqtt
import structlog

from api.addressing import Upload
from api.breakers import Breaker, broker_breaker
from api.exchange import Exchange
from api.link import Link
from api.options import ApiOptions
from contract.errors import BrokerUnavailable
from contract.reason_codes import REFUSED
from contract.receipts import Receipt

log = structlog.get_logger(__name__)


class Uplink:
    """Publishes uploads and waits for their receipts, while `run` keeps the connection.

    Args:
        options: where the broker is, and how long to wait for it.
        breaker: the circuit around publishing; None: one of its own.
    """

    def __init__(self, options: ApiOptions, breaker: Breaker | None = None) -> None:
        self._options = options
        self._breaker = breaker or broker_breaker(options.breaker)
        self._exchange: Exchange | None = None
        self._is_up = asyncio.Event()

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost; ends only when cancelled."""
        pause = self._options.reconnect_first_s
        while True:
            began = time.monotonic()
            try:
                async with Link(self._options.broker, self._options.keep_alive_s) as link:
                    await self._serve(link)
            except* aiomqtt.MqttError as group:
                log.warning("the API has no connection to the broker", error=str(_first(group)))
            # Only a connection that held for a while counts as good: a broker that accepts us only to throw us off
            # again must not be bothered without pause.
            if time.monotonic() - began > self._options.reconnect_most_s:
                pause = self._options.reconnect_first_s
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  # spreads load; guards nothing
            pause = min(pause * 2, self._options.reconnect_most_s)

    async def wait_connected(self) -> None:
        """Return when there is a connection."""
        await self._is_up.wait()

    async def deliver(self, upload: Upload) -> Receipt:
        """Publish a batch and wait for its receipt.

        Raises:
            BrokerUnavailable: that it is stored could not be confirmed. It may be; sending it again does no harm.
            BatchRejected: its batch id is in use by another batch that is under way.
        """
        exchange = self._connected()
        try:
            return await exchange.deliver(upload, self._options.receipt_timeout_s)
        except aiomqtt.MqttError as error:
            log.warning("an upload could not be published", error=str(error))
            raise BrokerUnavailable("the broker can't take the batch now: send it again") from error

    async def send(self, topic: str, payload: bytes, *, expiry_s: int) -> int:
        """Publish a message of ours.

        Args:
            topic: where.
            payload: what.
            expiry_s: how long the broker keeps it for who is away, in seconds.

        Returns:
            The PUBACK's reason code; 16: nobody has subscribed to it.

        Raises:
            BrokerUnavailable: the broker is away, or refuses.
        """
        try:
            code = await self._connected().send(topic, payload, expiry_s, self._options.publish_timeout_s)
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable("the broker can't take the message now") from error
        if code >= REFUSED:
            raise BrokerUnavailable("the broker refused the message")
        return code

    async def check(self) -> None:
        """Return when the broker has answered something.

        Raises:
            BrokerUnavailable: there is no connection.
        """
        try:
            if self._exchange is None:
                raise BrokerUnavailable("there is no connection to the broker")
            await self._exchange.ping()
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable("the broker does not answer") from error

    def _connected(self) -> Exchange:
        if self._exchange is None:
            with self._breaker.guarding():
                raise BrokerUnavailable("there is no connection to the broker: send it again")
        return self._exchange

    async def _serve(self, link: Link) -> None:
        self._exchange = Exchange(link, self._breaker)
        self._is_up.set()
        log.info("the API is connected to the broker")
        try:
            await self._exchange.run()
        finally:
            self._exchange = None
            self._is_up.clear()


def _first(group: BaseExceptionGroup[Exception]) -> BaseException:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
