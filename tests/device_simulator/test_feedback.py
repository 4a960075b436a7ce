"""A coach writes to people who live beside an installation: the API, Mosquitto with its rules, simulated devices."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from broker.authority.names import API, SIMULATOR
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.people.person import Person
from storage.records.migrations import migrate
from tests.api.house import House, api_at, open_stores
from tests.servers.guarded import GuardedServer

PATIENCE_S = 60
SEED = 11
ANN, BEN = (Person.from_seed(SEED, index).user_id for index in range(2))
QUICKLY = 5_000.0
"""A week of theirs in two minutes: a night is six seconds."""


@pytest.fixture
async def house(guarded: GuardedServer, tmp_path: Path) -> AsyncIterator[House]:
    """The API, with two simulated people who have a coach."""
    await migrate(f"sqlite:///{tmp_path / 'made.db'}")
    async with (
        open_stores(tmp_path, tmp_path / "made.db") as stores,
        api_at(guarded.port, stores, login=guarded.login(API)) as opened,
    ):
        for client in (ANN, BEN):
            await opened.token(client)
            await opened.bearer("carl", "coach")
            await opened.wiring.consents.give(client, "carl", "training")
        await opened.wiring.courier.wait_connected()
        yield opened


@pytest.fixture(params=["one identity for all", "certificates of their own"])
def demo(request: pytest.FixtureRequest, guarded: GuardedServer, tmp_path: Path) -> DemoOptions:
    """People who come to the broker in one way or the other."""
    usual = DemoOptions(broker=guarded.house.url_of(SIMULATOR), people=2, seed=SEED, days=7, speed=QUICKLY)
    if request.param == "one identity for all":
        return usual
    folder = tmp_path / "people"
    folder.mkdir()
    for client in (ANN, BEN):
        guarded.certify(client, tmp_path / client)
        (one,) = (tmp_path / client).iterdir()
        for name, wanted in (("ca", "ca.pem"), ("certificate", f"{client}.pem"), ("key", f"{client}.key")):
            shutil.copy(one / f"{name}.pem", folder / wanted)
    broker = f"mqtts://127.0.0.1:{guarded.tls_port}"
    return DemoOptions(broker=broker, certificates=folder, people=2, seed=SEED, days=7, speed=QUICKLY)


async def write(house: House, client: str) -> None:
    headers = await house.bearer("carl", "coach")
    response = await house.http.post(f"/api/v1/clients/{client}/feedback", json={"text": "Well done"}, headers=headers)
    assert response.status_code == 201, response.text


async def read(house: House, client: str, number: int) -> list[dict[str, Any]]:
    """What the coach wrote, once all of it was read; nothing tells when, so they ask again."""
    headers = await house.bearer("carl", "coach")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            response = await house.http.get(f"/api/v1/clients/{client}/feedback", headers=headers)
            found: list[dict[str, Any]] = response.json()
            if len(found) == number and all(each["read_at"] for each in found):
                return found
            await asyncio.sleep(0.05)


async def test_simulated_people_have_a_message_at_once_and_read_it_a_while_later(
    house: House, demo: DemoOptions
) -> None:
    await write(house, ANN)  # before she is there
    async with asyncio.TaskGroup() as tasks:
        living = tasks.create_task(run_demo(demo))
        await read(house, ANN, 1)
        for client in (ANN, BEN):
            await write(house, client)
        found = [*await read(house, ANN, 2), *await read(house, BEN, 1)]
        living.cancel()
    assert all(each["sent_at"] <= each["delivered_at"] <= each["read_at"] for each in found)
