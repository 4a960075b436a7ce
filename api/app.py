"""The application: its parts wired together, and its routes in the order in which they are tried."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry

from api import health, metrics, telemetry, uploads
from api.bodies import BodyRoom
from api.documents import DescribedApi, openapi_document, render
from api.headers import PrivateResponses
from api.heads import HeadAsGet
from api.metrics import CountedRequests, RequestMetrics
from api.options import ApiOptions, BrokerAddress
from api.problems import answer_with_problems
from api.uplink import Uplink
from api.wiring import Checkable, Wiring
from storage.series.protocol import SeriesStore

__all__ = ["ApiOptions", "BrokerAddress", "create_app", "openapi_document", "openapi_json"]

PREFIX = "/api/v1"


def create_app(options: ApiOptions, series: SeriesStore, records: Checkable, registry: CollectorRegistry) -> FastAPI:
    """The API over these parts; it keeps its connection to the broker from its start-up to its shutdown.

    Args:
        options: where the broker is, and how long to wait.
        series: the store to read items from; the caller opens and closes it.
        records: asked by `/health` whether it answers.
        registry: gets the API's metrics, and is what `/metrics` shows.
    """
    uplink = Uplink(options)

    @asynccontextmanager
    async def connected(_: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            # A broker that is away delays no start-up: what needs it answers 503 until it is there.
            link = tasks.create_task(uplink.run())
            try:
                yield
            finally:
                await _end(link)

    app = _application(connected)
    bodies = BodyRoom(options.bodies_bytes, options.body_timeout_s)
    uploads = asyncio.Semaphore(options.uploads_in_flight)
    app.state.wiring = Wiring(options, uplink, series, records, registry, bodies, uploads)
    app.add_middleware(HeadAsGet)
    app.add_middleware(PrivateResponses)
    app.add_middleware(CountedRequests, metrics=RequestMetrics(registry))
    return app


async def _end(task: "asyncio.Task[None]") -> None:
    # More than once if need be: a cancellation that comes together with an error or an answer can be lost on its way,
    # in `wait_for` before Python 3.12 and in `TaskGroup` before 3.13.
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)


def openapi_json() -> str:
    """The OpenAPI document as it is committed; made from the routes alone."""
    return render(openapi_document(_application()))


def _application(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    app = DescribedApi(
        title="Paceline",
        version="1",
        summary="Telemetry for health and performance coaching.",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.include_router(uploads.routes(PREFIX))
    app.include_router(uploads.routes(""))  # promised to clients without the prefix as well
    app.include_router(telemetry.routes(PREFIX))
    app.include_router(health.routes(PREFIX))
    app.include_router(health.routes(""))
    app.include_router(metrics.routes())
    app.include_router(telemetry.unknown_kind(PREFIX))
    answer_with_problems(app)
    return app


def _operation_id(route: APIRoute) -> str:
    # Stable names for generated clients: `post_meals`, `get_users_heart_rate`; `_short` without the prefix.
    path = route.path.removeprefix(PREFIX)
    words = [part for part in path.split("/") if part and not part.startswith("{")]
    method = min(route.methods or ()).lower()
    return "_".join([method, *words, *([] if route.path != path else ["short"])])
