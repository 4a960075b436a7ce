"""From a device to what its wearer's coach sees, with real Mosquitto, InfluxDB and PostgreSQL, and back in time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from broker.session import Endpoint, Session, SessionOptions
from contract import topics
from insights.trend import trend
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.records.people import new_person
from storage.series.opening import open_series_store
from tests.api.house import House, Stores, connected_api, ingesting
from tests.api.lives import yesterday
from tests.insights.conftest import Stores as Followed
from tests.insights.follower import OPTIONS, following
from tests.servers.influx import InfluxServer
from tests.servers.mosquitto import MosquittoServer
from tests.servers.postgres import PostgresServer

PATIENCE_S = 60
NAPPER, SLEEPER = f"ann-{uuid4().hex[:8]}", f"bob-{uuid4().hex[:8]}"
"""One InfluxDB is shared by all tests."""


@pytest.fixture
async def town(
    api_broker: MosquittoServer, influx: InfluxServer, influx_database: str, postgres: PostgresServer
) -> AsyncIterator[House]:
    """All parts at work, and two clients with the same coach."""
    url = postgres.make_database()
    await migrate(url)
    records, series = Database.open(url), open_series_store(influx.url, influx.options(influx_database))
    await series.setup()
    stores = Stores(series, records)
    try:
        async with (
            ingesting(api_broker.port, stores),
            following(api_broker, Followed(series, records), f"insights-{uuid4().hex}", OPTIONS),
            connected_api(api_broker.port, stores) as house,
        ):
            people = [new_person(name, "athlete", name) for name in (NAPPER, SLEEPER)]
            await house.wiring.people.ensure([*people, new_person("carl", "coach", "Carl")])
            for person in people:
                await house.wiring.consents.give(person.id, "carl", "training")
            yield house
    finally:
        await series.close()
        await records.close()


@asynccontextmanager
async def device(broker: MosquittoServer) -> AsyncIterator[Session]:
    endpoint = Endpoint("127.0.0.1", broker.port)
    session = Session(SessionOptions(client_id=f"device-{uuid4().hex}", endpoint=endpoint, session_expiry_s=0))
    await session.connect()
    try:
        yield session
    finally:
        await session.close()


async def upload(session: Session, user_id: str, kind: str, days_ago: int, item: dict[str, float]) -> None:
    moment = datetime.combine(yesterday() - timedelta(days=days_ago), time(6, 30), UTC).isoformat()
    batch = {"user_id": user_id, "timestamp": moment, "source_device": "watch", "items": [item]}
    assert await session.publish(topics.telemetry(user_id, kind), json.dumps(batch).encode()) == 0


async def until(house: House, path: str, found: Any) -> Any:
    """What the coach is told once it is as wanted; nothing tells when, so they ask again."""
    headers = await house.bearer("carl", "coach")
    told: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                response = await house.http.get(f"/api/v1/{path}", headers=headers)
                assert response.status_code == 200, response.text
                told = response.json()
                if found(told):
                    return told
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{path} said until the end: {told}") from None


async def test_what_a_device_uploads_is_what_the_coach_sees_and_what_comes_late_corrects_it(
    town: House, api_broker: MosquittoServer
) -> None:
    async with device(api_broker) as session:
        for days_ago in range(7):
            await upload(session, NAPPER, "sleep", days_ago, {"duration_min": 330})
            await upload(session, SLEEPER, "sleep", days_ago, {"duration_min": 480})
            await upload(session, NAPPER, "body", days_ago, {"weight_kg": 70 - days_ago * 0.1})

        roster = await until(town, "clients", lambda told: told[0]["reasons"] and told[1]["day"])
        assert [client["client_id"] for client in roster] == [NAPPER, SLEEPER]
        assert [reason["code"] for reason in roster[0]["reasons"]] == ["short_of_sleep"]
        assert roster[0]["reasons"][0]["figures"]["debt_min"] == 630
        assert (roster[1]["status"], roster[1]["reasons"]) == ("fine", [])
        assert roster[0]["last_seen_at"].startswith(str(yesterday()))

        # A corrected weigh-in, and some that are weeks late.
        await upload(session, NAPPER, "body", 3, {"weight_kg": 71.5})
        for days_ago in (20, 21, 22):
            await upload(session, NAPPER, "body", days_ago, {"weight_kg": 68.0})
        weights = np.full(30, np.nan)
        for days_ago in range(7):
            weights[29 - days_ago] = 71.5 if days_ago == 3 else round(70 - days_ago * 0.1, 6)
        weights[[29 - 20, 29 - 21, 29 - 22]] = 68.0
        expected = trend(weights)
        assert expected is not None
        path = f"clients/{NAPPER}/trends?columns=weight_kg"
        told = await until(town, path, lambda told: told["trends"] and told["trends"][0]["days"] == 10)
        assert told["trends"][0]["per_week"] == pytest.approx(7 * expected.slope)
        assert told["trends"][0]["level"] == pytest.approx(expected.level)
        days = await until(town, f"clients/{NAPPER}/days?end={yesterday()}&columns=weight_kg,sleep_min", bool)
        assert days[3] == {
            "date": str(yesterday() - timedelta(days=3)),
            "time_zone": "UTC",
            "sleep_min": 330,
            "weight_kg": 71.5,
        }
