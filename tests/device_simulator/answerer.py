"""Somebody who answers batches, through an independent client (paho)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from contract import topics
from contract.receipts import Receipt, Rejection
from tests.servers.mosquitto import MosquittoServer

Policy = Callable[["Heard"], Receipt | None]


@dataclass(frozen=True)
class Heard:
    """A batch as it came; `before` says how often the same batch id had come already."""

    topic: str
    payload: bytes
    batch_id: str
    items: int
    before: int


def store(heard: Heard) -> Receipt | None:
    return Receipt(heard.batch_id, "stored", heard.items, [])


def reject(heard: Heard) -> Receipt | None:
    reasons = [Rejection(index, None, None, "will not do") for index in range(heard.items)]
    return Receipt(heard.batch_id, "rejected", 0, reasons)


def ignore(heard: Heard) -> Receipt | None:
    return None


def store_what_comes_again(heard: Heard) -> Receipt | None:
    return store(heard) if heard.before else None


@dataclass
class Answerer:
    """Hears every batch, and answers as `policy` says. Runs in paho's own thread."""

    broker: MosquittoServer
    policy: Policy = store
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._times: dict[str, int] = {}
        self._subscribed = Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="answerer", protocol=mqtt.MQTTv5)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(topics.TELEMETRY_FILTER, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda client, data, message: self._hear(message)

    def start(self) -> None:
        self._client.connect("127.0.0.1", self.broker.port)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def firsts(self) -> list[Heard]:
        """Every batch once, in the order in which they first came."""
        with self._lock:
            return [heard for heard in self.heard if not heard.before]

    @property
    def repeats(self) -> list[Heard]:
        with self._lock:
            return [heard for heard in self.heard if heard.before]

    def _hear(self, message: mqtt.MQTTMessage) -> None:
        batch = msgspec.json.decode(message.payload)
        with self._lock:
            before = self._times.get(batch["batch_id"], 0)
            self._times[batch["batch_id"]] = before + 1
            heard = Heard(message.topic, bytes(message.payload), batch["batch_id"], len(batch["items"]), before)
            self.heard.append(heard)
        receipt = self.policy(heard)
        if receipt is not None:
            self._client.publish(topics.receipts(batch["user_id"]), receipt.encode(), qos=1)
