"""Alerts from two services beside a real broker to a device: each once, and none at night."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from contract.catalogue import CATALOGUE
from contract.errors import BrokerUnavailable
from contract.kinds import Meal, Steps
from contract.stamping import epoch_ms
from insights.alerting import Alerting
from insights.alerts import AlertOptions, Found
from insights.metrics import InsightsMetrics
from storage.records.alerts import Alerts, NewAlert
from storage.records.devices import Certificate, Device, Devices, Status
from storage.records.people import People
from tests.api.listener import listening_device
from tests.insights.conftest import Stores
from tests.insights.follower import OPTIONS, PATIENCE_S, announce, announcing, following
from tests.servers.mosquitto import MosquittoServer
from tests.strategies import stamped

ALWAYS = AlertOptions(quiet_from=0, quiet_until=0, look_every=timedelta(0))


@pytest.fixture
def series_url(tmp_path: Path) -> str:
    """Alerts are the same whatever the store."""
    return f"sqlite:///{tmp_path / 'series.db'}"


@pytest.fixture
async def ann(stores: Stores, user: str) -> str:
    await stores.add_person(user)
    return user


async def add_device(stores: Stores, user_id: str, battery_pct: float) -> str:
    device_id, now = str(uuid4()), datetime.now(UTC)
    certificate = Certificate(uuid4().hex, now, now + timedelta(days=9), "")
    await Devices(stores.records).add(Device(device_id, user_id, "Watch", uuid4().hex, "", now, certificate))
    await Devices(stores.records).note_statuses([Status(user_id, device_id, now, "online", battery_pct, None)])
    return device_id


async def raised(stores: Stores, user_id: str) -> list[tuple[str, str]]:
    return [(each.rule, each.cause) for each in (await Alerts(stores.records).of_client(user_id)).alerts]


async def test_of_two_services_one_tells_the_device_and_the_coach(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str
) -> None:
    options = replace(OPTIONS, alerts=ALWAYS)
    async with (
        listening_device(own_mosquitto.port, ann) as device,
        following(own_mosquitto, stores, "one", options),
        following(own_mosquitto, stores, "two", options),
    ):
        first = await add_device(stores, ann, 8.0)
        told = await device.told("alerts")
        assert (told["rule"], told["cause"]) == ("low_battery", first)
        assert "Watch" in told["text"]
        # When that of another device has come, all that was under way has.
        second = await add_device(stores, ann, 5.0)
        assert (await device.told("alerts"))["cause"] == second
        assert not device.has_more("alerts")
    assert sorted(await raised(stores, ann)) == sorted([("low_battery", first), ("low_battery", second)])


async def test_who_stops_logging_is_alerted_once_though_the_work_is_done_again(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str
) -> None:
    now = datetime.now(UTC)
    steps = [now - timedelta(days=day) for day in range(1, 60)]
    meals = [now - timedelta(days=day) for day in range(12, 60)]
    batches = [
        stamped(CATALOGUE["steps"], ann, "watch", [Steps(steps=9_000.0) for _ in steps], list(map(epoch_ms, steps))),
        stamped(
            CATALOGUE["meals"],
            ann,
            "phone",
            [Meal(meal_id=str(number), calories=2_000.0) for number in range(len(meals))],
            list(map(epoch_ms, meals)),
        ),
    ]
    await stores.series.write(batches)
    options = replace(OPTIONS, alerts=ALWAYS)
    async with (
        listening_device(own_mosquitto.port, ann) as device,
        announcing(own_mosquitto) as session,
        following(own_mosquitto, stores, "one", options),
    ):
        for _ in range(2):
            await announce(session, batches)
        told = await device.told("alerts")
        assert (told["rule"], told["cause"]) == ("inactivity", "logging")
        await announce(session, batches)
        await add_device(stores, ann, 5.0)
        assert (await device.told("alerts"))["rule"] == "low_battery"
    assert [rule for rule, _ in await raised(stores, ann)].count("inactivity") == 1


class Crier:
    """Stands for the broker: hears what is published, and answers as told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answer: int | Exception = 0

    async def publish(self, topic: str, _payload: bytes) -> int:
        if isinstance(self.answer, Exception):
            raise self.answer
        self.heard.append(topic)
        return self.answer


