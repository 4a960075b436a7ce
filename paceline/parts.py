"""Putting the rooms together from the settings."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from api.options import ApiOptions, BrokerAddress
from broker.options import Endpoint, SessionOptions
from contract.errors import StoreUnavailable
from ingestor.options import IngestorOptions
from paceline.settings import Settings
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

SESSION_EXPIRY_S = 7 * 86_400
"""An ingestor that comes back within a week finds what the broker kept for it."""

RETRY_SETUP_S = 1.0


def series_store(settings: Settings) -> SeriesStore:
    """Where telemetry is kept."""
    options = SeriesOptions(
        database=settings.influx_database,
        username=settings.influx_username,
        password=settings.influx_password.get_secret_value() if settings.influx_password else None,
        token=settings.influx_token.get_secret_value() if settings.influx_token else None,
        org=settings.influx_org,
        retention_days=settings.retention_days,
    )
    return open_series_store(settings.series_url, options)


def ingestor_options(settings: Settings, share: str | None) -> IngestorOptions:
    """How an ingestor works."""
    return IngestorOptions(share=share, retention_days=settings.retention_days)


def ingestor_session(settings: Settings, share: str | None, instance: int) -> SessionOptions:
    """The ingestor's place at the broker. The client id is stable, so that a restart finds its session again."""
    endpoint, username, password = _broker(settings)
    return SessionOptions(
        client_id=f"paceline-ingestor-{share or 'alone'}-{instance}",
        endpoint=endpoint,
        username=username,
        password=password,
        session_expiry_s=SESSION_EXPIRY_S,
    )


def api_options(settings: Settings) -> ApiOptions:
    """How the API works."""
    endpoint, username, password = _broker(settings)
    address = BrokerAddress(endpoint.host, endpoint.port, username, password, endpoint.tls)
    return ApiOptions(broker=address, receipt_timeout_s=settings.receipt_timeout_s)


async def until_available(store: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Repeat until the store answers, so that the order in which services start does not matter."""
    while True:
        try:
            return await attempt()
        except StoreUnavailable as error:
            log.warning("waiting for the store", store=store, error=str(error))
            await asyncio.sleep(RETRY_SETUP_S)


def _broker(settings: Settings) -> tuple[Endpoint, str | None, str | None]:
    endpoint, username, password = Endpoint.parse(settings.broker_url)
    secret = settings.broker_password
    return endpoint, settings.broker_username or username, secret.get_secret_value() if secret else password
