"""From a device's publish to what is stored and what the device is told."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from broker.session import Delivery, Endpoint, Session, SessionOptions, Subscription
from contract import topics
from contract.catalogue import CATALOGUE
from contract.events import MOST_CHANGES, StoredEvent, read_stored_event
from ingestor.metrics import AHEAD_S
from paceline.processes import find_program
from storage.records.source_devices import MAX_SOURCE_DEVICES
from storage.series.opening import open_series_store
from storage.series.protocol import Selection
from tests.devices import PATIENCE_S, Device
from tests.ingestor.conftest import OpenStore, Running, running_ingestor
from tests.servers.mosquitto import MosquittoServer, new_server


def batch(user_id: str, items: list[dict[str, Any]], **more: Any) -> str:
    body = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "items": items}
    return json.dumps(body | more)


@pytest.fixture(params=[MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5], ids=["3.1.1", "5"])
def device(running: Running, request: pytest.FixtureRequest) -> Iterator[Device]:
    with Device(running.port, running.user_id, request.param) as connected:
        yield connected


async def receipt(device: Device) -> dict[str, Any]:
    return await asyncio.to_thread(device.receipt)


async def test_a_batch_gets_its_receipt_once_it_is_stored(running: Running, device: Device) -> None:
    items = [{"meal_id": "a", "calories": 150}, {"meal_id": "b", "calories": 750.5, "meal_type": "Dinner"}]
    device.publish("meals", batch(device.user_id, items, batch_id="one"))
    assert await receipt(device) == {"batch_id": "one", "status": "stored", "stored": 2, "rejected": []}
    stored = {row.values["meal_id"]: row.values for row in await running.rows("meals")}
    assert stored == {item["meal_id"]: item for item in items}


async def test_a_bad_item_is_named_and_the_good_ones_are_stored(running: Running, device: Device) -> None:
    items = [{"meal_id": "a", "calories": 150}, {"meal_id": "b", "calories": 750}, {"meal_id": "c", "calories": -7}]
    device.publish("meals", batch(device.user_id, items, batch_id="three"))
    told = await receipt(device)
    assert (told["status"], told["stored"]) == ("stored", 2)
    reason = "must be a number from 0 to 10000 kcal"
    assert told["rejected"] == [{"index": 2, "id": "c", "field": "calories", "reason": reason}]
    assert {row.values["meal_id"] for row in await running.rows("meals")} == {"a", "b"}
    (letter,) = await running.letters()
    assert letter.batch_id == "three"
    assert letter.reason == f"item 2: calories: {reason}"


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("meals", b"not JSON", "not JSON"),
        ("meals", b"\xff\xfe", "not UTF-8"),
        ("meals", b"", "not JSON"),
        ("meals", b"[" * 50_000, "not a batch: nested too deeply"),
        (
            "meals",
            batch("somebody-else", [{"meal_id": "a", "calories": 1}]).encode(),
            "user_id: must equal the user of the topic",
        ),
        ("moods", batch("", []).encode(), "kind: unknown kind: expected one of meals, exercises, heart_rate"),
    ],
    ids=["not JSON", "not UTF-8", "empty", "deep", "wrong user", "unknown kind"],
)
async def test_what_cannot_be_read_is_a_dead_letter_and_the_next_batch_is_unharmed(
    running: Running, device: Device, kind: str, payload: bytes, reason: str
) -> None:
    device.publish(kind, payload)
    told = await receipt(device)
    assert (told["batch_id"], told["status"], told["stored"]) == (None, "rejected", 0)
    assert told["reason"].startswith(reason)
    device.publish("meals", batch(device.user_id, [{"meal_id": "next", "calories": 1}], batch_id="next"))
    assert (await receipt(device))["status"] == "stored"
    (letter,) = await running.letters()
    assert letter.reason.startswith(reason)
    assert letter.payload == payload


async def test_an_item_from_the_year_2090_is_rejected_with_the_reason(running: Running, device: Device) -> None:
    items = [{"meal_id": "a", "calories": 1, "timestamp": "2090-01-01T00:00:00Z"}]
    device.publish("meals", batch(device.user_id, items, batch_id="2090"))
    told = await receipt(device)
    assert told["status"] == "rejected"
    assert told["rejected"][0]["field"] == "timestamp"
    assert "ahead of the server's clock" in told["rejected"][0]["reason"]
    assert await running.rows("meals") == []


async def test_a_packet_of_5_megabytes_is_refused_and_others_are_unharmed(running: Running, device: Device) -> None:
    topic = f"v1/users/{running.user_id}/telemetry/meals"
    command = [find_program("mosquitto_pub", "mosquitto-clients"), "-h", "127.0.0.1", "-p", str(running.port)]
    flood = await asyncio.create_subprocess_exec(
        *command, "-q", "1", "-t", topic, "-s", stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, told = await flood.communicate(b"x" * 5_000_000)
    assert flood.returncode != 0 or told
    device.publish("meals", batch(device.user_id, [{"meal_id": "next", "calories": 1}], batch_id="next"))
    assert (await receipt(device))["status"] == "stored"
    assert await running.letters() == []


async def test_publishing_ten_times_and_in_other_batches_changes_nothing(running: Running, device: Device) -> None:
    items = [{"meal_id": f"m{n}", "calories": 100 + n} for n in range(6)]
    for repeat in range(10):
        device.publish("meals", batch(device.user_id, items, batch_id=f"again-{repeat}"))
        await receipt(device)
    once = await running.rows("meals")
    for part in (items[4:], items[1:2], items[:4]):
        device.publish("meals", batch(device.user_id, list(reversed(part)), batch_id=f"part-{len(part)}"))
        await receipt(device)
    assert await running.rows("meals") == once
    assert len(once) == 6


async def test_an_unknown_field_is_left_out_and_said(running: Running, device: Device) -> None:
    items = [{"meal_id": "a", "calories": 1, "colour": "green"}]
    device.publish("meals", batch(device.user_id, items, batch_id="new", app_version="9"))
    told = await receipt(device)
    assert (told["status"], told["rejected"]) == ("stored", [])
    assert told["ignored"] == [{"index": None, "field": "app_version"}, {"index": 0, "field": "colour"}]
    assert (await running.rows("meals"))[0].values == {"meal_id": "a", "calories": 1.0}
    assert await running.letters() == []


async def test_metrics_count_what_became_of_the_messages(running: Running, device: Device) -> None:
    device.publish("meals", batch(device.user_id, [{"meal_id": "a", "calories": 1}], batch_id="good"))
    await receipt(device)
    device.publish("meals", b"bad")
    await receipt(device)

    def value(name: str, **labels: str) -> float | None:
        return running.registry.get_sample_value(name, labels)

    assert value("paceline_ingest_messages_total", outcome="stored") == 1
    assert value("paceline_ingest_messages_total", outcome="rejected") == 1
    assert value("paceline_ingest_items_total", kind="meals") == 1
    assert value("paceline_ingest_dead_letters_total", cause="batch") == 1
    assert value("paceline_ingest_write_seconds_count") == 1
    assert value("paceline_ingest_lag_seconds_count") == 1
    assert value("paceline_ingest_unacknowledged") == 0
    assert value("paceline_ingest_oldest_unacknowledged_seconds") == 0


def from_now(**ahead: float) -> str:
    """A time as a device with such a clock writes it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def test_devices_whose_clocks_run_ahead_are_counted_by_how_far(running: Running, device: Device) -> None:
    early, late = {"meal_id": "a", "calories": 1}, {"meal_id": "b", "calories": 1, "timestamp": from_now(hours=-3)}
    published: list[tuple[str, dict[str, Any]]] = [
        (from_now(minutes=2), early),
        (from_now(minutes=30), late),  # by the batch alone
        (from_now(minutes=-1), early | {"timestamp": from_now(hours=2)}),  # by an item alone
        (from_now(), early | {"timestamp": from_now(days=30)}),  # which is refused besides
        (from_now(), early),
        (from_now(hours=-30), late),  # a phone that was offline
    ]
    for number, (moment, item) in enumerate(published):
        device.publish("meals", batch(device.user_id, [item], batch_id=f"b{number}", timestamp=moment))
        await receipt(device)
    found = {
        limit: running.registry.get_sample_value("paceline_ingest_batches_ahead_total", {"more_than": limit})
        for limit in AHEAD_S
    }
    assert found == {"1 h": 2, "10 min": 1, "1 min": 1, "5 s": 0}


