"""Schemas of the OpenAPI document, made from the contract: none is written again here by hand."""

from collections.abc import Iterable
from datetime import datetime
from inspect import cleandoc
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta, Struct

from api.bodies import JSON
from api.problems import MEDIA_TYPE, Problem
from contract.catalogue import CATALOGUE, TIME_FIELDS, Kind
from contract.envelope import Batch, SourceDevice
from contract.examples import BATCHES as EXAMPLES
from contract.receipts import Receipt

Json = dict[str, Any]


def _stored(kind: Kind) -> type[Struct]:
    """An item of a kind as it is read back: its fields, its time, and where it came from."""
    hints = get_type_hints(kind.item, include_extras=True)
    fields: list[Any] = [
        (field.name, hints[field.name], *(() if field.required else (field.default,)))
        for field in msgspec.structs.fields(kind.item)
        if field.name not in TIME_FIELDS
    ]
    fields.append(("timestamp", Annotated[datetime, Meta(tz=True, description="The item's time, in UTC.")]))
    fields.append(("source_device", SourceDevice))
    return msgspec.defstruct(f"Stored{kind.item.__name__}", fields, kw_only=True)


STORED = {kind.name: _stored(kind) for kind in CATALOGUE.values()}
"""The items of each kind as they are read back."""

BATCHES: dict[str, Any] = {kind.name: Batch[kind.item] for kind in CATALOGUE.values()}  # type: ignore[name-defined]
"""The batches of each kind as they are uploaded."""


def body(kind: Kind) -> Json:
    """The request body that is a batch of this kind."""
    content = {JSON: {"schema": _reference(BATCHES[kind.name]), "example": EXAMPLES[kind.name]}}
    return {"required": True, "content": content}


def stored_items(kind: Kind) -> Json:
    """The response that lists items of this kind."""
    return listed(STORED[kind.name], "Newest first.")


def listed(described: Any, description: str) -> Json:
    """The response that is a part of a list of these."""
    return {**_response(description, JSON, {"type": "array", "items": _reference(described)}), "headers": _TOTAL}


def answer(described: Any, description: str, *, counted: bool = False) -> Json:
    """The response that is one of these; `counted`: a list in it is cut, and `X-Total-Count` says how long it is."""
    return {**_response(description, JSON, _reference(described)), **({"headers": _TOTAL} if counted else {})}


_TOTAL = {"X-Total-Count": {"description": "How many there are in all.", "schema": {"type": "integer", "minimum": 0}}}


def receipt() -> Json:
    """The response that holds a receipt."""
    return answer(Receipt, "Stored, but for the items in `rejected`.")


def health(report: type[Struct]) -> dict[int | str, Json]:
    """The responses that say what answers."""
    return {
        200: _response("All that the API needs answers.", JSON, _reference(report)),
        503: _response("Something does not answer.", JSON, _reference(report)),
    }


def problems(*statuses: int) -> dict[int | str, Json]:
    """The responses that hold a problem document, by status."""
    return {status: _problem(status) for status in statuses}


def components(types: Iterable[Any]) -> Json:
    """The schemas of these types, and of all that they refer to, by the names that references give them."""
    _, found = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    for schema in found.values():
        # What it does not know is read over and told of in the receipt's `ignored`, not refused.
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        if about := schema.get("description"):
            schema["description"] = cleandoc(about)  # Python 3.13 does so itself, older ones don't
    return found


def _problem(status: int) -> Json:
    response = _response(_PROBLEMS[status], MEDIA_TYPE, _reference(Problem))
    if status not in _PASSING:
        return response
    seconds = {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}
    return {**response, "headers": {"Retry-After": seconds}}


_PASSING = frozenset({429, 503})


_PROBLEMS = {
    400: "The request can't be read.",
    401: "Nobody who is known asks: the access token is missing, wrong or too old.",
    403: "Whoever asks may not.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    409: "There is one already.",
    413: "The body is too large.",
    415: "The body is not plain JSON.",
    422: "Something in it can't be used; nothing was stored.",
    429: "Too often: come back later.",
    503: "Something that this needs is away: ask again later.",
}


def _response(description: str, media_type: str, schema: Json) -> Json:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _reference(described: Any) -> Json:
    (reference,), _ = msgspec.json.schema_components([described], ref_template=_TEMPLATE)
    return reference


_TEMPLATE = "#/components/schemas/{name}"
