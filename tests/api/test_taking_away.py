"""Exports are complete, and so are erasures; an erasure is finished whatever happens."""

import asyncio
import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select

from api import archive
from api.archive import pages
from api.erasure import Erasure
from api.link import Link
from api.options import BrokerAddress
from api.retained import _retained
from contract import topics
from contract.catalogue import CATALOGUE
from contract.daily import STORED, stamped_days, summary_of
from contract.errors import StoreUnavailable
from contract.examples import BATCHES
from contract.reading import read_batch
from contract.stamping import Horizon, StampedBatch
from storage.records.alerts import NewAlert
from storage.records.dead_letters import DeadLetters
from storage.records.deletions import TOMBSTONE, Deletion, Deletions
from storage.records.devices import Certificate, Device
from storage.records.feedback import Confirmed, Message
from storage.records.letters import DeadLetter
from storage.records.people import new_person
from storage.records.source_devices import SourceDevices
from storage.records.tables import METADATA, STANDINGS
from storage.series.protocol import Selection
from tests.api.batches import USER
from tests.api.documents import require_problem
from tests.api.house import House, Stores, api_at, connected_api
from tests.servers.mosquitto import MosquittoServer

EVER = Horizon(0, 9_000_000_000_000)
NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
NUMBER = "+4915123456789"


def example(kind: str, user_id: str) -> StampedBatch:
    """The contract's own example of a kind, as somebody's."""
    batch = {**BATCHES[kind], "user_id": user_id}
    return read_batch(CATALOGUE[kind], user_id, json.dumps(batch).encode(), EVER).stamped


async def live(house: House, user_id: str) -> None:
    """Have something of this person in every place there is."""
    wiring, series = house.wiring, house.stores.series
    contact = {"email": f"{user_id}@example.org", "mobile": NUMBER if user_id == USER else None}
    await wiring.people.ensure([new_person(user_id, "athlete", f"name of {user_id}", **contact)])
    await wiring.people.ensure([new_person("carl", "coach", "Carl")])
    await wiring.consents.give(user_id, "carl", "training")
    await wiring.audit.note(user_id, "read", "meals", actor="carl", actor_role="coach")
    await wiring.audit.note("carl", "read", actor=user_id, actor_role="athlete")
    await wiring.codes.make(contact["mobile"] or "+4915123456780")
    await SourceDevices(house.stores.records).admit([(user_id, "watch")])
    letter = DeadLetter(f"v1/users/{user_id}/telemetry/meals", b"no batch \xff", "not JSON", NOW, user_id, "meals")
    await DeadLetters(house.stores.records).add([letter])
    words = f"words of {user_id}"
    message = Message(
        id=f"id of {user_id}"[:36], user_id=user_id, author_id="carl", author_role="coach", sent_at=NOW, text=words
    )
    await wiring.feedback.add(message)
    await wiring.feedback.confirm([Confirmed(user_id, message.id, NOW, words, "an id")], NOW)
    await wiring.alerts.add([NewAlert(user_id, "anomaly", "steps", NOW.date(), words, NOW)], NOW)
    await wiring.alerts.switch(user_id, {"inactivity": False})
    async with house.stores.records.write() as connection:
        await connection.execute(insert(STANDINGS).values(user_id=user_id, turn=1, due_at=NOW, computed_at=NOW))
    await series.write([example(kind, user_id) for kind in CATALOGUE])
    await series.write([stamped_days(user_id, [summary_of(date(2026, 1, 14), "UTC", {"steps": 5_000})])])


async def add_device(house: House, user_id: str) -> None:
    certificate = Certificate(f"serial-{user_id}"[:40], NOW, NOW + timedelta(days=9), f"pem of {user_id}")
    await house.wiring.devices.add(Device("a-device", user_id, "phone", "client", "hash", NOW, certificate))


async def exported(house: House, user_id: str = USER) -> ZipFile:
    response = await house.http.get(f"/api/v1/users/{user_id}/export")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/zip")
    found = ZipFile(io.BytesIO(response.content))
    assert found.testzip() is None
    return found


def lines(found: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found.read(name).splitlines()]


