"""Every error is a problem document (RFC 9457)."""

from typing import Any

import pytest

from contract.catalogue import CATALOGUE
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import StoreUnavailable, WriteRefused
from storage.records.people import new_person
from tests.api.batches import meals
from tests.api.documents import require_problem
from tests.api.house import House

ITEMS = "/api/v1/users/anna/meals"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/v1", "/meals/", "/api/v1/measures"])
async def test_an_unknown_path(library: House, path: str) -> None:
    require_problem(await library.http.get(path), 404)


async def test_an_unknown_kind_is_answered_with_those_that_there_are(library: House) -> None:
    problem = require_problem(await library.http.get("/api/v1/users/anna/mood"), 404)
    assert problem["kinds"] == list(CATALOGUE)


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/meals", "POST"), ("POST", ITEMS, "GET, HEAD"), ("HEAD", "/meals", "POST")]
)
async def test_a_method_that_a_path_does_not_take(library: House, method: str, path: str, allowed: str) -> None:
    response = await library.http.request(method, path)
    assert response.status_code == 405
    if method != "HEAD":
        require_problem(response, 405)
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("offset=-1", "offset"),
        ("start=yesterday", "start"),
        ("end=2026-01-14T18:00:00", "end"),
        ("source_device=", "source_device"),
        (f"source_device={'x' * 65}", "source_device"),
    ],
)
async def test_a_parameter_that_can_not_be_used(library: House, query: str, parameter: str) -> None:
    problem = require_problem(await library.http.get(f"{ITEMS}?{query}"), 422)
    [error] = problem["errors"]
    assert error["parameter"] == parameter
    assert error["reason"]


@pytest.mark.parametrize(
    ("body", "parameter", "reason"),
    [
        ("nonsense", "body", "must be JSON"),
        ('{"text": "a", "tags": ["praise", "nonsense"]}', "tags", "must be 'praise', "),
        ('{"tags": []}', "text", "is required"),
        ('{"text": "   "}', "text", "must not be blank"),
    ],
)
async def test_what_is_wrong_in_a_body_goes_by_a_name(library: House, body: str, parameter: str, reason: str) -> None:
    await library.wiring.people.ensure([new_person("anna", "athlete", "Anna"), new_person("carl", "coach", "Carl")])
    await library.wiring.consents.give("anna", "carl", "training")
    headers = await library.bearer("carl", "coach") | {"Content-Type": "application/json"}
    response = await library.http.post("/api/v1/clients/anna/feedback", content=body, headers=headers)
    [error] = require_problem(response, 422)["errors"]
    assert error["parameter"] == parameter
    assert error["reason"].startswith(reason)


async def test_no_parameter_is_repeated(library: House) -> None:
    response = await library.http.get(f"{ITEMS}?limit=170-over-110&start=170-over-110")
    assert "170-over-110" not in response.text


@pytest.mark.parametrize("end", ["2026-01-14T18:00:00Z", "2026-01-14T18:59:59%2B01:00"])
async def test_a_span_that_ends_before_it_begins(library: House, end: str) -> None:
    require_problem(await library.http.get(f"{ITEMS}?start=2026-01-14T18:00:00Z&end={end}"), 422)


@pytest.mark.parametrize("user_id", ["a.b", "a%20b", "%2B", "a%0A", "x" * 65])
async def test_a_user_id_that_nobody_can_have(library: House, user_id: str) -> None:
    require_problem(await library.http.get(f"/api/v1/users/{user_id}/meals"), 403)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"no JSON"}, 422),
        ({"content": b"{}"}, 422),
        ({"content": b" " * (MAX_BATCH_BYTES + 1)}, 413),
        ({"content": b"{}", "headers": {"Content-Type": "text/xml"}}, 415),
        ({"json": meals(100)}, 503),  # there is no broker
    ],
)
async def test_an_upload_that_is_not_stored(library: House, request_: dict[str, Any], status: int) -> None:
    require_problem(await library.http.post("/meals", **request_), status)


@pytest.mark.parametrize("call", ["count", "rows"])
async def test_a_store_that_is_away(library: House, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("no route to db-7.internal")

    monkeypatch.setattr(type(library.stores.series), "count", answer_one)
    monkeypatch.setattr(type(library.stores.series), call, fail)
    response = await library.http.get(ITEMS)
    require_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert "internal" not in response.text


async def test_what_should_never_happen(library: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise WriteRefused("systolic 170")

    monkeypatch.setattr(type(library.stores.series), "count", fail)
    response = await library.http.get(ITEMS)
    require_problem(response, 500)
    assert "170" not in response.text


async def answer_one(*_: object, **__: object) -> int:
    return 1
