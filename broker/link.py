"""One network connection: carries bytes between an asyncio transport and a `Connection`, and keeps its time."""

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from broker.events import Acknowledged, Connected, Delivery, Ended, Event, Ready
from broker.options import SessionOptions
from broker.protocol import Connection
from broker.refusals import network_error
from contract.errors import BrokerUnavailable

CLOSE_S = 5.0
"""How long a farewell may take."""


class Link(asyncio.Protocol):
    """From the first attempt to reach the broker to the end of the connection; then it is of no more use.

    Args:
        options: the session's.
        number: counts the session's connections.
        deliver: gets each message, from within `data_received`: no queue, and no task.
        tell: gets each other event.
        end: called once, when an established network connection has ended, with the reason; None if we closed it.

    Attributes:
        connection: the protocol's state.
        accepted: the broker has said CONNACK.
        ready: subscriptions are granted.
        ended: resolves to what `end` is given.
    """

    __slots__ = (
        "_closing",
        "_deaf",
        "_deliver",
        "_end",
        "_error",
        "_flush_planned",
        "_loop",
        "_options",
        "_ready_or_lost",
        "_resumed",
        "_tell",
        "_timer",
        "_transport",
        "accepted",
        "connection",
        "ended",
        "ready",
    )

    def __init__(
        self,
        options: SessionOptions,
        number: int,
        *,
        deliver: Callable[[Delivery], None],
        tell: Callable[[Event], None],
        end: Callable[["Link", Exception | None], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.connection = Connection(options, number, self._loop.time())
        self.accepted = self.ready = False
        self.ended: asyncio.Future[Exception | None] = self._loop.create_future()
        self._ready_or_lost: asyncio.Future[None] = self._loop.create_future()
        self._options = options
        self._deliver, self._tell, self._end = deliver, tell, end
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._resumed: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._closing = self._deaf = self._flush_planned = False

    # For the session

    async def open(self) -> None:
        """Reach the broker, and have it accept us and our subscriptions.

        Raises:
            BrokerUnavailable: it may succeed later.
            Misconfigured: it will not before a person has changed something.
        """
        endpoint = self._options.endpoint
        try:
            async with asyncio.timeout(self._options.connect_timeout_s):
                await self._loop.create_connection(lambda: self, endpoint.host, endpoint.port, ssl=endpoint.tls)
                await self._ready_or_lost
        except TimeoutError:
            limit_s = self._options.connect_timeout_s
            raise BrokerUnavailable(f"{endpoint} did not answer within {limit_s:g} s") from None
        except OSError as error:
            raise network_error(endpoint, error) from error
        finally:
            self._ready_or_lost.cancel()  # nobody waits for it any more

    @property
    def writable(self) -> bool:
        """Not so much is waiting to be sent that one should wait."""
        return self._resumed is None and self._transport is not None

    async def drain(self) -> None:
        """Wait until it is writable, or the connection has ended."""
        if self._resumed is not None:
            await asyncio.shield(self._resumed)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool, token: object = None) -> None:
        """See `Connection.publish`."""
        self.connection.publish(topic, payload, qos=qos, retain=retain, token=token)
        self._plan_flush()

    def write(self, packet: bytes) -> None:
        """Send bytes as they are, for those who try what a broker makes of them."""
        self._flush()
        if self._transport is not None:
            self._transport.write(packet)

    def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """See `Connection.acknowledge`."""
        self.connection.acknowledge(deliveries)
        self._plan_flush()
        self._mind_memory()

    async def close(self) -> None:
        """Say farewell and end, once all that was written is sent; before it was open, `open` fails."""
        self._closing = True
        self.connection.close()
        if self._transport is None:
            return
        self._flush()
        self._transport.close()
        await asyncio.wait([self.ended], timeout=CLOSE_S)
        self.abort()

    def abort(self, error: Exception | None = None) -> None:
        """End now, for this reason; without one it was our wish."""
        self._error = self._error or error
        self._closing = self._closing or error is None
        if self._transport is not None:
            self._transport.abort()

    # For asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The network connection, with TLS if there is any, is made."""
        self._transport = cast("asyncio.Transport", transport)
        if self._closing:
            self._transport.abort()
            return
        self.connection.open()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._dispatch(self.connection.receive(data, self._loop.time()))
        self._flush()
        self._mind_memory()

    def pause_writing(self) -> None:
        """More is written than the network takes."""
        self._resumed = self._loop.create_future()

    def resume_writing(self) -> None:
        """The network has taken it."""
        if self._resumed is not None:
            self._resumed.set_result(None)
            self._resumed = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The network connection has ended, whoever ended it."""
        self.connection.lose()
        if self._timer is not None:
            self._timer.cancel()
        self.resume_writing()
        self._transport = None
        self.ready = False
        error = self._error or (None if self._closing else network_error(self._options.endpoint, exc))
        if not self._ready_or_lost.done():
            self._ready_or_lost.set_exception(error or BrokerUnavailable("closed while connecting"))
        self.ended.set_result(error)
        self._end(self, error)

    # Inside

    def _dispatch(self, events: list[Event]) -> None:
        deliver = self._deliver
        try:
            for event in events:
                if type(event) is Delivery:
                    deliver(event)
                elif type(event) is Acknowledged:
                    self._tell(event)
                else:
                    self._handle(event)
        except Exception as error:  # noqa: BLE001  # one of our owner's, who hears of it as the connection's end
            self.abort(error)

    def _handle(self, event: Event) -> None:
        match event:
            case Connected():
                self.accepted = True
                self._plan_check()
            case Ready():
                self.ready = True
                if not self._ready_or_lost.done():
                    self._ready_or_lost.set_result(None)
            case Ended():
                self._flush()
                self.abort(event.error)
        self._tell(event)

    def _plan_flush(self) -> None:
        """Send what the connection has to say, once what runs now has run: all of it is one write."""
        if not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        output = self.connection.take_output(self._loop.time())
        if output and self._transport is not None:
            self._transport.write(output)

    def _plan_check(self) -> None:
        due = self.connection.due
        if due is not None:
            self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        self._dispatch(self.connection.check(self._loop.time(), deaf=self._deaf))
        self._flush()
        if self.connection.is_open:
            self._plan_check()

    def _mind_memory(self) -> None:
        """Read on, or not, as `SessionOptions.held_bytes_max` says."""
        limit, inbox = self._options.held_bytes_max, self.connection.inbox
        if limit is None or self._transport is None or self._transport.is_closing():
            return
        full = inbox.held_bytes > limit or len(inbox) > self._options.receive_max
        if full and not self._deaf:
            self._deaf = True
            self._transport.pause_reading()
        elif self._deaf and not full:
            self._deaf = False
            self.connection.hear(self._loop.time())
            self._transport.resume_reading()
