"""What the tests of the session share: sessions that gather what they hear, and brokers that say what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import mqtt5

from broker.session import Backoff, Delivery, Endpoint, Session, SessionOptions, Subscription

PATIENCE_S = 20
QUICK = Backoff(0.02, 0.1)


def options(endpoint: Endpoint, *filters: str, **more: Any) -> SessionOptions:
    """A session's options: a client id of its own, unless one is given, and these subscriptions at QoS 1."""
    subscriptions = tuple(Subscription(each) for each in filters)
    default: dict[str, Any] = {"client_id": f"test-{uuid4().hex}", "session_expiry_s": 0, "backoff": QUICK}
    return SessionOptions(endpoint=endpoint, subscriptions=subscriptions, **(default | more))


class Listener:
    """A session and everything that it is told, in order: deliveries, `True` or `False` for session present."""

    def __init__(self, options: SessionOptions) -> None:
        self.heard: asyncio.Queue[Delivery] = asyncio.Queue()
        self.connects: asyncio.Queue[bool] = asyncio.Queue()
        self.disconnects: asyncio.Queue[Exception | None] = asyncio.Queue()
        self.session = Session(
            options,
            self.heard.put_nowait,
            on_connect=self.connects.put_nowait,
            on_disconnect=self.disconnects.put_nowait,
        )

    async def next(self) -> Delivery:
        """The next delivery."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.heard.get()

    async def payloads(self, count: int) -> list[bytes]:
        """The payloads of the next deliveries."""
        return [(await self.next()).payload for _ in range(count)]

    async def lost(self) -> Exception | None:
        """Why the connection ended, once it has."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.disconnects.get()

    async def settle(self) -> None:
        """Wait until the broker has sent us all that it had when this was called: its answer comes after that."""
        async with asyncio.timeout(PATIENCE_S):
            await self.session.publish(f"settled/{uuid4().hex}", b"")


@asynccontextmanager
async def connected(options: SessionOptions) -> AsyncIterator[Listener]:
    """A connected listener, closed at the end."""
    listener = Listener(options)
    await listener.session.connect()
    try:
        yield listener
    finally:
        await listener.session.close()


@asynccontextmanager
async def running(options: SessionOptions) -> AsyncIterator[Listener]:
    """A listener that stays connected, closed at the end."""
    listener = Listener(options)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listener.session.run())
        async with asyncio.timeout(PATIENCE_S):
            await listener.session.wait_connected()
        try:
            yield listener
        finally:
            await listener.session.close()


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def scripted_broker(script: Script) -> AsyncIterator[Endpoint]:
    """A server at 127.0.0.1 that does this with each connection, then closes it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except ConnectionError:
            pass  # the session has gone, which a script need not care about
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])


async def read_packet(reader: asyncio.StreamReader) -> mqtt5.Packet:
    """The next packet that a session sent."""
    received = bytearray()
    while True:
        try:
            return mqtt5.read(memoryview(bytes(received)))[0]
        except IndexError:
            received += await reader.readexactly(1)


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, **connack: Any) -> None:
    """Read CONNECT, say CONNACK."""
    assert isinstance(await read_packet(reader), mqtt5.ConnectPacket)
    writer.write(mqtt5.ConnAckPacket(**connack).write())
