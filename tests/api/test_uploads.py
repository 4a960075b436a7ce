import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from contract.envelope import MAX_BATCH_BYTES
from tests.api.batches import PROMISED, USER, meals
from tests.api.documents import require_problem
from tests.api.house import House

PATHS = ["/meals", "/exercises", "/api/v1/meals", "/api/v1/exercises"]


async def items(house: House, kind: str = "meals", user_id: str = USER) -> list[dict[str, Any]]:
    response = await house.http.get(f"/api/v1/users/{user_id}/{kind}")
    assert response.status_code == 200
    found: list[dict[str, Any]] = response.json()
    return found


@pytest.mark.parametrize("path", PATHS)
async def test_an_upload_is_answered_with_its_receipt_and_read_back_as_it_was_sent(house: House, path: str) -> None:
    kind = path.rpartition("/")[2]
    batch = PROMISED[kind]
    response = await house.http.post(path, json=batch)
    assert response.status_code == 201
    receipt = response.json()
    assert receipt == {
        "batch_id": receipt["batch_id"],
        "status": "stored",
        "stored": len(batch["items"]),
        "rejected": [],
    }
    stamp = {"timestamp": batch["timestamp"], "source_device": batch["source_device"]}
    expected = [{**item, **stamp} for item in batch["items"]]
    found = await items(house, kind)
    assert len(found) == len(expected)
    assert all(item in found for item in expected)


async def test_an_upload_repeated_is_stored_once(house: House) -> None:
    for _ in range(10):
        assert (await house.http.post("/meals", json=PROMISED["meals"])).status_code == 201
    assert len(await items(house)) == 2


async def test_a_batch_keeps_its_own_id(house: House) -> None:
    response = await house.http.post("/meals", json=meals(100, batch_id="tuesday-7"))
    assert response.json()["batch_id"] == "tuesday-7"


async def test_good_items_are_stored_and_bad_ones_are_named(house: House) -> None:
    response = await house.http.post("/meals", json=meals(100, 200, 123_456))
    assert response.status_code == 201
    receipt = response.json()
    assert receipt["stored"] == 2
    [rejection] = receipt["rejected"]
    assert (rejection["index"], rejection["id"], rejection["field"]) == (2, "meal-2", "calories")
    assert sorted(item["calories"] for item in await items(house)) == [100, 200]


async def test_an_item_that_is_no_number_costs_only_itself(house: House) -> None:
    body = json.dumps(meals(100, float("nan"))).encode()
    response = await house.http.post("/meals", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["stored"]) == (201, 1)


async def test_unknown_fields_are_told_of(house: House) -> None:
    response = await house.http.post("/meals", json=meals(100, mood="fine"))
    assert response.json()["ignored"] == [{"index": None, "field": "mood"}]


async def test_a_batch_without_a_good_item_is_a_problem_that_names_them(house: House) -> None:
    response = await house.http.post("/meals", json=meals(123_456, -1, batch_id="b"))
    assert response.status_code == 422
    problem = response.json()
    assert problem["batch_id"] == "b"
    assert [(found["index"], found["field"]) for found in problem["rejected"]] == [(0, "calories"), (1, "calories")]
    assert "123456" not in response.text
    assert await items(house) == []


@pytest.mark.parametrize("field", ["timestamp", "source_device", "items"])
async def test_a_bad_envelope_is_a_problem_that_names_its_field(house: House, field: str) -> None:
    response = await house.http.post("/meals", json={**meals(100), field: 7})
    assert response.status_code == 422
    assert field in response.json()["detail"] + str(response.json().get("field"))


async def test_me_is_whoever_uploads(house: House) -> None:
    headers = await house.bearer("anna")
    response = await house.http.post("/meals", json=meals(100, user_id="me"), headers=headers)
    assert response.status_code == 201
    assert [item["calories"] for item in await items(house, user_id="anna")] == [100]


