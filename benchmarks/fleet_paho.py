"""The same load by a plain fleet of paho-mqtt clients, as one would write it: `python -m benchmarks.fleet_paho LOAD`.

Each client has its network thread (`loop_start`); one more thread publishes when a batch is due. The batches are made
beforehand: paho is compared, not the people.
"""

import sys
import time
from collections import deque
from random import Random
from threading import Event

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.fleet_load import FleetLoad, Outcome
from contract import topics
from contract.errors import BrokerUnavailable
from device_simulator.address import Address
from device_simulator.histogram import Histogram
from device_simulator.plan import plan_of, until
from device_simulator.report import peak_rss_bytes
from device_simulator.scenario import changed, load_scenario
from device_simulator.sources import Source


class PlainDevice:
    """One paho client.

    Args:
        name: its client id.
        latencies: gets the time of each PUBACK, in seconds after the intended moment.
    """

    def __init__(self, name: str, latencies: "deque[float]") -> None:
        self.ready = Event()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        self.client.max_inflight_messages_set(200)
        self.client.on_connect = lambda *_: self.ready.set()
        self.client.on_publish = lambda _client, _data, mid, *_: self._answered(mid)
        self._latencies = latencies
        self._due: dict[int, float] = {}

    def publish(self, topic: str, payload: bytes, due: float) -> None:
        """Publish at QoS 1; `due` is when it was intended."""
        mid = self.client.publish(topic, payload, qos=1).mid
        self._due[mid] = due

    def _answered(self, mid: int) -> None:
        self._latencies.append(time.perf_counter() - self._due.pop(mid, time.perf_counter()))


Message = tuple[float, int, str, bytes]


def run(load: FleetLoad) -> Outcome:
    """Connect, publish on time, wait for the last PUBACK."""
    scenario = changed(
        load_scenario("steady"),
        devices={"count": load.devices, "lives": load.devices},
        timing={"interval_s": load.devices / load.per_s, "duration_s": load.seconds},
    )
    chance = Random(1)  # noqa: S311  # no secret
    source = Source(scenario, 1, 0, time.time_ns() // 1_000_000)
    for _ in source.prepare(pregenerate=True):
        pass
    steps = list(until(plan_of(scenario, chance), load.seconds))
    cursors = [0] * load.devices
    messages = []
    for due, number, _ in steps:
        if found := source.next(number, cursors[number], 0):
            cursors[number] = found[0]
            user_id = source.user_id(number)
            messages.append((due, number, topics.telemetry(user_id, found[1].kind), found[1].payload(user_id)))
    return _measure(load, messages)


def _measure(load: FleetLoad, messages: list[Message]) -> Outcome:
    latencies: deque[float] = deque()
    devices = _connected(load, latencies)
    lateness, puback = Histogram(), Histogram()
    began, worked = time.perf_counter(), time.process_time()
    for due, number, topic, payload in messages:
        wait_s = began + due - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        lateness.record_s(time.perf_counter() - began - due)
        devices[number].publish(topic, payload, began + due)
    while len(latencies) < len(messages) and time.perf_counter() - began < 10 * load.seconds:
        time.sleep(0.005)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - worked
    for latency in latencies:
        puback.record_s(latency)
    for device in devices:
        device.client.disconnect()
    for device in devices:  # only now, since a thread takes up to a second to notice
        device.client.loop_stop()
    p99 = puback.summary_ms()["p99_ms"], lateness.summary_ms()["p99_ms"]
    return Outcome(len(messages), len(latencies), seconds, cpu_s, peak_rss_bytes(), *p99)


def _connected(load: FleetLoad, latencies: "deque[float]") -> list[PlainDevice]:
    endpoint, username, password = Address.parse(load.broker_url).of("")
    devices = [PlainDevice(f"plain-{number}", latencies) for number in range(load.devices)]
    for device in devices:
        device.client.username_pw_set(username, password)
        device.client.connect(endpoint.host, endpoint.port)
        device.client.loop_start()
    for device in devices:
        if not device.ready.wait(30):
            raise BrokerUnavailable("a plain client was not accepted within 30 s")
    return devices


def main() -> None:
    """Read the load, carry it out, say what came of it."""
    outcome = run(msgspec.json.decode(sys.argv[1], type=FleetLoad))
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")


if __name__ == "__main__":
    main()
