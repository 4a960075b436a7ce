"""Reading stored items."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.access import Concerned
from api.bodies import JSON
from api.items import item_of, newest_first
from api.moments import Moment, first_ms
from api.problems import ProblemError
from api.rules import PAGE_DEFAULT, PAGE_MOST
from api.schemas import problems, stored_items
from api.wiring import Wired, Wiring
from contract.catalogue import CATALOGUE, Kind
from contract.errors import StoreUnavailable
from storage.series.protocol import Row, Selection


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


def _span(kind: Kind, user_id: str, start: Moment | None, end: Moment | None, source_device: str | None) -> Selection:
    if start is not None and end is not None and start >= end:
        raise ProblemError(422, "start must be before end")
    return Selection(kind, user_id, _ms(start), _ms(end), source_device)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else first_ms(moment)


def _reader(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def read(
        *,
        wiring: Wired,
        user_id: Concerned,
        start: Annotated[Moment | None, Query(description="Earliest time of an item; RFC 3339 with zone.")] = None,
        end: Annotated[Moment | None, Query(description="First time beyond; RFC 3339 with zone.")] = None,
        source_device: Annotated[str | None, Query(min_length=1, max_length=64, description="This one's only.")] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MOST)] = PAGE_DEFAULT,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        selection = _span(kind, user_id, start, end, source_device)
        total, rows = await _page(wiring, selection, limit, offset)
        content = msgspec.json.encode([item_of(kind, row) for row in newest_first(rows)])
        return Response(content, headers={"X-Total-Count": str(total)}, media_type=JSON)

    return read


async def _page(wiring: Wiring, selection: Selection, limit: int, offset: int) -> tuple[int, list[Row]]:
    try:
        async with asyncio.timeout(wiring.options.store_timeout_s):
            total = await wiring.series.count(selection)
            if offset >= total:
                return total, []
            return total, await wiring.series.rows(selection, limit=limit, offset=offset, newest_first=True)
    except TimeoutError:
        raise StoreUnavailable("the series store did not answer in time") from None
