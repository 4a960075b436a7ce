"""What `/health` says of the broker, the series store and the records."""

import asyncio

import pytest

from contract.errors import StoreUnavailable
from contract.topics import is_user_id
from storage.series.protocol import Selection
from tests.api.documents import document, require_valid
from tests.api.house import House, Stores, api_at, connected_api
from tests.servers.mosquitto import MosquittoServer

CLOSED = dict.fromkeys(("series", "broker", "codes"), "closed")
ALL_WELL = {"status": "ok", "broker": "ok", "series": "ok", "records": "ok", "circuits": CLOSED}


async def unavailable(*_: object) -> None:
    raise StoreUnavailable("no route to db-7.internal")


async def broken(*_: object) -> None:
    raise RuntimeError("a mistake of ours")


async def silent(*_: object) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
async def test_when_all_answer_it_is_ok(house: House, path: str) -> None:
    response = await house.http.get(path)
    assert (response.status_code, response.json()) == (200, ALL_WELL)
    require_valid(response.json(), {"$ref": "#/components/schemas/Health"})
    assert set(document()["paths"][path]["get"]["responses"]) == {"200", "503"}


CALLS = pytest.mark.parametrize(("part", "call"), [("series", "count"), ("records", "check")])


@CALLS
@pytest.mark.parametrize("fault", [unavailable, broken])
async def test_a_store_that_fails_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, *, part: str, call: str, fault: object
) -> None:
    monkeypatch.setattr(type(getattr(house.stores, part)), call, fault)
    response = await house.http.get("/health")
    assert (response.status_code, response.json()) == (503, {**ALL_WELL, "status": "degraded", part: "unavailable"})


@CALLS
async def test_a_store_that_does_not_answer_is_named(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, *, part: str, call: str
) -> None:
    monkeypatch.setattr(type(getattr(stores, part)), call, silent)
    async with api_at(1, stores, check_timeout_s=0.05) as house:
        response = await house.http.get("/health")
    assert (response.status_code, response.json()[part]) == (503, "unavailable")


async def test_a_broker_that_is_not_there_is_named(stores: Stores) -> None:
    async with api_at(1, stores) as house:
        response = await house.http.get("/health")
    assert (response.status_code, response.json()["broker"]) == (503, "unavailable")


async def test_a_broker_that_has_fallen_silent_is_named(own_mosquitto: MosquittoServer, stores: Stores) -> None:
    async with connected_api(own_mosquitto.port, stores, check_timeout_s=0.2) as house:
        own_mosquitto.child.pause()
        try:
            response = await house.http.get("/health")
        finally:
            own_mosquitto.child.resume()
    assert (response.status_code, response.json()["broker"]) == (503, "unavailable")


async def test_the_silent_are_asked_all_at_once(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    all_asked = asyncio.Event()

    def held(part: str) -> object:
        async def answer(*_: object) -> int:
            asked.append(part)
            if len(asked) == 2:
                all_asked.set()
            await all_asked.wait()  # ends only if nobody waits for another's answer before asking
            return 0

        return answer

    monkeypatch.setattr(type(stores.series), "count", held("series"))
    monkeypatch.setattr(type(stores.records), "check", held("records"))
    async with api_at(1, stores, check_timeout_s=300) as house:
        found = (await house.http.get("/health")).json()
    assert (found["series"], found["records"]) == ("ok", "ok")


async def test_the_series_store_is_asked_for_items_that_nobody_can_have(
    library: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Selection] = []
    count = type(library.stores.series).count

    async def noted(store: object, selection: Selection) -> int:
        asked.append(selection)
        return await count(store, selection)  # type: ignore[arg-type]

    monkeypatch.setattr(type(library.stores.series), "count", noted)
    assert (await library.http.get("/health")).json()["series"] == "ok"
    [selection] = asked
    assert not is_user_id(selection.user_id)
