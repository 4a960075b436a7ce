"""From a device to a coach and back, with real Mosquitto and its rules, InfluxDB and PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from broker.authority.names import API, INGESTOR, INSIGHTS
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from insights.options import InsightsOptions
from insights.service import Insights
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import new_person
from storage.series.opening import open_series_store
from tests.api.house import House, Stores, connected_api
from tests.devices import Device
from tests.servers.guarded import GuardedServer
from tests.servers.influx import InfluxServer
from tests.servers.postgres import PostgresServer

PATIENCE_S = 60
BERLIN = ZoneInfo("Europe/Berlin")
YESTERDAY = datetime.now(BERLIN).date() - timedelta(days=1)
WEEK = [YESTERDAY - timedelta(days=back) for back in range(6, -1, -1)]
WRONG = {WEEK[at]: 178.0 for at in (1, 2, 3)}
"""What the cuff said on three days of the week, before it was corrected."""


def right(day: date) -> float:
    """Two mmHg more each day."""
    return 146.0 + 2 * WEEK.index(day)


@pytest.fixture
async def stores(influx: InfluxServer, postgres: PostgresServer) -> AsyncIterator[Stores]:
    url = postgres.make_database()
    await migrate(url)
    records = Database.open(url)
    series = open_series_store(influx.url, influx.options(f"end_to_end_{uuid4().hex}"))
    await series.setup()
    yield Stores(series, records)
    await series.close()
    await records.close()


@asynccontextmanager
async def services(guarded: GuardedServer, stores: Stores) -> AsyncIterator[None]:
    """Ingestor and insights, each as the service that it is."""
    stopping, registry = asyncio.Event(), CollectorRegistry()
    ingestor = Ingestor(
        IngestorOptions(retention_days=400), guarded.by_password(INGESTOR), stores.series, stores.records, registry
    )
    options = InsightsOptions(retention_days=400, settle_s=0.1, sweep_s=0.2)
    insights = Insights(options, guarded.by_password(INSIGHTS), stores.series, stores.records, registry)
    async with asyncio.TaskGroup() as tasks:
        for service in (ingestor, insights):
            tasks.create_task(service.run(stopping))
            await service.session.wait_connected()
        yield
        stopping.set()


@pytest.fixture
async def house(guarded: GuardedServer, stores: Stores) -> AsyncIterator[House]:
    """Everything at work; Ann and Bob let Carl see their data."""
    async with services(guarded, stores), connected_api(guarded.port, stores, login=guarded.login(API)) as opened:
        await opened.wiring.courier.wait_connected()
        people = [new_person(name, "athlete", name.title(), time_zone="Europe/Berlin") for name in ("ann", "bob")]
        await opened.wiring.people.ensure([*people, new_person("carl", "coach", "Carl")])
        for client in ("ann", "bob"):
            await opened.wiring.consents.give(client, "carl", "training")
        yield opened


def readings(user_id: str, systolic: dict[date, float]) -> str:
    """A batch with a blood pressure on each of these days, at eight in the evening."""
    items = [
        {
            "timestamp": datetime(day.year, day.month, day.day, 20, tzinfo=BERLIN).astimezone(UTC).isoformat(),
            "systolic": value,
            "diastolic": 92.0 if value > 140 else 76.0,
        }
        for day, value in systolic.items()
    ]
    head = {"user_id": user_id, "timestamp": datetime.now(UTC).isoformat(), "source_device": "cuff"}
    return json.dumps({**head, "batch_id": uuid4().hex, "items": items})


async def upload(device: Device, batch: str) -> None:
    await asyncio.to_thread(device.publish, "blood_pressure", batch)
    receipt = await asyncio.to_thread(device.receipt)
    assert (receipt["status"], receipt["rejected"]) == ("stored", [])


async def ask(house: House, path: str) -> Any:
    response = await house.http.get(f"/api/v1/clients{path}", headers=await house.bearer("carl", "coach"))
    assert response.status_code == 200, response.text
    return response.json()


async def until(look: Callable[[], Awaitable[Any]], condition: Callable[[Any], Any]) -> Any:
    """What is found once it is so; nobody is told when, so a coach looks again."""
    found = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition(found := await look()):  # noqa: ASYNC110  # as said
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(found) from None
    return found


async def test_a_week_is_uploaded_ranked_answered_read_and_corrected(
    house: House, guarded: GuardedServer, tmp_path: Path
) -> None:
    with (
        Device(guarded.port, "ann", login=guarded.login("ann")) as phone,
        Device(guarded.port, "bob", login=guarded.login("bob")) as bobs,
    ):
        # A device uploads a week, and the roster ranks it with the right reason.
        await upload(bobs, readings("bob", dict.fromkeys(WEEK, 118.0)))
        await upload(phone, readings("ann", {day: WRONG.get(day, right(day)) for day in WEEK}))
        both = await until(lambda: ask(house, ""), lambda found: all(each["day"] for each in found))
        roster = both if both[0]["reasons"] else await until(lambda: ask(house, ""), lambda found: found[0]["reasons"])
        assert [each["client_id"] for each in roster] == ["ann", "bob"]
        assert [each["code"] for each in roster[0]["reasons"]] == ["pressure_high"]
        assert (roster[0]["status"], roster[1]["reasons"]) == ("urgent", [])

        # The coach writes; the device receives it and confirms; the coach sees it read.
        message = {"text": "Please measure again, sitting.", "tags": ["question"], "kind": "blood_pressure"}
        headers = await house.bearer("carl", "coach")
        sent = await house.http.post("/api/v1/clients/ann/feedback", json=message, headers=headers)
        assert sent.status_code == 201
        told = await asyncio.to_thread(phone.told, "feedback")
        assert (told["feedback_id"], told["text"]) == (sent.json()["id"], message["text"])
        confirmation = {"feedback_id": told["feedback_id"], "state": "read", "answer": "Done.", "batch_id": "answer-1"}
        await asyncio.to_thread(lambda: phone.confirm(**confirmation))
        assert (await asyncio.to_thread(phone.receipt))["status"] == "stored"
        [seen] = await ask(house, "/ann/feedback")
        assert seen["delivered_at"] is not None
        assert seen["read_at"] is not None
        assert [each["text"] for each in seen["answers"]] == ["Done."]

        # Late data change past days, and the trend is right.
        path = "/ann/trends?days=7&columns=systolic_mmhg"
        [before] = (await ask(house, path))["trends"]
        assert before["per_week"] != pytest.approx(14)
        await upload(phone, readings("ann", {day: right(day) for day in WRONG}))
        after = await until(
            lambda: ask(house, path), lambda found: found["trends"][0]["per_week"] == pytest.approx(14, abs=1e-6)
        )
        [trend] = after["trends"]
        assert (trend["direction"], trend["days"]) == ("rising", 7)
        assert trend["level"] == pytest.approx(right(YESTERDAY))
        days = {each["date"]: each["systolic_mmhg"] for each in await ask(house, "/ann/days?days=8")}
        assert days == {day.isoformat(): right(day) for day in WEEK}
