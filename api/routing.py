"""Routes that are alike, added alike."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Response

from api.schemas import Json, problems, receipt

Endpoint = Callable[..., Coroutine[Any, Any, Response]]
Read = tuple[str, Endpoint, str, Json]
"""Path, what answers, a summary, and the answer as a schema."""


def add_reads(router: APIRouter, reads: Iterable[Read], statuses: Iterable[int] = (401, 403, 422, 503)) -> None:
    """Add GET routes whose answers are encoded already.

    Args:
        router: whose they become.
        reads: one for each path below the router's.
        statuses: with which they may fail.
    """
    failures = problems(*statuses)
    for path, endpoint, summary, response in reads:
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            summary=summary,
            response_class=Response,
            responses={200: response, **failures},
        )


def add_single(router: APIRouter, endpoint: Endpoint, summary: str) -> None:
    """Add POST of one measurement, which answers with its receipt."""
    router.add_api_route(
        "",
        endpoint,
        methods=["POST"],
        status_code=201,
        summary=summary,
        response_class=Response,
        responses={201: receipt(), **problems(400, 401, 403, 408, 413, 422, 429, 503)},
    )
