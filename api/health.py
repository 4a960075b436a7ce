"""Whether the API can do its work: the broker, the series store and the records, asked at once and never for long."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Literal

import msgspec
import structlog
from fastapi import APIRouter, Response
from msgspec import Meta, Struct

from api.bodies import JSON
from api.breakers import State as CircuitState
from api.schemas import health
from api.wiring import Wired, Wiring
from contract.catalogue import CATALOGUE
from storage.series.protocol import Selection, SeriesStore

log = structlog.get_logger(__name__)

State = Literal["ok", "unavailable"]


class Health(Struct, frozen=True):
    """What answers and what doesn't."""

    status: Literal["ok", "degraded"]
    broker: State
    series: State
    records: State
    circuits: Annotated[dict[str, CircuitState], Meta(description="Whether calls of ours go through, or fail at once.")]


def routes(prefix: str) -> APIRouter:
    """GET /health."""
    router = APIRouter(prefix=prefix, tags=["operation"])

    @router.get("/health", summary="Readiness", response_class=Response, responses=health(Health))
    async def read_health(wiring: Wired) -> Response:
        """200 when all that the API needs answers, 503 when something does not."""
        found = await _ask(wiring)
        return Response(msgspec.json.encode(found), 200 if found.status == "ok" else 503, media_type=JSON)

    return router


async def _ask(wiring: Wiring) -> Health:
    timeout_s = wiring.options.check_timeout_s
    broker, series, records = await asyncio.gather(
        _state("broker", wiring.uplink.check(), timeout_s),
        _state("series", _ask_series(wiring.series.bare), timeout_s),
        _state("records", wiring.records.check(), timeout_s),
    )
    is_ok = {broker, series, records} == {"ok"}
    return Health("ok" if is_ok else "degraded", broker, series, records, wiring.circuits.states)


async def _state(name: str, check: Awaitable[None], timeout_s: float) -> State:
    try:
        async with asyncio.timeout(timeout_s):
            await check
    except Exception as error:  # noqa: BLE001  # whatever it is, the answer is no
        log.warning("a check failed", part=name, error=type(error).__name__)
        return "unavailable"
    return "ok"


async def _ask_series(store: SeriesStore) -> None:
    # The narrowest question there is: one millisecond of a user who can't be (no id has a dot).
    await store.count(Selection(CATALOGUE["heart_rate"], ".", 0, 1))
