"""`python -m benchmarks.stages`: what each stage of the ingestor costs, one after the other, alone on one core.

The stages are the ingestor's own functions, fed with 500 batches as Mosquitto sends them. What this leaves out (the
kernel's sockets, aiohttp, the event loop, and caches that the database next door empties) is the difference to
`ingestor_cpu_us_per_batch` of `make bench`.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import mqtt5
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.table import Table

from benchmarks.load import ITEMS_PER_BATCH, Load, Loads
from broker.events import Delivery
from broker.options import Endpoint, SessionOptions
from broker.protocol import Connection
from contract import topics
from contract.events import stored_event
from contract.stamping import Horizon, epoch_ms, item_times_ms, keys_ns
from ingestor.admission import Admission
from ingestor.metrics import IngestorMetrics
from ingestor.parcel import Parcel
from storage.series.line_protocol import bodies

BATCHES = {"meals": 400, "track": 67}
"""One write of 4,000 items."""

REPEATS = 25
OPTIONS = SessionOptions(client_id="bench", endpoint=Endpoint("127.0.0.1", 1883), session_expiry_s=0, receive_max=4_000)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and its cost in microseconds a batch; `within` names the stage that it is a part of."""

    name: str
    us: float
    within: str = ""


def measure(kind: str) -> list[Stage]:
    """All stages for batches of one kind."""
    load = Loads().make(kind, BATCHES[kind])
    stream = b"".join(_publish_packet(number, *message) for number, message in enumerate(load.messages, start=1))
    deliveries = _received(_connection(), stream)
    horizon = Horizon.at(time.time_ns() // 1_000_000, retention_days=1_095)
    parcels = _opened(deliveries, horizon)
    return [
        Stage("MQTT: packets to messages", _us(lambda: _received(_connection(), stream), load)),
        Stage("reading: bytes to stamped items", _us(lambda: _opened(deliveries, horizon), load)),
        *_parts_of_reading(load, parcels),
        *_after_reading(load, parcels),
        Stage("acknowledgements", _us_of_acknowledging(load, stream)),
    ]


def _opened(deliveries: list[Delivery], horizon: Horizon) -> list[Parcel]:
    now_s = time.monotonic()
    parcels = [Parcel(each, now_s) for each in deliveries]
    for parcel in parcels:
        parcel.open(horizon)
    return parcels


def _parts_of_reading(load: Load, parcels: list[Parcel]) -> list[Stage]:
    decode = load.kind.decoder.decode
    batches = [decode(parcel.delivery.payload) for parcel in parcels]
    timed = [(batch.items, item_times_ms(batch.items, epoch_ms(batch.timestamp))) for batch in batches]
    return [
        Stage("JSON", _us(lambda: [decode(parcel.delivery.payload) for parcel in parcels], load), "reading"),
        Stage(
            "times",
            _us(lambda: [item_times_ms(each.items, epoch_ms(each.timestamp)) for each in batches], load),
            "reading",
        ),
        Stage("keys", _us(lambda: [keys_ns(load.kind, *each) for each in timed], load), "reading"),
    ]


def _after_reading(load: Load, parcels: list[Parcel]) -> list[Stage]:
    stamped = [parcel.stamped for parcel in parcels if parcel.stamped]
    admission = Admission()
    admission.learn({each.user_id: frozenset({each.source_device}) for each in stamped})
    metrics = IngestorMetrics(CollectorRegistry())
    now_ms, now_s = time.time_ns() // 1_000_000, time.monotonic()
    return [
        Stage("source devices", _us(lambda: _admit(admission, parcels), load)),
        Stage("line protocol", _us(lambda: list(bodies(stamped)), load)),
        Stage("event", _us(lambda: stored_event(stamped).encode(), load)),
        Stage("receipts", _us(lambda: _send_receipts(_connection(), parcels), load)),
        Stage("metrics", _us(lambda: metrics.count(parcels, now_ms, now_s), load)),
    ]


def _admit(admission: Admission, parcels: list[Parcel]) -> None:
    admission.strangers(parcels)
    admission.turn_away(parcels)


def _us_of_acknowledging(load: Load, stream: bytes) -> float:
    with_receiving = _us(lambda: _acknowledge(stream), load)
    return with_receiving - _us(lambda: _received(_connection(), stream), load)


def _acknowledge(stream: bytes) -> None:
    connection = _connection()
    connection.acknowledge(_received(connection, stream))


def _publish_packet(number: int, topic: str, payload: bytes) -> bytes:
    return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=number).write()


def _connection() -> Connection:
    connection = Connection(OPTIONS, 1, 0.0)
    connection.open()
    connection.receive(mqtt5.ConnAckPacket().write(), 0.0)
    return connection


def _received(connection: Connection, stream: bytes) -> list[Delivery]:
    return [event for event in connection.receive(stream, 0.0) if isinstance(event, Delivery)]


def _send_receipts(connection: Connection, parcels: list[Parcel]) -> None:
    for parcel in parcels:
        receipt = parcel.receipt
        if receipt and parcel.user_id:
            connection.publish(topics.receipts(parcel.user_id), receipt.encode(), qos=0)


def _us(work: Callable[[], object], load: Load) -> float:
    """Processor time of the fastest of several runs, in microseconds a batch."""
    best_ns = min(_ns(work) for _ in range(REPEATS))
    return best_ns / len(load.messages) / 1_000


def _ns(work: Callable[[], object]) -> int:
    began_ns = time.process_time_ns()
    work()
    return time.process_time_ns() - began_ns


def main() -> None:
    """The command."""
    gc.collect()
    gc.freeze()
    gc.disable()
    measured = {kind: measure(kind) for kind in BATCHES}
    table = Table("stage", *(f"{ITEMS_PER_BATCH[kind]} {kind}, us" for kind in measured), box=None, padding=(0, 2))
    for stages in zip(*measured.values(), strict=True):
        indent = "  of which " if stages[0].within else ""
        table.add_row(f"{indent}{stages[0].name}", *(f"{stage.us:.1f}" for stage in stages))
    sums = (sum(stage.us for stage in stages if not stage.within) for stages in measured.values())
    table.add_row("all", *(f"{total:.1f}" for total in sums))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
