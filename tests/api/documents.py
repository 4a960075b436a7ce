"""Checks of answers against the OpenAPI document."""

from functools import cache
from typing import Any

import httpx
import msgspec
from jsonschema import Draft202012Validator, FormatChecker

from api.app import openapi_json


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(openapi_json())
    return found


def require_valid(instance: object, schema: dict[str, Any]) -> None:
    """Fail unless the instance is what the schema says; references are into the document."""
    whole = {**schema, "components": document()["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(instance)


def require_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Fail unless it is a problem document of this status, all that every one has included; what it says."""
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    require_valid(problem, {"$ref": "#/components/schemas/Problem"})
    return problem