async def test_a_user_who_invents_source_devices_is_stopped_and_others_are_not(
    running: Running, device: Device
) -> None:
    for number in range(MAX_SOURCE_DEVICES + 3):
        items = [{"meal_id": f"m{number}", "calories": 1}]
        device.publish("meals", batch(device.user_id, items, batch_id=f"b{number}", source_device=f"gadget {number}"))
    told = [await receipt(device) for _ in range(MAX_SOURCE_DEVICES + 3)]
    assert [each["status"] for each in told].count("stored") == MAX_SOURCE_DEVICES
    refused = [each for each in told if each["status"] == "rejected"]
    assert all(each["reason"].startswith("source_device: the user has 32 source devices already") for each in refused)
    assert len({row.source_device for row in await running.rows("meals")}) == MAX_SOURCE_DEVICES
    assert len(await running.letters()) == 3
    device.publish("meals", batch(device.user_id, items, batch_id="known", source_device="gadget 0"))
    assert (await receipt(device))["status"] == "stored"


async def test_a_retained_batch_does_not_undo_its_correction_when_the_ingestor_comes_back(
    own_mosquitto: MosquittoServer, open_store: OpenStore, tmp_path: Path
) -> None:
    records, user_id = f"sqlite:///{tmp_path / 'records.db'}", "ann"
    selection = Selection(CATALOGUE["meals"], user_id)
    for calories, retained in ((150, True), (200, False), (None, False)):
        async with running_ingestor(own_mosquitto.port, open_store(), records, "again") as running:
            with Device(own_mosquitto.port, user_id) as device:
                if calories:
                    item = {"meal_id": "a", "calories": calories}
                    device.publish("meals", batch(user_id, [item], batch_id="b"), retain=retained)
                    assert (await receipt(device))["status"] == "stored"
                device.publish("steps", batch(user_id, [{"steps": 1}], batch_id="last"))
                await receipt(device)
            stored = await running.store.rows(selection)
    assert [row.values["calories"] for row in stored] == [200]


