"""The OpenAPI document."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from api.app import openapi_document, openapi_json
from api.rules import PAGE_MOST
from contract.catalogue import CATALOGUE
from tests.api.batches import PROMISED
from tests.api.documents import document, require_valid
from tests.api.house import House


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            yield path, operation


def references(part: Any) -> Iterator[str]:
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    for inner in parts:
        yield from references(inner)
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        yield part["$ref"]


async def test_what_is_committed_is_what_is_served(library: House) -> None:
    served = (await library.http.get("/openapi.json")).json()
    assert served == json.loads(openapi_json()) == openapi_document(library.app)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(document()):
        part: Any = document()
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        assert part


def test_every_kind_can_be_read() -> None:
    assert {f"/api/v1/users/{{user_id}}/{kind}" for kind in CATALOGUE} <= set(document()["paths"])


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


def test_errors_are_documented_as_problems() -> None:
    for path, operation in operations():
        for status, response in operation["responses"].items():
            if int(status) >= 400 and not path.endswith("/health"):
                assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("path", ["/meals", "/exercises", "/api/v1/meals", "/api/v1/exercises"])
def test_a_promised_body_and_the_example_are_what_the_schema_says(path: str) -> None:
    content = document()["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    for body in (PROMISED[path.rpartition("/")[2]], content["example"]):
        require_valid(body, content["schema"])


@pytest.mark.parametrize("kind", ["meals", "exercises"])
def test_a_field_that_is_ignored_is_not_against_the_schema(kind: str) -> None:
    schema = document()["paths"][f"/{kind}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    batch = PROMISED[kind]
    require_valid({**batch, "mood": "fine", "items": [{**item, "mood": "fine"} for item in batch["items"]]}, schema)


@pytest.mark.parametrize("kind", list(CATALOGUE))
def test_units_and_bounds_are_those_of_the_contract(kind: str) -> None:
    answer = document()["paths"][f"/api/v1/users/{{user_id}}/{kind}"]["get"]["responses"]["200"]
    name = answer["content"]["application/json"]["schema"]["items"]["$ref"].rpartition("/")[2]
    schema = document()["components"]["schemas"][name]
    assert set(schema["properties"]) == {field.name for field in CATALOGUE[kind].fields} | {
        "timestamp",
        "source_device",
    }
    for field in CATALOGUE[kind].fields:
        if field.quantity:
            told = schema["properties"][field.name]
            told = told["anyOf"][0] if "anyOf" in told else told
            quantity = field.quantity
            assert (told["minimum"], told["maximum"], told.get("unit", "")) == (
                quantity.low,
                quantity.high,
                quantity.unit,
            )


def test_the_limit_of_a_page_is_told() -> None:
    parameters = document()["paths"]["/api/v1/users/{user_id}/meals"]["get"]["parameters"]
    [limit] = [parameter["schema"] for parameter in parameters if parameter["name"] == "limit"]
    assert (limit["default"], limit["minimum"], limit["maximum"]) == (50, 1, PAGE_MOST)
