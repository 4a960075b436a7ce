"""MQTT 5 packet by packet, for those who don't keep to the rules. Shares the codec with ours, and nothing else."""

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Self

import mqtt5
from mqtt5 import ConnectPacket, PublishPacket, QoS, SubscribePacket, TopicFilter, Will

PATIENCE_S = 20


class Raw:
    """One connection. Reads only when it is asked to.

    Attributes:
        heard: messages that came while something else was waited for.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._received = bytearray()
        self._next_id = 0
        self.heard: list[PublishPacket] = []

    @classmethod
    async def open(
        cls,
        port: int,
        context: ssl.SSLContext | None,
        client_id: str,
        *,
        login: tuple[str, str] | None = None,
        will: Will | None = None,
        clean_start: bool = True,
        expiry_s: int = 0,
    ) -> "tuple[Raw, mqtt5.ConnAckPacket | None]":
        """Connect; without a CONNACK when the broker closed the connection instead."""
        raw = cls(*await asyncio.open_connection("127.0.0.1", port, ssl=context))
        username, password = login or (None, None)
        connect = ConnectPacket(
            client_id,
            username=username,
            password=password.encode() if password else None,
            clean_start=clean_start,
            session_expiry_interval=expiry_s,
            will=will,
            topic_alias_max=10,
        )
        raw.send(connect.write())
        try:
            packet = await raw.next()
        except (EOFError, OSError):
            return raw, None
        assert isinstance(packet, mqtt5.ConnAckPacket)
        return raw, packet

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.drop()

    def send(self, packet: bytes) -> None:
        """As it is."""
        self._writer.write(packet)

    async def next(self) -> mqtt5.Packet:
        """The next packet; `EOFError` at the end of the connection."""
        while True:
            try:
                packet, size = mqtt5.read(memoryview(bytes(self._received)))
            except IndexError:
                async with asyncio.timeout(PATIENCE_S):
                    more = await self._reader.read(65_536)
                if not more:
                    raise EOFError from None
                self._received += more
            else:
                del self._received[:size]
                return packet

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False, **properties: object) -> int:
        """At QoS 1; the PUBACK's reason code, or the DISCONNECT's or 255 if the broker ended it all instead."""
        self._next_id += 1
        packet = PublishPacket(
            topic,
            payload,
            qos=QoS.AT_LEAST_ONCE,
            retain=retain,
            packet_id=self._next_id,
            **properties,  # type: ignore[arg-type]
        )
        self.send(packet.write())
        return await self._answer()

    async def subscribe(self, *filters: str, qos: QoS = QoS.AT_LEAST_ONCE) -> list[int]:
        """The SUBACK's reason codes; none if the broker ended the connection."""
        self._next_id += 1
        self.send(SubscribePacket(self._next_id, [TopicFilter(each, max_qos=qos) for each in filters]).write())
        try:
            while True:
                packet = await self.next()
                if isinstance(packet, mqtt5.SubAckPacket):
                    return [int(code) for code in packet.reason_codes]
                self._take(packet)
        except (EOFError, OSError):
            return []

    async def listen(self, until: bytes) -> None:
        """Hear messages, up to one with this payload."""
        while True:
            packet = await self.next()
            self._take(packet)
            if isinstance(packet, PublishPacket) and packet.payload == until:
                return

    async def listen_once(self) -> None:
        """Hear whatever comes next."""
        self._take(await self.next())

    async def drop(self) -> None:
        """End the connection without a farewell, so that a will is published."""
        self._writer.transport.abort()
        await asyncio.wait([asyncio.ensure_future(_closed(self._writer))])

    async def _answer(self) -> int:
        try:
            while True:
                packet = await self.next()
                if isinstance(packet, mqtt5.PubAckPacket | mqtt5.DisconnectPacket):
                    return int(packet.reason_code)
                self._take(packet)
        except (EOFError, OSError):
            return 255

    def _take(self, packet: mqtt5.Packet) -> None:
        if isinstance(packet, PublishPacket):
            self.heard.append(packet)
            if packet.packet_id:
                self.send(mqtt5.PubAckPacket(packet.packet_id).write())


async def _closed(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await writer.wait_closed()