async def test_nobody_uploads_for_another(waiting_room: House) -> None:
    response = await waiting_room.http.post("/meals", json=meals(100), headers=await waiting_room.bearer("anna"))
    assert require_problem(response, 403)["field"] == "user_id"


@pytest.mark.parametrize("user_id", ["a/b", "+", "#", "", "x" * 65, 7, None])
async def test_a_user_id_that_can_form_no_topic_is_a_problem_at_once(waiting_room: House, user_id: object) -> None:
    response = await waiting_room.http.post("/meals", json={**meals(100), "user_id": user_id})
    assert (response.status_code, response.json()["field"]) == (422, "user_id")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not JSON"),
        (b"calories: 100", "not JSON"),
        (b"\xff{}", "not UTF-8"),
        (b"[]", "expected a JSON object"),
        (b'"text"', "expected a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"user_id":"\\ud800"}', "not Unicode"),
    ],
)
async def test_a_body_that_is_no_batch_is_a_problem_at_once(waiting_room: House, body: bytes, detail: str) -> None:
    response = await waiting_room.http.post("/meals", content=body)
    assert response.status_code == 422
    assert detail in response.json()["detail"]


@pytest.mark.parametrize("content_type", [None, "", "application/json", "Application/JSON; charset=utf-8"])
async def test_json_is_taken_by_its_type_or_without_one(house: House, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await house.http.post("/meals", content=json.dumps(meals(100)).encode(), headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize(
    "header",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/xml"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_what_is_said_not_to_be_plain_json_is_a_problem(waiting_room: House, header: dict[str, str]) -> None:
    response = await waiting_room.http.post("/meals", content=json.dumps(meals(100)).encode(), headers=header)
    assert response.status_code == 415


def padded(batch: dict[str, Any], length: int) -> bytes:
    body = json.dumps(batch).encode()
    return body + b" " * (length - len(body))


async def test_a_body_of_the_largest_size_is_stored(house: House) -> None:
    body = padded(meals(100, batch_id="large"), MAX_BATCH_BYTES)
    assert (await house.http.post("/meals", content=body)).status_code == 201


async def test_a_body_beyond_the_largest_size_is_a_problem(waiting_room: House) -> None:
    response = await waiting_room.http.post("/meals", content=padded(meals(100), MAX_BATCH_BYTES + 1))
    assert response.status_code == 413


async def test_a_body_that_its_id_makes_too_large_is_a_problem(waiting_room: House) -> None:
    more = "x" * (MAX_BATCH_BYTES - len(json.dumps(meals(100, more=""))))
    response = await waiting_room.http.post("/meals", json=meals(100, more=more))
    assert response.status_code == 413


async def test_a_body_without_a_stated_length_is_not_read_beyond_the_largest_size(waiting_room: House) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 65_536
            yield b" " * 65_536

    response = await waiting_room.http.post("/meals", content=endless())
    assert response.status_code == 413
    assert taken <= MAX_BATCH_BYTES + 2 * 65_536


async def test_many_uploads_at_once_each_get_their_own_receipt(house: House) -> None:
    def batches() -> Iterator[dict[str, Any]]:
        for at in range(30):
            yield meals(100, batch_id=f"one-{at}")
            yield meals(100, user_id=f"user-{at}", batch_id=f"many-{at}")

    sent = list(batches())
    responses = await asyncio.gather(*(house.http.post("/meals", json=batch) for batch in sent))
    assert {response.status_code for response in responses} == {201}
    assert [response.json()["batch_id"] for response in responses] == [batch["batch_id"] for batch in sent]


async def test_the_same_batch_uploaded_twice_at_once_is_answered_twice(house: House) -> None:
    batch = meals(100, batch_id="twice")
    responses: list[httpx.Response] = await asyncio.gather(*(house.http.post("/meals", json=batch) for _ in range(2)))
    assert [response.status_code for response in responses] == [201, 201]
    assert len(await items(house)) == 1
