"""The application: its parts wired together, and its routes in the order in which they are tried."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry

from api import (
    accounts,
    alerts,
    analytics,
    codes,
    consents,
    devices,
    docs_page,
    documents,
    feedback,
    health,
    heart_rates,
    histories,
    logins,
    measurements,
    metrics,
    nights,
    review,
    roster,
    telemetry,
    uploads,
)
from api.access import enforce
from api.documents import DescribedApi, openapi_document, render
from api.forgetting import keep_forgetting
from api.headers import PrivateResponses
from api.heads import HeadAsGet
from api.metrics import CountedRequests, RequestMetrics
from api.options import ApiOptions, BrokerAddress
from api.problems import answer_with_problems
from api.rules import PREFIX
from api.small_bodies import SmallBodies
from api.wiring import wire
from storage.records.database import Database
from storage.series.protocol import SeriesStore

__all__ = ["ApiOptions", "BrokerAddress", "create_app", "openapi_document", "openapi_json"]


def create_app(options: ApiOptions, series: SeriesStore, records: Database, registry: CollectorRegistry) -> FastAPI:
    """The API over these parts; it keeps its connection to the broker from its start-up to its shutdown.

    Args:
        options: where the broker is, how people log in, and how long to wait.
        series: the store to read items from; the caller opens and closes it.
        records: people, consents, logins and the audit; the caller migrates, opens and closes it.
        registry: gets the API's metrics, and is what `/metrics` shows.
    """
    wiring = wire(options, series, records, registry)

    @asynccontextmanager
    async def connected(_: FastAPI) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            # A broker that is away delays no start-up: what needs it answers 503 until it is there.
            running = (
                wiring.uplink.run(),
                wiring.erasure.run(),
                wiring.doorkeeper.run(),
                wiring.courier.run(),
                keep_forgetting(wiring.codes, wiring.sessions),
            )
            services = [tasks.create_task(service) for service in running]
            try:
                yield
            finally:
                for service in services:
                    await _end(service)
                wiring.examiner.close()

    app = _application(connected)
    app.state.wiring = wiring
    app.add_middleware(SmallBodies, timeout_s=options.body_timeout_s, besides=uploads.PATHS)
    app.add_middleware(HeadAsGet)
    app.add_middleware(PrivateResponses)
    app.add_middleware(CountedRequests, metrics=RequestMetrics(registry))
    if options.accounts.cors_origins:
        _let_in_pages(app, options.accounts.cors_origins)
    return app


def _let_in_pages(app: FastAPI, origins: Sequence[str]) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["X-Total-Count", "Retry-After"],
        max_age=600,
    )


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
        dependencies=[Depends(enforce)],
        # Served by routes of ours (`api.documents`, `api.docs_page`), so that these too have a rule.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for prefix in (PREFIX, ""):  # promised to clients without the prefix as well
        app.include_router(uploads.routes(prefix))
        app.include_router(accounts.registration(prefix))
        app.include_router(logins.login(prefix))
        app.include_router(health.routes(prefix))
    for module in (logins, codes, accounts, consents, histories, devices, feedback, alerts, telemetry):
        app.include_router(module.routes(PREFIX))
    for module in (roster, review, measurements, heart_rates, nights, analytics):
        app.include_router(module.routes(PREFIX))
    app.include_router(documents.routes())
    app.include_router(docs_page.routes())
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
