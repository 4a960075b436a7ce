"""Reading stored items."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import Concerned
from api.items import item_of, newest_first
from api.pages import Paged, json_response
from api.problems import ProblemError
from api.schemas import problems, stored_items
from api.spans import Spanned
from api.stored import newest
from api.wiring import Wired
from contract.catalogue import CATALOGUE, Kind


def routes(prefix: str) -> APIRouter:
    """GET for each kind; one route each, so that the documents can say what its items are."""
    router = APIRouter(prefix=prefix, tags=["telemetry"])
    for kind in CATALOGUE.values():
        router.add_api_route(
            f"/users/{{user_id}}/{kind.name}",
            _reader(kind),
            methods=["GET"],
            summary=f"Stored items: {kind.name}",
            description=kind.about,
            response_class=Response,
            responses={200: stored_items(kind), **problems(401, 403, 422, 503)},
        )
    return router


def unknown_kind(prefix: str) -> APIRouter:
    """GET for any other last part of such a path. Must be the last of all routes."""
    router = APIRouter(prefix=prefix)

    @router.get("/users/{user_id}/{kind}", include_in_schema=False)
    async def read() -> Response:
        raise ProblemError(404, "there is no such kind of measurement", kinds=list(CATALOGUE))

    return router


def _reader(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def read(
        *,
        wiring: Wired,
        user_id: Concerned,
        span: Spanned,
        source_device: Annotated[str | None, Query(min_length=1, max_length=64, description="This one's only.")] = None,
        part: Paged,
    ) -> Response:
        total, rows = await newest(wiring, span.of(kind, user_id, source_device), part)
        return json_response([item_of(kind, row) for row in newest_first(rows)], total=total)

    return read
