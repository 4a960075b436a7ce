"""An MQTT 5 session over asyncio: connects, stays connected, receives, publishes, acknowledges.

An acknowledgement belongs to one connection. When it is lost, what was not acknowledged is forgotten here and comes
again from the broker, and what was published without an answer fails with BrokerUnavailable, for the caller to say
again.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable

from mqtt5 import Will

from broker.events import Acknowledged, Connected, Delivery, Event, Ready
from broker.link import Link
from broker.options import Backoff, Endpoint, SessionOptions, Subscription
from contract.errors import BrokerUnavailable, PacelineError, Retryable

__all__ = ["Backoff", "Delivery", "Endpoint", "Session", "SessionOptions", "Subscription", "Will"]

_logger = logging.getLogger(__name__)


class Session:
    """A client id's session with the broker, over one connection at a time.

    Callbacks are called from within the loop's reading, one after the other, and must not block. An exception that
    one raises ends the connection, and `run` with it.

    Args:
        options: who, where, what.
        on_message: gets each delivery. Those of QoS 1 are to be given to `acknowledge` sooner or later; with
            `SessionOptions.held_bytes_max` those of QoS 0 as well.
        on_connect: the broker has accepted us; told whether it remembers the session. Before the first delivery.
        on_disconnect: a connection that `on_connect` told of has ended; told why, None if `close` did it.
    """

    __slots__ = (
        "_arrived",
        "_closed",
        "_link",
        "_nap",
        "_number",
        "_on_connect",
        "_on_disconnect",
        "_on_message",
        "options",
    )

    def __init__(
        self,
        options: SessionOptions,
        on_message: Callable[[Delivery], None] | None = None,
        *,
        on_connect: Callable[[bool], None] | None = None,
        on_disconnect: Callable[[Exception | None], None] | None = None,
    ) -> None:
        self.options = options
        self._on_message = on_message or (lambda _delivery: None)
        self._on_connect = on_connect
        self._on_disconnect = on_disconnect
        self._link: Link | None = None
        self._number = 0
        self._closed = False
        self._arrived: asyncio.Future[None] | None = None
        self._nap: asyncio.Future[None] | None = None

    # Connecting

    @property
    def connected(self) -> bool:
        """The broker has accepted us and all subscriptions."""
        return self._link is not None and self._link.ready

    async def connect(self) -> None:
        """Connect and subscribe: one attempt.

        Raises:
            BrokerUnavailable: it may succeed later.
            Misconfigured: it will not before a person has changed something (password, rights, certificate).
        """
        self._closed = False
        await self._connect()

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until `close`.

        When it is cancelled, a connection stays as it is, for last words and `close`.

        Raises:
            Misconfigured: as in `connect`, or another process uses our client id.
        """
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._closed:
            began = loop.time()
            error = await self._stay_connected()
            if error is None:
                return
            if not isinstance(error, Retryable):
                raise error
            # Only if it held for a while: a broker that throws us off at once must not be bothered without pause.
            if loop.time() - began > self.options.backoff.most_s:
                failures = 0
            await self._rest(failures, error)
            failures += 1

    async def wait_connected(self) -> None:
        """Wait until `connected`. Something must be connecting: `run`, in another task."""
        while not self.connected:
            if self._arrived is None:
                self._arrived = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._arrived)

    async def close(self) -> None:
        """Send all but what is `queued`, say farewell (so no will is published), and end `run`."""
        self._closed = True
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)
        if self._link is not None:
            await self._link.close()

    def abort(self) -> None:
        """Drop the connection without a word, as a crash or a lost network does: the broker publishes the will.

        `run` takes it for a loss, and connects again.
        """
        if self._link is not None:
            self._link.abort(BrokerUnavailable("the connection was dropped on purpose"))

    # Messages

    @property
    def in_flight(self) -> int:
        """Published at QoS 1, sent, and not acknowledged yet."""
        return self._link.connection.outbox.in_flight if self._link else 0

    @property
    def queued(self) -> int:
        """Published at QoS 1 and waiting, since the broker takes no more at a time (its receive maximum)."""
        return self._link.connection.outbox.queued if self._link else 0

    @property
    def held_bytes(self) -> int:
        """Of topics and payloads in hand, as `SessionOptions.held_bytes_max` counts them."""
        return self._link.connection.inbox.held_bytes if self._link else 0

    @property
    def writable(self) -> bool:
        """The network takes more; if not, publish again after `drain`."""
        return self._link is not None and self._link.writable

    async def drain(self) -> None:
        """Wait until the network has taken most of what was written.

        Raises:
            BrokerUnavailable: not connected, or not any more.
        """
        await self._require_link().drain()
        self._require_link()

    def publish_nowait(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish without asking what became of it. At QoS 1 the broker's answer is not told, but keeps its pace.

        Raises:
            BrokerUnavailable: not connected.
            Rejected: larger than the broker takes.
            ValueError: nothing can be published to such a topic.
        """
        self._require_link().publish(topic, payload, qos=qos, retain=retain)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> asyncio.Future[int]:
        """Publish at QoS 1.

        Returns:
            The PUBACK's reason code, when it comes. 0: taken; 16: taken, but nobody has subscribed, so nobody will
            store it; 128 and above: refused. Fails with BrokerUnavailable if the connection ends before that.

        Raises:
            Rejected: larger than the broker takes.
            ValueError: nothing can be published to such a topic.
        """
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        try:
            self._require_link().publish(topic, payload, qos=1, retain=retain, token=answer)
        except BrokerUnavailable as error:
            answer.set_exception(error)
        return answer

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """PUBACK them, in one write; those of an older connection or acknowledged before are passed over.

        One of QoS 0 has no PUBACK; it only makes room, where what is in hand is bounded.
        """
        if self._link is not None:
            self._link.acknowledge(deliveries)

    # Inside

    def _require_link(self) -> Link:
        if self._link is None:
            raise BrokerUnavailable("not connected to the broker")
        return self._link

    async def _connect(self) -> Link:
        if self._link is not None:
            raise RuntimeError("the session is connected already, or connecting")
        self._number += 1
        link = Link(self.options, self._number, deliver=self._on_message, tell=self._hear, end=self._forget)
        self._link = link
        try:
            await link.open()
        except BaseException:
            link.abort()
            self._link = None
            raise
        return link

    async def _stay_connected(self) -> Exception | None:
        """What ended the connection, or kept us from one; None if it was closed."""
        try:
            link = self._link or await self._connect()
        except PacelineError as error:
            return None if self._closed else error
        return await asyncio.shield(link.ended)

    async def _rest(self, failures: int, error: Exception) -> None:
        delay_s = self.options.backoff.delay_s(failures, random.random())  # noqa: S311  # spreads load, hides nothing
        _logger.warning("%s: %s; again in %.1f s", self.options.client_id, error, delay_s)
        self._nap = asyncio.get_running_loop().create_future()
        await asyncio.wait([self._nap], timeout=delay_s)

    def _hear(self, event: Event) -> None:
        match event:
            case Acknowledged(token=asyncio.Future() as answer, reason_code=reason_code) if not answer.done():
                answer.set_result(reason_code)
            case Connected(session_present=session_present) if self._on_connect is not None:
                self._on_connect(session_present)
            case Ready() if self._arrived is not None:
                self._arrived.set_result(None)
                self._arrived = None

    def _forget(self, link: Link, error: Exception | None) -> None:
        if self._link is link:
            self._link = None
        for answer in link.connection.outbox.clear():
            if isinstance(answer, asyncio.Future) and not answer.done():
                answer.set_exception(BrokerUnavailable("the connection ended before the broker had answered"))
        if link.accepted and self._on_disconnect is not None:
            self._on_disconnect(error)