@asynccontextmanager
async def alerting(stores: Stores, crier: Crier, now: datetime, options: AlertOptions) -> AsyncIterator[Alerting]:
    """At a moment that stands still."""
    yield Alerting(options, stores.records, crier.publish, InsightsMetrics(CollectorRegistry()), lambda: now)


async def test_at_night_it_is_held_until_the_morning(stores: Stores, user: str) -> None:
    await stores.add_person(user, time_zone="America/New_York")
    night = datetime(2026, 11, 20, 4, tzinfo=UTC)  # 23:00 there
    found, crier = {(user, "America/New_York"): [Found("anomaly", "hrv_ms", night.date(), "Low.")]}, Crier()
    async with alerting(stores, crier, night, AlertOptions()) as at_night:
        await at_night.raise_for(found)
        await at_night._tell()
        # Though it had been due since the evening: the service was away.
        [due] = await Alerts(stores.records).take_due(night + timedelta(days=1), night, 1)
        await at_night._tell()
    assert crier.heard == []
    async with alerting(stores, crier, night + timedelta(hours=7, minutes=59), AlertOptions()) as before_seven:
        await before_seven._tell()
    assert crier.heard == []
    async with alerting(stores, crier, night + timedelta(hours=8), AlertOptions()) as in_the_morning:
        await in_the_morning._tell()
        await in_the_morning._tell()
    assert crier.heard == [f"v1/users/{user}/inbox/alerts"]
    assert (await Alerts(stores.records).of_client(user)).alerts[0].id == due.id


async def test_what_nobody_hears_is_said_again_until_it_is_too_late(stores: Stores, ann: str) -> None:
    now, crier = datetime(2026, 11, 20, 12, tzinfo=UTC), Crier()
    await Alerts(stores.records).add([NewAlert(ann, "anomaly", "hrv_ms", now.date(), "Low.", now)], now)
    crier.answer = 16
    for minutes in (0, 10, 20, 60 * 25, 60 * 26):
        async with alerting(stores, crier, now + timedelta(minutes=minutes), ALWAYS) as later:
            await later._tell()
    assert len(crier.heard) == 2


async def test_one_that_was_killed_with_an_alert_in_hand_leaves_it_to_another(stores: Stores, ann: str) -> None:
    now, crier = datetime(2026, 11, 20, 12, tzinfo=UTC), Crier()
    await Alerts(stores.records).add([NewAlert(ann, "anomaly", "hrv_ms", now.date(), "Low.", now)], now)
    crier.answer = BrokerUnavailable("gone")
    async with alerting(stores, crier, now, ALWAYS) as first:
        with pytest.raises(BrokerUnavailable):
            await first._tell()
    crier.answer = 0
    async with alerting(stores, crier, now + timedelta(minutes=2), ALWAYS) as second:
        await second._tell()
        await second._tell()
    assert len(crier.heard) == 1


async def test_what_somebody_switched_off_raises_nothing(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str
) -> None:
    other = f"{ann}-other"
    await stores.add_person(other)
    await Alerts(stores.records).switch(ann, {"low_battery": False})
    async with following(own_mosquitto, stores, "one", replace(OPTIONS, alerts=ALWAYS)):
        await add_device(stores, ann, 8.0)
        await add_device(stores, other, 8.0)
        async with asyncio.timeout(PATIENCE_S):
            while not await raised(stores, other):  # noqa: ASYNC110  # nothing tells when
                await asyncio.sleep(0.02)
    assert await raised(stores, ann) == []
    assert await People(stores.records).get(ann) is not None
