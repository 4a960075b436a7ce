"""A device for tests, on paho: a client that shares no code with ours."""

import json
import queue
from collections import defaultdict
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PATIENCE_S = 20.0


class Device:
    """Publishes batches of one user and hears what becomes of them."""

    def __init__(
        self,
        port: int,
        user_id: str,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
        *,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.user_id = user_id
        self._told: defaultdict[str, queue.Queue[dict[str, Any]]] = defaultdict(queue.Queue)
        self._subscribed: queue.Queue[None] = queue.Queue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"device-{uuid4().hex}", protocol=version)
        self._client.on_connect = lambda client, *_: client.subscribe(f"v1/users/{user_id}/inbox/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.put(None)
        self._client.on_message = lambda _client, _data, message: self._hear(message.topic, message.payload)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.connect("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._subscribed.get(timeout=PATIENCE_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, kind: str, payload: bytes | str, *, user_id: str | None = None, retain: bool = False) -> None:
        """Publish and wait for the broker's PUBACK."""
        topic = f"v1/users/{user_id or self.user_id}/telemetry/{kind}"
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def confirm(self, **what: Any) -> None:
        """Say something to a coach's message, and wait for the broker's PUBACK."""
        topic = f"v1/users/{self.user_id}/outbox/feedback"
        self._client.publish(topic, json.dumps(what), qos=1).wait_for_publish(PATIENCE_S)

    def receipt(self) -> dict[str, Any]:
        """The next receipt."""
        return self.told("receipts")

    def told(self, where: str) -> dict[str, Any]:
        """The next message of this part of the inbox."""
        return self._told[where].get(timeout=PATIENCE_S)

    def _hear(self, topic: str, payload: bytes | bytearray) -> None:
        self._told[topic.rpartition("/")[2]].put(json.loads(payload))
