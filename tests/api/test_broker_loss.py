"""The broker goes away and comes back."""

import asyncio

from paceline.processes import free_port
from tests.api.batches import meals
from tests.api.house import House, Stores, api_at, connected_api, ingesting
from tests.api.scripted import scripted
from tests.servers.mosquitto import MosquittoServer


async def test_an_upload_under_way_when_the_broker_dies_is_not_confirmed(
    own_mosquitto: MosquittoServer, stores: Stores
) -> None:
    async with (
        connected_api(own_mosquitto.port, stores, receipt_timeout_s=300) as house,
        scripted(own_mosquitto.port) as ingestor,
        asyncio.TaskGroup() as tasks,
    ):
        upload = tasks.create_task(house.http.post("/meals", json=meals(100)))
        await ingestor.take()
        own_mosquitto.kill()
    # It would wait for minutes: it is the loss that says so.
    assert upload.result().status_code == 503


async def test_when_the_broker_is_back_uploads_are_stored_again(own_mosquitto: MosquittoServer, stores: Stores) -> None:
    async with connected_api(own_mosquitto.port, stores) as house:
        for _ in range(3):
            own_mosquitto.kill()
            await unavailable(house)
            assert (await house.http.post("/meals", json=meals(100))).status_code == 503
            own_mosquitto.start()
            await house.uplink.wait_connected()
            async with ingesting(own_mosquitto.port, stores):
                assert (await house.http.post("/meals", json=meals(100))).status_code == 201


async def test_a_broker_that_is_not_there_delays_neither_start_nor_end(stores: Stores) -> None:
    async with api_at(free_port(), stores) as house:
        response = await house.http.post("/meals", json=meals(100))
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


async def test_a_broker_that_accepts_and_then_says_nothing_delays_neither_start_nor_end(
    own_mosquitto: MosquittoServer, stores: Stores
) -> None:
    own_mosquitto.child.pause()
    try:
        async with api_at(own_mosquitto.port, stores) as house:
            assert (await house.http.post("/meals", json=meals(100))).status_code == 503
    finally:
        own_mosquitto.child.resume()


async def test_a_broker_that_falls_silent_is_not_waited_for(own_mosquitto: MosquittoServer, stores: Stores) -> None:
    async with connected_api(own_mosquitto.port, stores, receipt_timeout_s=0.1) as house:
        own_mosquitto.child.pause()
        try:
            assert (await house.http.post("/meals", json=meals(100))).status_code == 503
        finally:
            own_mosquitto.child.resume()
        async with ingesting(own_mosquitto.port, stores):
            # The same connection, which has missed nothing.
            await house.uplink.check()


async def unavailable(house: House) -> None:
    """Ask until the API has noticed; the broker's end and its own knowledge of it are two moments."""
    while (await house.http.get("/health")).json()["broker"] == "ok":
        pass
