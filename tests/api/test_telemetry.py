"""Reading stored items."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contract.catalogue import CATALOGUE
from contract.examples import BATCHES
from contract.reading import read_batch
from contract.stamping import Horizon
from storage.series.opening import open_series_store
from tests.api.batches import meals
from tests.api.documents import document, require_valid
from tests.api.house import House, Stores, api_at, open_stores
from tests.servers.influx import InfluxServer

EVER = Horizon(0, 9_000_000_000_000)


@pytest.fixture(params=["embedded", "influx"])
async def either_library(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[House]:
    """As `library`, once over each store."""
    series = None
    if request.param == "influx":
        server: InfluxServer = request.getfixturevalue("influx")
        series = open_series_store(server.url, server.options(f"api_{uuid4().hex}"))
    async with open_stores(tmp_path, migrated, series) as stores, api_at(1, stores) as house:
        yield house


async def store(house: House, kind: str, *batches: dict[str, Any]) -> None:
    found = CATALOGUE[kind]
    readings = [read_batch(found, batch["user_id"], json.dumps(batch).encode(), EVER) for batch in batches]
    assert not any(reading.rejected for reading in readings)
    await house.stores.series.write([reading.stamped for reading in readings])


def heart_rates(*seconds: float, user_id: str = "anna", source_device: str = "watch") -> dict[str, Any]:
    """A sample at each of these seconds after 18:00; its beats a minute say which: 60 is the first."""
    items = [{"bpm": 60 + at, "time": second} for at, second in enumerate(seconds)]
    head = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": source_device}
    return {**head, "items": items}


async def get(house: House, kind: str = "heart_rate", *, user_id: str = "anna", **query: object) -> httpx.Response:
    response = await house.http.get(f"/api/v1/users/{user_id}/{kind}", params={k: str(v) for k, v in query.items()})
    assert response.status_code == 200
    return response


async def beats(house: House, **query: object) -> list[int]:
    return [item["bpm"] for item in (await get(house, "heart_rate", user_id="anna", **query)).json()]


async def test_every_kind_is_read_back_as_it_was_sent(either_library: House) -> None:
    for kind in CATALOGUE:
        batch = BATCHES[kind]
        await store(either_library, kind, batch)
        response = await get(either_library, kind, user_id=batch["user_id"])
        found = response.json()
        assert response.headers["X-Total-Count"] == str(len(batch["items"]))
        assert sorted(map(measured, found), key=str) == sorted(map(measured, batch["items"]), key=str)
        assert {item["source_device"] for item in found} == {batch["source_device"]}
        answer = document()["paths"][f"/api/v1/users/{{user_id}}/{kind}"]["get"]["responses"]["200"]
        require_valid(found, answer["content"]["application/json"]["schema"])


def measured(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in {"time", "timestamp", "source_device"}}


async def test_stored_items_are_kept_by_no_cache(library: House) -> None:
    assert (await get(library)).headers["Cache-Control"] == "no-store"


async def test_items_come_newest_first(library: House) -> None:
    await store(library, "heart_rate", heart_rates(10, 30, 20))
    assert await beats(library) == [61, 62, 60]


async def test_meals_of_one_second_come_newest_first(either_library: House) -> None:
    stamps = [f"2026-01-14T18:00:00.{ms:03}Z" for ms in (100, 900, 500)]
    batch = meals(1, 2, 3, user_id="anna")
    items = [{**item, "timestamp": stamp} for item, stamp in zip(batch["items"], stamps, strict=True)]
    await store(either_library, "meals", {**batch, "items": items})
    found = (await get(either_library, "meals")).json()
    assert [item["timestamp"] for item in found] == [stamps[1], stamps[2], stamps[0]]


async def test_times_are_in_utc_and_have_milliseconds_only_where_there_are_some(library: House) -> None:
    await store(library, "heart_rate", {**heart_rates(0, 0.25), "timestamp": "2026-01-14T19:00:00+01:00"})
    found = (await get(library)).json()
    assert [item["timestamp"] for item in found] == ["2026-01-14T18:00:00.250Z", "2026-01-14T18:00:00Z"]


async def test_pages_together_are_the_whole_without_gap_or_overlap(either_library: House) -> None:
    await store(either_library, "heart_rate", heart_rates(*range(7)))
    pages = [await get(either_library, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [[item["bpm"] for item in page.json()] for page in pages] == [[66, 65, 64], [63, 62, 61], [60], []]
    assert {page.headers["X-Total-Count"] for page in pages} == {"7"}


async def test_a_page_has_fifty_items_unless_told_otherwise(library: House) -> None:
    await store(library, "heart_rate", heart_rates(*range(60)))
    response = await get(library)
    assert (len(response.json()), response.headers["X-Total-Count"]) == (50, "60")


async def test_an_offset_beyond_all_bounds_is_an_empty_page(library: House) -> None:
    await store(library, "heart_rate", heart_rates(0))
    response = await get(library, offset=10**30)
    assert (response.json(), response.headers["X-Total-Count"]) == ([], "1")


async def test_a_span_has_its_start_and_not_its_end(library: House) -> None:
    await store(library, "heart_rate", heart_rates(0, 10, 20, 30))
    span = {"start": "2026-01-14T18:00:10Z", "end": "2026-01-14T18:00:30Z"}
    assert await beats(library, **span) == [62, 61]
    assert (await get(library, **span)).headers["X-Total-Count"] == "2"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"start": "2026-01-14T19:00:20+01:00"}, [63, 62]),
        ({"end": "2026-01-14T18:00:10.0001Z"}, [61, 60]),
        ({"start": "2026-01-14T18:00:10.0001Z"}, [63, 62]),
        ({"start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}, [63, 62, 61, 60]),
        ({"start": "0001-01-01T00:00:00Z", "end": "0001-01-02T00:00:00Z"}, []),
    ],
)
async def test_bounds_are_exact_in_any_zone_and_far_away(
    either_library: House, span: dict[str, str], expected: list[int]
) -> None:
    await store(either_library, "heart_rate", heart_rates(0, 10, 20, 30))
    assert await beats(either_library, **span) == expected


async def test_one_device_can_be_asked_for(either_library: House) -> None:
    strap = heart_rates(5, source_device="strap, \"new\" = 'ä' 🫀")
    await store(either_library, "heart_rate", heart_rates(0, 10), strap)
    response = await get(either_library, source_device=strap["source_device"])
    [item] = response.json()
    assert (item["source_device"], response.headers["X-Total-Count"]) == (strap["source_device"], "1")
    assert await beats(either_library, source_device="'; DROP SERIES FROM heart_rate; --") == []


async def test_nobody_sees_what_is_not_theirs(library: House) -> None:
    await store(library, "heart_rate", heart_rates(0, user_id="anna"), heart_rates(0, 1, user_id="anna-2"))
    response = await get(library, user_id="anna")
    assert (len(response.json()), response.headers["X-Total-Count"]) == (1, "1")


async def test_somebody_without_items_has_an_empty_list(library: House) -> None:
    response = await get(library, user_id="nobody-yet")
    assert (response.json(), response.headers["X-Total-Count"]) == ([], "0")


async def test_a_store_that_does_not_answer_is_not_waited_for(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(stores.series), "count", never)
    async with api_at(1, stores, store_timeout_s=0.05) as house:
        response = await house.http.get("/api/v1/users/anna/meals")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


async def never(*_: object, **__: object) -> None:
    await asyncio.Event().wait()
