import time

import pytest

from benchmarks.devices import Watch
from benchmarks.load import ITEMS_PER_BATCH, USERS, Load, Loads, request_bodies
from broker.session import Delivery
from contract import topics
from contract.events import stored_event
from contract.reading import Reading, read_batch
from contract.stamping import Horizon


def read_all(load: Load) -> list[Reading]:
    horizon = Horizon.at(time.time_ns() // 1_000_000, retention_days=1_095)
    return [
        read_batch(load.kind, topics.read_telemetry(topic)[0], payload, horizon) for topic, payload in load.messages
    ]


def points(load: Load) -> set[tuple[str, int]]:
    readings = read_all(load)
    return {(each.stamped.user_id, key_ns) for each in readings for key_ns in each.stamped.keys_ns}


@pytest.mark.parametrize("kind", ITEMS_PER_BATCH)
def test_all_that_devices_publish_is_right_and_asks_for_a_receipt(kind: str) -> None:
    load = Loads().make(kind, 20)
    for reading in read_all(load):
        assert reading.batch_id
        assert not reading.rejected
        assert not reading.ignored
        assert len(reading.stamped.items) == load.items_per_batch


@pytest.mark.parametrize("kind", ITEMS_PER_BATCH)
def test_no_load_writes_over_another(kind: str) -> None:
    loads = Loads()
    batches = len(USERS) + 7  # some users have two
    first, second = loads.make(kind, batches), loads.make(kind, batches)
    assert len(points(first) | points(second)) == first.items + second.items == loads.published[kind]


@pytest.mark.parametrize("kind", ITEMS_PER_BATCH)
def test_the_bare_requests_have_every_line_once(kind: str) -> None:
    load = Loads().make(kind, 600)
    lines = [line for body in request_bodies(load) for line in body.splitlines()]
    assert len(set(lines)) == len(lines) == load.items


async def test_the_watch_counts_batches_from_what_events_say() -> None:
    load = Loads().make("track", 3 * len(USERS))
    stamped = [reading.stamped for reading in read_all(load)]
    watch = Watch()
    done = watch.expect(load)
    for start, end in ((0, 700), (700, len(stamped))):
        assert not done.done()
        payload = stored_event(stamped[start:end]).encode()
        watch.hear(
            Delivery(topics.EVENTS_STORED, payload, qos=0, retain=False, packet_id=None, connection=1, duplicate=False)
        )
    assert done.done()
    assert watch.counts == [700, 800]