async def test_an_export_has_each_item_of_every_kind_as_it_is_read_over_http(library: House) -> None:
    for user_id in (USER, "bob"):
        await live(library, user_id)
    found = await exported(library)
    for kind in CATALOGUE:
        read = (await library.http.get(f"/api/v1/users/{USER}/{kind}")).json()
        told = lines(found, f"{kind}.jsonl")
        assert len(told) == len(read) == len(example(kind, USER).items)
        assert all(item in told for item in read)


async def test_an_export_has_all_records_and_the_days_and_says_what_is_where(library: House) -> None:
    await live(library, USER)
    await add_device(library, USER)
    found = await exported(library)
    readme = found.read("README.txt").decode()
    assert all(f"\n{name} " in readme for name in found.namelist() if name != "README.txt")
    assert json.loads(found.read("account.json"))["email"] == f"{USER}@example.org"
    assert [(each["professional_id"], each["scope"]) for each in lines(found, "consents.jsonl")] == [
        ("carl", "training")
    ]
    assert [each["action"] for each in lines(found, "audit.jsonl")] == ["read", "export"]
    for name in ("feedback", "alerts", "alert_rules", "standing"):
        assert lines(found, f"{name}.jsonl"), name
    assert lines(found, "feedback.jsonl")[0]["answers"][0]["text"] == f"words of {USER}"
    assert lines(found, "source_devices.jsonl") == [{"name": "watch"}]
    assert lines(found, "devices.jsonl")[0]["name"] == "phone"
    assert lines(found, "dead_letters.jsonl")[0]["payload_base64"] == "bm8gYmF0Y2gg/w=="
    assert len(lines(found, "logins.jsonl")) == 1
    [day] = csv.DictReader(io.StringIO(found.read("daily.csv").decode()))
    assert (day["date"], day["steps"]) == ("2026-01-14", "5000")


async def test_an_export_has_no_secret_and_nothing_of_others(library: House) -> None:
    for user_id in (USER, "bob"):
        await live(library, user_id)
    await library.wiring.people.set_password_hash(USER, "the-hash")
    found = await exported(library)
    told = b"".join(found.read(name) for name in found.namelist())
    for secret in (b"the-hash", b"token_hash", b"key_hash", b"bob"):
        assert secret not in told


