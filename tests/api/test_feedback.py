"""Feedback from a coach to a device and back, through a real broker."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from storage.records.consents import Scope
from storage.records.database import Database
from storage.records.messages import Message, message_id
from storage.records.migrations import migrate
from tests.api.documents import require_problem
from tests.api.house import House, Stores, api_at, connected_api
from tests.api.listener import PATIENCE_S, listening_device
from tests.servers.mosquitto import MosquittoServer
from tests.servers.postgres import PostgresServer

WELL = {"text": "Well done", "tags": ["praise"], "day": "2026-11-20"}


@pytest.fixture
def ann() -> str:
    """A client whom no other test knows: the broker is everybody's."""
    return f"ann-{uuid4().hex[:12]}"


async def acquaint(house: House, client: str, scope: Scope = "training") -> dict[str, str]:
    """The headers of a coach who has this client's consent."""
    await house.token(client)
    headers = await house.bearer("carl", "coach")
    await house.wiring.consents.give(client, "carl", scope)
    await house.wiring.courier.wait_connected()
    return headers


async def write(house: House, client: str, headers: dict[str, str], **what: Any) -> dict[str, Any]:
    response = await house.http.post(f"/api/v1/clients/{client}/feedback", json=WELL | what, headers=headers)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def written(house: House, client: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    response = await house.http.get(f"/api/v1/clients/{client}/feedback", headers=headers)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


async def seen(
    house: House, client: str, headers: dict[str, str], condition: Callable[[dict[str, Any]], Any]
) -> dict[str, Any]:
    """The coach's newest message once it is so; nothing tells when, so it is looked for."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition(found := (await written(house, client, headers))[0]):  # noqa: ASYNC110  # as said
            await asyncio.sleep(0.02)
    return found


async def test_a_message_reaches_a_connected_device_and_the_coach_sees_it_read_and_answered(
    waiting_room: House, api_broker: MosquittoServer, ann: str
) -> None:
    headers = await acquaint(waiting_room, ann)
    async with listening_device(api_broker.port, ann) as device:
        sent = await write(waiting_room, ann, headers, kind="sleep", targets={"protein_g": 120})
        assert (sent["delivered_at"], sent["read_at"]) == (None, None)
        told = await device.told("feedback")
        assert told == {
            "feedback_id": sent["id"],
            "sent_at": sent["sent_at"],
            "author_name": "carl",
            "author_role": "coach",
            "text": "Well done",
            "tags": ["praise"],
            "day": "2026-11-20",
            "kind": "sleep",
            "targets": {"protein_g": 120},
        }
        await device.say(feedback_id=sent["id"], state="delivered")
        found = await seen(waiting_room, ann, headers, lambda message: message["delivered_at"])
        assert found["read_at"] is None
        answer = {"feedback_id": sent["id"], "state": "read", "answer": "Thanks!", "batch_id": "a1"}
        for _ in range(2):
            await device.say(**answer)
            receipt = await device.told("receipts")
            assert receipt == {"batch_id": "a1", "status": "stored", "stored": 1, "rejected": []}
        found = await seen(waiting_room, ann, headers, lambda message: message["read_at"])
        assert [each["text"] for each in found["answers"]] == ["Thanks!"]
        # One rule for both ways: the same id is the same answer, and another answer takes an id of its own.
        own = f"/api/v1/users/{ann}/feedback/{sent['id']}/answers"
        said = {"text": "Thanks!", "answer_id": "a1"}
        assert (await waiting_room.http.post(own, json=said)).status_code == 204
        await device.say(**answer | {"answer": "No thanks!"})
        receipt = await device.told("receipts")
        assert (receipt["batch_id"], receipt["status"]) == ("a1", "rejected")
        assert "another answer" in receipt["reason"]
        assert [each["text"] for each in (await written(waiting_room, ann, headers))[0]["answers"]] == ["Thanks!"]


async def test_a_repeat_makes_up_for_what_was_not_done_the_first_time(
    waiting_room: House, api_broker: MosquittoServer, ann: str
) -> None:
    headers = await acquaint(waiting_room, ann)
    # Kept by a process that was killed then; by itself it would be due tomorrow.
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    kept = Message(
        id=message_id("carl", ann, "draft-7"), user_id=ann, author_id="carl", author_role="coach", sent_at=tomorrow,
        text="Well done", tags=("praise",), day=date(2026, 11, 20),
    )  # fmt: skip
    await waiting_room.wiring.feedback.add(kept)
    async with listening_device(api_broker.port, ann) as device:
        sent = await write(waiting_room, ann, headers, message_id="draft-7")
        assert sent["id"] == kept.id
        assert (await device.told("feedback"))["feedback_id"] == kept.id


async def test_what_can_not_be_noted_is_told_to_the_device(
    waiting_room: House, api_broker: MosquittoServer, ann: str
) -> None:
    headers = await acquaint(waiting_room, ann)
    bobs = await write(waiting_room, ann, headers)
    async with listening_device(api_broker.port, f"{ann}-bob") as device:
        await device.say(feedback_id=bobs["id"], state="read", batch_id="b1")
        assert (await device.told("receipts"))["status"] == "rejected"
        for nonsense in (
            {"state": "read", "batch_id": "b2"},
            {"feedback_id": bobs["id"], "state": "read", "answer": 7},
        ):
            await device.say(**nonsense)
            receipt = await device.told("receipts")
            assert (receipt["status"], receipt["batch_id"]) == ("rejected", nonsense.get("batch_id"))
            assert "with an answer a batch_id" in receipt["reason"]
    assert (await written(waiting_room, ann, headers))[0]["read_at"] is None


async def test_a_message_waits_for_a_device_that_is_away(
    waiting_room: House, api_broker: MosquittoServer, ann: str
) -> None:
    headers = await acquaint(waiting_room, ann)
    sent = await write(waiting_room, ann, headers)
    # It has no session at the broker: only the records know of the message.
    async with listening_device(api_broker.port, ann) as device:
        await device.come_online()
        assert (await device.told("feedback"))["feedback_id"] == sent["id"]
        # Not confirmed: it comes again.
        await device.come_online()
        assert (await device.told("feedback"))["feedback_id"] == sent["id"]
        await device.say(feedback_id=sent["id"], state="delivered", batch_id="b1")
        await device.told("receipts")
        later = await write(waiting_room, ann, headers)
        await device.come_online()
        while (told := await device.told("feedback"))["feedback_id"] == sent["id"]:
            pass  # what was under way when it was confirmed
        assert told["feedback_id"] == later["id"]


async def test_a_message_comes_again_after_broker_and_api_have_gone(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str
) -> None:
    async with connected_api(own_mosquitto.port, stores) as house:
        headers = await acquaint(house, ann)
        sent = await write(house, ann, headers)
    own_mosquitto.kill()
    async with api_at(own_mosquitto.port, stores) as house:
        headers = await house.bearer("carl", "coach")
        while_away = await write(house, ann, headers)
        own_mosquitto.start()
        async with listening_device(own_mosquitto.port, ann) as device:
            # Whichever of the two is here first.
            await device.come_online()
            ids = {(await device.told("feedback"))["feedback_id"]}
            while len(ids) < 2:
                ids.add((await device.told("feedback"))["feedback_id"])
            assert ids == {sent["id"], while_away["id"]}
            own_mosquitto.kill()
            own_mosquitto.start()
            await device.session.wait_connected()
            assert (await device.told("feedback"))["feedback_id"] in ids


async def test_clients_read_and_answer_over_http_too(library: House, ann: str) -> None:
    await library.token(ann)
    headers = await library.bearer("carl", "coach")
    await library.wiring.consents.give(ann, "carl", "nutrition")
    sent = await write(library, ann, headers)
    inbox = await library.http.get("/api/v1/users/me/feedback", headers=await library.bearer(ann))
    [found] = inbox.json()
    assert (inbox.headers["X-Total-Count"], found["text"]) == ("1", "Well done")
    assert found["delivered_at"] is not None
    own = f"/api/v1/users/{ann}/feedback"
    assert (await library.http.put(f"{own}/{sent['id']}/read")).status_code == 204
    answer = {"text": "Thanks!", "answer_id": "1"}
    for _ in range(2):
        assert (await library.http.post(f"{own}/{sent['id']}/answers", json=answer)).status_code == 204
    [told] = await written(library, ann, headers)
    assert told["read_at"] is not None
    assert [each["text"] for each in told["answers"]] == ["Thanks!"]
    require_problem(await library.http.put(f"{own}/{uuid4()}/read"), 404)
    bob = await library.bearer(f"{ann}-bob")
    require_problem(await library.http.put(f"/api/v1/users/me/feedback/{sent['id']}/read", headers=bob), 404)


@pytest.fixture(params=["sqlite", "postgres"])
async def desk(request: pytest.FixtureRequest, stores: Stores) -> AsyncIterator[House]:
    """Where coaches write and clients answer; there is no broker."""
    if request.param == "sqlite":
        async with api_at(1, stores) as opened:
            yield opened
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.make_database()
    await migrate(url)
    records = Database.open(url)
    try:
        async with api_at(1, Stores(stores.series, records)) as opened:
            yield opened
    finally:
        await records.close()


async def meet(house: House, client: str, coach: str) -> tuple[str, dict[str, str]]:
    """Where a coach writes to this client, who consents to it, and the headers to do so."""
    await house.token(client)
    headers = await house.bearer(coach, "coach")
    await house.wiring.consents.give(client, coach, "training")
    return f"/api/v1/clients/{client}/feedback", headers


async def test_who_repeats_a_message_has_written_it_once(desk: House, ann: str) -> None:
    url, headers = await meet(desk, ann, "carl")
    wanted = WELL | {"message_id": "draft-7", "targets": {"protein_g": 130}}
    first = await desk.http.post(url, json=wanted, headers=headers)
    again = await desk.http.post(url, json=wanted, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    # Repeated after it was read, it tells so.
    await desk.http.put(f"/api/v1/users/{ann}/feedback/{first.json()['id']}/read")
    later = (await desk.http.post(url, json=wanted, headers=headers)).json()
    assert later["read_at"] is not None
    assert later == first.json() | {name: later[name] for name in ("delivered_at", "read_at")}
    assert await written(desk, ann, headers) == [later]


async def test_repeats_that_come_at_once_are_one_message_and_one_answer(desk: House, ann: str) -> None:
    url, headers = await meet(desk, ann, "carl")
    wanted = WELL | {"message_id": "draft-7"}
    sent = await asyncio.gather(*(desk.http.post(url, json=wanted, headers=headers) for _ in range(8)))
    assert {(each.status_code, each.json()["id"]) for each in sent} == {(201, sent[0].json()["id"])}
    own = f"/api/v1/users/{ann}/feedback/{sent[0].json()['id']}/answers"
    answer = {"text": "Thanks!", "answer_id": "1"}
    answers = await asyncio.gather(*(desk.http.post(own, json=answer) for _ in range(8)))
    assert {each.status_code for each in answers} == {204}
    [found] = await written(desk, ann, headers)
    assert [each["text"] for each in found["answers"]] == ["Thanks!"]


async def test_an_id_that_was_used_for_something_else_is_a_conflict(desk: House, ann: str) -> None:
    url, headers = await meet(desk, ann, "carl")
    wanted = WELL | {"message_id": "draft-7"}
    sent = (await desk.http.post(url, json=wanted, headers=headers)).json()
    problem = require_problem(await desk.http.post(url, json=wanted | {"text": "No"}, headers=headers), 409)
    assert (problem["field"], "Well done" in problem["detail"]) == ("message_id", False)
    own = f"/api/v1/users/{ann}/feedback/{sent['id']}/answers"
    assert (await desk.http.post(own, json={"text": "Yes", "answer_id": "1"})).status_code == 204
    require_problem(await desk.http.post(own, json={"text": "No", "answer_id": "1"}), 409)
    [found] = await written(desk, ann, headers)
    assert (found["text"], [each["text"] for each in found["answers"]]) == ("Well done", ["Yes"])


async def test_an_id_is_of_one_coach_and_one_client(desk: House, ann: str) -> None:
    bob = f"{ann}-bob"
    pairs = [(client, coach) for client in (ann, bob) for coach in ("carl", "cora")]
    ids = set()
    for client, coach in pairs:
        url, headers = await meet(desk, client, coach)
        wanted = {"text": f"{coach} to {client}", "message_id": "1"}
        sent = await desk.http.post(url, json=wanted, headers=headers)
        assert (sent.status_code, sent.json()["text"]) == (201, wanted["text"])
        ids.add(sent.json()["id"])
    assert len(ids) == len(pairs)


async def test_who_may_not_see_a_kind_may_not_write_about_it(library: House, ann: str) -> None:
    await library.token(ann)
    headers = await library.bearer("nora", "nutritionist")
    url = f"/api/v1/clients/{ann}/feedback"
    require_problem(await library.http.post(url, json=WELL, headers=headers), 403)
    require_problem(await library.http.get(url, headers=headers), 403)
    await library.wiring.consents.give(ann, "nora", "nutrition")
    assert (await library.http.post(url, json=WELL | {"kind": "meals"}, headers=headers)).status_code == 201
    require_problem(await library.http.post(url, json=WELL | {"kind": "sleep"}, headers=headers), 403)
    await library.wiring.consents.withdraw(ann, "nora")
    require_problem(await library.http.get(url, headers=headers), 403)
    noted = {(entry.action, entry.actor) for entry in (await library.wiring.audit.of(ann)).entries}
    assert {("change", "nora"), ("read", "nora")} & noted == {("change", "nora")}


async def test_one_sees_what_one_wrote_oneself_only(library: House, ann: str) -> None:
    await library.token(ann)
    carl, cora = await library.bearer("carl", "coach"), await library.bearer("cora", "coach")
    for coach in ("carl", "cora"):
        await library.wiring.consents.give(ann, coach, "training")
    await write(library, ann, carl, text="from Carl")
    await write(library, ann, cora, text="from Cora")
    assert [each["text"] for each in await written(library, ann, carl)] == ["from Carl"]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"text": ""}, {"text": " \n"}, {"text": "x" * 2_001}, {"text": "a\0b"}, {"tags": ["shame"]}, {"kind": "mood"},
        {"item_id": "m1"}, {"targets": {"luck": 1}}, {"targets": {"protein_g": 0}}, {"targets": {"protein_g": -5}},
        {"targets": {"sleep_score": 101}}, {"day": "1026-01-01"}, {"day": "soon"}, {"author_id": "ann"},
        {"message_id": ""}, {"message_id": "x" * 65}, {"message_id": "a\tb"}, {"message_id": 7},
    ],
)  # fmt: skip
async def test_nonsense_is_refused(library: House, ann: str, nonsense: dict[str, Any]) -> None:
    await library.token(ann)
    headers = await library.bearer("carl", "coach")
    await library.wiring.consents.give(ann, "carl", "training")
    response = await library.http.post(f"/api/v1/clients/{ann}/feedback", json=WELL | nonsense, headers=headers)
    require_problem(response, 422)


async def test_there_is_an_end_to_writing(stores: Stores, ann: str) -> None:
    rates = {**dict.fromkeys(("login", "failures", "account", "codes", "uploads"), "9/second"), "feedback": "2/hour"}
    async with api_at(1, stores, accounts={"rates": rates}) as house:
        await house.token(ann)
        headers = await house.bearer("carl", "coach")
        await house.wiring.consents.give(ann, "carl", "training")
        url = f"/api/v1/clients/{ann}/feedback"
        answers: list[httpx.Response] = [await house.http.post(url, json=WELL, headers=headers) for _ in range(3)]
        assert [each.status_code for each in answers] == [201, 201, 429]


async def test_feedback_is_in_the_export_of_both(library: House, ann: str) -> None:
    await library.token(ann)
    headers = await library.bearer("carl", "coach")
    await library.wiring.consents.give(ann, "carl", "training")
    sent = await write(library, ann, headers)
    answer = {"text": "Thanks!"}
    await library.http.post(f"/api/v1/users/{ann}/feedback/{sent['id']}/answers", json=answer)
    received = await exported(library, ann, "feedback.jsonl")
    assert [(each["text"], each["answers"][0]["text"]) for each in received] == [("Well done", "Thanks!")]
    own = await exported(library, "carl", "feedback_written.jsonl")
    assert [(each["text"], each["answers"]) for each in own] == [("Well done", [])]


async def exported(house: House, user_id: str, name: str) -> list[dict[str, Any]]:
    """A file of somebody's export."""
    answer = await house.http.get(f"/api/v1/users/{user_id}/export", headers=await house.bearer(user_id))
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]