@pytest.mark.parametrize("kind", ["moods", "Meals"])
async def test_the_receipt_of_a_batch_of_an_unknown_kind_names_it(running: Running, device: Device, kind: str) -> None:
    device.publish(kind, batch(device.user_id, [{"meal_id": "a", "calories": 1}], batch_id="one"))
    assert (await receipt(device))["batch_id"] == "one"


async def test_years_of_single_days_of_many_people_at_once_are_told_of_in_messages_that_the_broker_takes(
    running: Running,
) -> None:
    people, days, untold = 24, 1_000, asyncio.Event()
    told: list[StoredEvent] = []

    def hear(delivery: Delivery) -> None:
        told.append(read_stored_event(delivery.payload))
        if sum(len(event.changes) for event in told) == people * days:
            untold.set()

    house = Session(
        SessionOptions(
            client_id="house",
            session_expiry_s=0,
            endpoint=Endpoint("127.0.0.1", running.port),
            subscriptions=(Subscription(topics.EVENTS_STORED),),
        ),
        hear,
    )
    await house.connect()
    now = datetime.now(UTC)
    # Days apart, so that each is a change of its own; as short as they can be, so that many are written at once.
    moments = [f"{now - timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}" for day in range(days)]
    items = ",".join(f'{{"temperature_c":36,"timestamp":"{moment}"}}' for moment in moments)
    async with asyncio.timeout(PATIENCE_S):
        for published in [
            house.publish(
                topics.telemetry(user_id, "temperature"),
                f'{{"user_id":"{user_id}","timestamp":"{moments[0]}","source_device":"d","items":[{items}]}}'.encode(),
            )
            for user_id in (f"{running.user_id}-{each}" for each in range(people))
        ]:
            assert await published == 0
        await untold.wait()
    await house.close()
    assert all(len(event.changes) <= MOST_CHANGES for event in told)


async def test_events_that_the_broker_refuses_hold_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic readwrite v1/users/#\ntopic readwrite v1/services/#\n")
    server = new_server(tmp_path, more=f"acl_file {tmp_path / 'acl'}\n")
    server.start()
    store, records = open_series_store(tmp_path / "series.db"), f"sqlite:///{tmp_path / 'records.db'}"
    async with running_ingestor(server.port, store, records, "refused") as running:
        with Device(server.port, "ann") as device:
            device.publish("meals", batch("ann", [{"meal_id": "a", "calories": 1}], batch_id="one"))
            assert (await receipt(device))["status"] == "stored"
        assert running.registry.get_sample_value("paceline_ingest_events_refused_total") == 1
    server.stop()
