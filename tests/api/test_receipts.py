"""Which receipt answers which upload, and what an upload answers when there is none."""

import asyncio
from pathlib import Path

import pytest

from contract.receipts import Receipt
from tests.api.batches import USER, meals
from tests.api.house import House, Stores, connected_api
from tests.api.scripted import ScriptedIngestor, stored
from tests.servers.mosquitto import MosquittoServer, new_server

NO_SUBSCRIBERS = 16


async def test_receipts_of_other_batches_answer_nothing(waiting_room: House, ingestor: ScriptedIngestor) -> None:
    async with asyncio.TaskGroup() as tasks:
        upload = tasks.create_task(waiting_room.http.post("/meals", json=meals(100, batch_id="mine")))
        batch = await ingestor.take()
        for other in (stored("another"), Receipt(None, "rejected", 0, [], "not JSON").encode(), b"", b"\xff", b"[]"):
            await ingestor.answer(USER, other)
        await ingestor.answer(USER, Receipt("mine", "rejected", 0, [], "no").encode())
        assert batch["batch_id"] == "mine"
    assert upload.result().status_code == 422
    assert upload.result().json()["detail"] == "no"


async def test_only_the_first_receipt_counts(waiting_room: House, ingestor: ScriptedIngestor) -> None:
    async with asyncio.TaskGroup() as tasks:
        upload = tasks.create_task(waiting_room.http.post("/meals", json=meals(100, batch_id="b")))
        await ingestor.take()
        await ingestor.answer(USER, stored("b"))
        await ingestor.answer(USER, Receipt("b", "rejected", 0, [], "again").encode())
    assert upload.result().status_code == 201


async def test_another_batch_of_an_id_that_is_under_way_is_refused(
    waiting_room: House, ingestor: ScriptedIngestor
) -> None:
    async with asyncio.TaskGroup() as tasks:
        upload = tasks.create_task(waiting_room.http.post("/meals", json=meals(100, batch_id="b")))
        batch = await ingestor.take()
        refused = await waiting_room.http.post("/meals", json=meals(200, batch_id="b"))
        await ingestor.store(batch)
    assert (refused.status_code, refused.json()["field"]) == (422, "batch_id")
    assert upload.result().status_code == 201


async def test_the_same_id_of_two_users_are_two_batches(waiting_room: House, ingestor: ScriptedIngestor) -> None:
    async with asyncio.TaskGroup() as tasks:
        uploads = [
            tasks.create_task(waiting_room.http.post("/meals", json=meals(100, user_id=user, batch_id="b")))
            for user in ("anna", "ben")
        ]
        await ingestor.take()
        await ingestor.take()
        await ingestor.answer("anna", stored("b"))
        await ingestor.answer("ben", Receipt("b", "rejected", 0, [], "no").encode())
    assert [upload.result().status_code for upload in uploads] == [201, 422]


async def test_receipts_are_subscribed_to_only_for_users_with_an_upload_under_way(
    waiting_room: House, ingestor: ScriptedIngestor
) -> None:
    assert await ingestor.answer(USER, stored("x")) == NO_SUBSCRIBERS
    async with asyncio.TaskGroup() as tasks:
        upload = tasks.create_task(waiting_room.http.post("/meals", json=meals(100)))
        batch = await ingestor.take()
        assert await ingestor.answer(USER, stored("x")) == 0
        assert await ingestor.answer("somebody-else", stored("x")) == NO_SUBSCRIBERS
        await ingestor.store(batch)
    assert upload.result().status_code == 201
    while await ingestor.answer(USER, stored("x")) != NO_SUBSCRIBERS:
        pass  # each turn waits for a PUBACK; ends when the UNSUBSCRIBE has come through


async def test_a_subscription_lasts_as_long_as_any_upload_of_the_user(
    waiting_room: House, ingestor: ScriptedIngestor
) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(waiting_room.http.post("/meals", json=meals(100, batch_id="first")))
        await ingestor.take()
        second = tasks.create_task(waiting_room.http.post("/meals", json=meals(200, batch_id="second")))
        await ingestor.take()
        await ingestor.answer(USER, stored("first"))
        await first
        await waiting_room.uplink.check()  # a round trip after which an UNSUBSCRIBE would have come through
        assert await ingestor.answer(USER, stored("second")) == 0
    assert second.result().status_code == 201


async def test_uploads_one_after_the_other_are_all_answered(house: House) -> None:
    for at in range(20):
        assert (await house.http.post("/meals", json=meals(at))).status_code == 201


async def test_without_a_receipt_storing_is_not_confirmed(
    api_broker: MosquittoServer, stores: Stores, ingestor: ScriptedIngestor
) -> None:
    async with connected_api(api_broker.port, stores, receipt_timeout_s=0.1, check_timeout_s=300) as house:
        response = await house.http.post("/meals", json=meals(100, batch_id="b"))
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        await ingestor.answer(USER, stored("b"))  # comes too late, and does no harm
        assert (await house.http.get("/health")).status_code == 200


async def test_when_nobody_takes_in_telemetry_the_answer_comes_at_once(waiting_room: House) -> None:
    # It would wait for minutes: it is the PUBACK that says so.
    response = await waiting_room.http.post("/meals", json=meals(100))
    assert response.status_code == 503
    assert "nothing takes in telemetry" in response.json()["detail"]


async def test_beyond_the_uploads_that_may_be_under_way_more_are_put_off(
    api_broker: MosquittoServer, stores: Stores, ingestor: ScriptedIngestor
) -> None:
    async with (
        connected_api(api_broker.port, stores, receipt_timeout_s=300, uploads_in_flight=1) as house,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(house.http.post("/meals", json=meals(100)))
        batch = await ingestor.take()
        second = await house.http.post("/meals", json=meals(200))
        await ingestor.store(batch)
        assert (await first).status_code == 201
        third = tasks.create_task(house.http.post("/meals", json=meals(300)))
        await ingestor.store(await ingestor.take())
    assert (second.status_code, third.result().status_code) == (503, 201)


@pytest.mark.parametrize("allowed", ["read", "write"])
async def test_what_the_broker_does_not_allow_is_not_confirmed(tmp_path: Path, stores: Stores, allowed: str) -> None:
    access = tmp_path / "access"
    access.write_text(f"topic {allowed} #\n")
    access.chmod(0o600)
    server = new_server(tmp_path, more=f"acl_file {access}\n")
    server.start()
    try:
        async with connected_api(server.port, stores, receipt_timeout_s=300) as house:
            assert (await house.http.post("/meals", json=meals(100))).status_code == 503
    finally:
        server.stop()
