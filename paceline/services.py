"""The long-running services, each as its command starts it.

What only one of them needs is imported where it starts: an ingestor has no use for the 90 MB of scipy and FastAPI.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, start_http_server

from broker.authority.names import SERVICES, SIMULATOR
from device_simulator.stopping import stop_on_signals, unless
from ingestor.service import Ingestor
from paceline import parts
from paceline.places import bound, port_failures_told
from paceline.retention import Household, keep_retention
from paceline.settings import Settings
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores, open and set up."""

    series: SeriesStore
    records: Database


class Stopped(Exception):  # noqa: N818  # no error: somebody asked for it
    """It was time to stop before all was open."""


@asynccontextmanager
async def open_stores(
    settings: Settings, stopping: asyncio.Event | None = None, *, expiring: bool = True
) -> AsyncIterator[Stores]:
    """Both stores with all they need in them; waits for those that are away.

    Args:
        settings: where they are.
        stopping: ends the wait when it is set.
        expiring: what is older than it is kept is removed, now and every few hours.

    Raises:
        Stopped: it was set.
    """
    stopping = stopping or asyncio.Event()
    async with AsyncExitStack() as opened:
        series = parts.series_store(settings)
        opened.push_async_callback(series.close)
        await _unless_set(stopping, parts.until_available("series", series.setup))
        migrated = partial(migrate, settings.records_database_url)
        await _unless_set(stopping, parts.until_available("records", migrated))
        records = Database.open(settings.records_database_url)
        opened.push_async_callback(records.close)
        stores = Stores(series, records)
        if not expiring:
            yield stores
            return
        async with asyncio.TaskGroup() as tasks:
            house = Household(series, records, settings.retention, settings.dead_letter_days)
            keeping = tasks.create_task(keep_retention(house))
            yield stores
            keeping.cancel()


async def _unless_set(stopping: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    if not await unless(stopping, work):
        raise Stopped


def new_registry() -> CollectorRegistry:
    """A registry that tells of this process already."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


async def ingest(settings: Settings, share: str | None, instance: int) -> None:
    """Store what devices publish, until SIGTERM or SIGINT."""
    stopping = stop_on_signals()
    registry = new_registry()
    serve_metrics(settings.ingest_metrics_host, settings.ingest_metrics_port, registry)
    with suppress(Stopped):
        async with open_stores(settings, stopping) as stores:
            ingestor = Ingestor(
                parts.ingestor_options(settings, share),
                parts.ingestor_session(settings, share, instance),
                stores.series,
                stores.records,
                registry,
            )
            await ingestor.run(stopping)


async def insights(settings: Settings, share: str | None, instance: int) -> None:
    """Keep everybody's days and standings right, until SIGTERM or SIGINT."""
    stopping = stop_on_signals()
    from insights.service import Insights

    registry = new_registry()
    serve_metrics(settings.insights_metrics_host, settings.insights_metrics_port, registry)
    with suppress(Stopped):
        async with open_stores(settings, stopping) as stores:
            service = Insights(
                parts.insights_options(settings, share),
                parts.insights_session(settings, share, instance),
                stores.series,
                stores.records,
                registry,
            )
            await service.run(stopping)


def serve_metrics(host: str, port: int | None, registry: CollectorRegistry) -> None:
    """Serve them to Prometheus, if there is a port.

    Raises:
        Misconfigured: it can't be listened on.
    """
    if port:
        with port_failures_told(port):
            start_http_server(port, addr=host, registry=registry)


async def api(settings: Settings) -> None:
    """Serve HTTP until SIGTERM or SIGINT."""
    stopping = stop_on_signals()
    from paceline.http import serve_api

    with suppress(Stopped), bound(settings.api_host, settings.api_port) as place:
        async with open_stores(settings, stopping) as stores:
            await serve_api(settings, stores, new_registry(), stopping, place=place)


async def broker(settings: Settings) -> None:
    """Run Mosquitto and the warden that brings revocations into force, until SIGTERM or SIGINT."""
    stopping = stop_on_signals()
    from broker.authority.folder import BROKER
    from broker.files import make_private_folder
    from broker.mosquitto import BrokerPlace
    from paceline.mosquitto import keep_running, running_mosquitto, state_folder, warden_of

    place = BrokerPlace(state_folder(settings.data), settings.authority_folder / BROKER, settings.mqtts_port)
    make_private_folder(place.state)
    # The warden is beside it, wherever the others find it.
    beside = settings.model_copy(update={"broker_url": f"mqtts://127.0.0.1:{place.tls_port}"})
    with running_mosquitto(place) as child:
        log.info("mosquitto is listening", port=place.tls_port)
        async with asyncio.TaskGroup() as tasks:
            warden = warden_of(child, place, parts.warden_session(beside))
            working = [tasks.create_task(warden.run()), tasks.create_task(keep_running(child, place.tls_port))]
            await stopping.wait()
            for task in working:
                task.cancel()


async def setup(settings: Settings, *, simulator: bool = False) -> None:
    """Make the installation's authority and identities, its key for access tokens, and what the databases need.

    Args:
        settings: where.
        simulator: also an identity that may publish as anybody.
    """
    from api.keyring import Keyring
    from broker.authority.folder import make_identities

    services = (*SERVICES, SIMULATOR) if simulator else SERVICES
    make_identities(settings.authority_folder, services, settings.host_names, datetime.now(UTC))
    log.info("identities are ready", folder=str(settings.authority_folder))
    Keyring(settings.keys_folder).newest()
    async with open_stores(settings, expiring=False):
        log.info("databases are ready")