@pytest.mark.parametrize("page", [2, 3, 100])
async def test_pages_have_each_item_once_even_many_of_one_second(
    library: House, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(archive, "PAGE", page)
    moments = [0, 1, 1.5, 1.5004, 1.9, 2, 2.2, 2.7, 2.8, 2.9, 4, 5]
    items = [{"meal_id": f"m{at}", "calories": at, "time": moment} for at, moment in enumerate(moments)]
    batch = {"user_id": USER, "timestamp": "2026-01-14T12:00:00Z", "source_device": "x", "items": items}
    meals = CATALOGUE["meals"]
    await library.stores.series.write([read_batch(meals, USER, json.dumps(batch).encode(), EVER).stamped])
    found = [row async for rows in pages(library.stores.series, meals, USER) for row in rows]
    assert sorted(str(row.values["meal_id"]) for row in found) == sorted(str(item["meal_id"]) for item in items)


async def traces(house: House, user_id: str) -> list[str]:
    """Where there is anything of somebody."""
    found: list[str] = []
    async with house.stores.records.read() as connection:
        for name, table in METADATA.tables.items():
            rows = str((await connection.execute(select(table))).all())
            if any(trace in rows for trace in (f"{user_id}'", f"{user_id}@", f"of {user_id}", f"/{user_id}/")):
                found.append(name)
    series = house.stores.series
    return found + [kind.name for kind in STORED.values() if await series.count(Selection(kind, user_id))]


WITHOUT_NAMES = {"refresh_tokens", "one_time_codes", "deletions", "revocations"}
"""Go with a login, a number, an erasure, a certificate; none of them says whose it is."""


async def test_these_tests_have_something_of_a_person_in_every_table_and_kind(library: House) -> None:
    await live(library, USER)
    await library.token(USER)
    await add_device(library, USER)
    assert set(await traces(library, USER)) == set(METADATA.tables) - WITHOUT_NAMES | set(STORED)


@pytest.fixture
def finishing(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set whenever an erasure is finished."""
    finish, event = Deletions.finish, asyncio.Event()

    async def telling(self: Deletions, deletion: Deletion) -> None:
        await finish(self, deletion)
        event.set()

    monkeypatch.setattr(Deletions, "finish", telling)
    return event


async def test_an_erasure_leaves_nothing_but_a_tombstone(
    api_broker: MosquittoServer, stores: Stores, finishing: asyncio.Event
) -> None:
    user_id = "erased-1"
    broker = BrokerAddress("127.0.0.1", api_broker.port)
    async with connected_api(api_broker.port, stores) as house, Link(broker, 60) as link:
        for each in (user_id, "bob"):
            await live(house, each)
            for topic in (topics.status(each, "watch"), topics.feedback(each)):
                await link._confirmed(topic, b"{}", retain=True)
        response = await house.http.delete(f"/api/v1/users/{user_id}")
        assert response.status_code == 202
        require_problem(await house.http.get(f"/api/v1/users/{user_id}"), 401)
        await asyncio.wait_for(finishing.wait(), 30)
        # Asking as they would make them anew, so the records alone are asked.
        assert await traces(house, user_id) == []
        (entry,) = (await house.wiring.audit.of(response.json()["deletion_id"])).entries
        assert (entry.action, entry.actor, entry.actor_role) == (TOMBSTONE, None, "athlete")
        bobs = set(METADATA.tables) - WITHOUT_NAMES - {"sessions", "devices", "certificates"} | set(STORED)
        assert set(await traces(house, "bob")) == bobs
        assert await _retained(link, user_id) == set()
        assert len(await _retained(link, "bob")) == 2


async def test_an_erasure_goes_on_where_a_crash_has_ended_it(
    api_broker: MosquittoServer, stores: Stores, monkeypatch: pytest.MonkeyPatch, finishing: asyncio.Event
) -> None:
    user_id = "erased-2"
    real, reached = type(stores.series).delete_user, asyncio.Event()

    async def hang(*_: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(type(stores.series), "delete_user", hang)
    async with connected_api(api_broker.port, stores) as house:
        await live(house, user_id)
        await house.http.delete(f"/api/v1/users/{user_id}")
        await asyncio.wait_for(reached.wait(), 30)
        assert set(await traces(house, user_id)) >= {"people", *CATALOGUE}
    # Ended in the middle, the process left what was not done yet; the next one does it.
    monkeypatch.setattr(type(stores.series), "delete_user", real)
    assert set(await traces(house, user_id)) >= {"people", *CATALOGUE}
    async with connected_api(api_broker.port, stores) as house:
        await asyncio.wait_for(finishing.wait(), 30)
        assert await traces(house, user_id) == []


async def test_what_comes_late_is_erased_as_well(stores: Stores) -> None:
    done: list[str] = []

    async def step(person_id: str) -> None:
        done.append(person_id)

    deletions = Deletions(stores.records)
    erasure = Erasure(deletions, [step], linger_s=0)
    deletion = await deletions.begin("ann", "athlete")
    await erasure._go_on(deletion)
    (again,) = await deletions.under_way()
    assert again.erased_at is not None
    await erasure._go_on(again)
    assert (done, await deletions.under_way()) == (["ann", "ann"], [])


async def test_one_erasure_that_can_not_go_on_keeps_no_other_from_it(stores: Stores) -> None:
    async def step(person_id: str) -> None:
        if person_id == "ann":
            raise StoreUnavailable("ann's store is away")

    deletions = Deletions(stores.records)
    erasure = Erasure(deletions, [step], linger_s=0)
    for person in ("ann", "bob"):
        await deletions.begin(person, "athlete")
    for _ in range(2):
        for deletion in await deletions.under_way():
            await erasure._go_on(deletion)
    assert [deletion.person_id for deletion in await deletions.under_way()] == ["ann"]


async def test_an_administrator_erases_somebody_and_is_known_to_have_been_one(stores: Stores) -> None:
    async with api_at(1, stores) as house:
        await live(house, USER)
        response = await house.http.delete(f"/api/v1/users/{USER}", headers=await house.bearer("adam", "administrator"))
        assert response.status_code == 202
        (deletion,) = await Deletions(stores.records).under_way()
        assert (deletion.person_id, deletion.asked_by_role) == (USER, "administrator")
