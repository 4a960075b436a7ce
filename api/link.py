"""One connection to the MQTT broker: aiomqtt's client, with what the API needs beyond it.

- `deliver` tells the PUBACK's reason code. aiomqtt's `publish` drops it, and with it the news that nobody will store
  what was published.
- Its methods wait as long as they are let; the caller says how long. aiomqtt's own time-outs, which are `wait_for`'s,
  can lose a cancellation before Python 3.12, and a task that lost one never ends.
- A connection that fails between TCP and CONNACK is closed. aiomqtt leaves its socket and its timer running.
"""

import asyncio
import logging
import math
from types import TracebackType
from typing import Any, Self

import aiomqtt
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from api.options import BrokerAddress

CONNECT_TIMEOUT_S = 10.0

_SILENT = logging.getLogger(f"{__name__}.aiomqtt")
_SILENT.setLevel(logging.CRITICAL)  # what it would tell comes as an exception as well, and is told where that ends


class Link(aiomqtt.Client):
    """A connection, with a session that ends with it. Its methods raise `aiomqtt.MqttError` when it has been lost."""

    def __init__(self, broker: BrokerAddress, keep_alive_s: int) -> None:
        super().__init__(
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            tls_context=broker.tls,
            protocol=aiomqtt.ProtocolVersion.V5,
            keepalive=keep_alive_s,
            timeout=CONNECT_TIMEOUT_S,
            logger=_SILENT,
        )
        self._confirmations: dict[int, asyncio.Future[int]] = {}

    async def deliver(self, topic: str, payload: bytes, *, expiry_s: int | None = None) -> int:
        """Publish at QoS 1, and wait for the PUBACK; its reason code.

        Args:
            topic: where.
            payload: what.
            expiry_s: how long the broker keeps it for sessions whose clients are away, in seconds; None: as they last.
        """
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        return await self._confirmed(topic, payload, retain=False, properties=properties)

    async def forget(self, topic: str) -> int:
        """Have the broker retain nothing of a topic any more, and wait for the PUBACK; its reason code."""
        return await self._confirmed(topic, b"", retain=True)

    async def _confirmed(
        self, topic: str, payload: bytes, *, retain: bool, properties: Properties | None = None
    ) -> int:
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        if info.rc != MQTT_ERR_SUCCESS:
            raise aiomqtt.MqttCodeError(info.rc, "could not publish")
        confirmation: asyncio.Future[int] = self._loop.create_future()
        self._confirmations[info.mid] = confirmation
        try:
            return await confirmation
        finally:
            self._confirmations.pop(info.mid, None)

    async def follow(self, topic_filter: str) -> None:
        """Subscribe at QoS 1, and wait for the SUBACK."""
        for reason in await self.subscribe(topic_filter, qos=1, timeout=math.inf):
            if isinstance(reason, ReasonCode) and reason.is_failure:
                raise aiomqtt.MqttCodeError(reason, "subscription refused")

    async def unfollow(self, topic_filter: str) -> None:
        """Unsubscribe, and wait for the UNSUBACK."""
        await self.unsubscribe(topic_filter, timeout=math.inf)

    def _on_publish(
        self, client: Client, userdata: Any, mid: int, reason_code: ReasonCode, properties: Properties
    ) -> None:
        confirmation = self._confirmations.get(mid)
        if confirmation and not confirmation.done():
            confirmation.set_result(reason_code.value)
        super()._on_publish(client, userdata, mid, reason_code, properties)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # asked for, or asyncio complains that nobody did

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            self._client.disconnect()
            raise
