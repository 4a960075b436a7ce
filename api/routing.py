"""Routes that are alike, added alike."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from typing import Any

from fastapi import APIRouter, Depends, Response

from api.access import Asking
from api.rules import rule_of
from api.schemas import Json, problems, receipt
from api.wiring import Wired

Endpoint = Callable[..., Coroutine[Any, Any, Response]]
Read = tuple[str, Endpoint, str, Json]
"""Path, what answers, a summary, and the answer as a schema."""


def add_reads(router: APIRouter, reads: Iterable[Read], statuses: Iterable[int] = (401, 403, 422, 503)) -> None:
    """Add GET routes whose answers are encoded already; what the rules call analytics waits for the person's turn.

    Args:
        router: whose they become.
        reads: one for each path below the router's.
        statuses: with which they may fail.
    """
    for path, endpoint, summary, response in reads:
        rule = rule_of("GET", f"{router.prefix}{path}")
        is_examined = rule is not None and rule.limit == "analytics"
        router.add_api_route(
            path,
            endpoint,
            methods=["GET"],
            summary=summary,
            response_class=Response,
            dependencies=[Depends(_in_turn)] if is_examined else [],
            responses={200: response, **problems(*statuses, *([429] if is_examined else []))},
        )


async def _in_turn(wiring: Wired, caller: Asking) -> AsyncIterator[None]:
    async with wiring.examiner.turn(caller.id):
        yield


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
