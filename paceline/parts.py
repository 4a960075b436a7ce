"""Putting the rooms together from the settings."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from broker.authority.names import INGESTOR, INSIGHTS, WARDEN
from broker.options import SessionOptions
from contract.errors import StoreUnavailable
from ingestor.options import IngestorOptions
from insights.alerts import AlertOptions
from insights.options import InsightsOptions
from paceline.logins import Login, broker_login
from paceline.settings import Settings
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from storage.series.options import SeriesOptions
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

SESSION_EXPIRY_S = 7 * 86_400
"""A service that comes back within a week finds what the broker kept for it."""

RETRY_SETUP_S = 1.0


def series_store(settings: Settings) -> SeriesStore:
    """Where telemetry is kept."""
    return open_series_store(settings.series_url, series_options(settings))


def series_options(settings: Settings) -> SeriesOptions:
    """How that is reached."""
    return SeriesOptions(
        database=settings.influx_database,
        username=settings.influx_username,
        password=settings.influx_password.get_secret_value() if settings.influx_password else None,
        token=settings.influx_token.get_secret_value() if settings.influx_token else None,
        org=settings.influx_org,
        retention_days=settings.retention_days,
    )


def ingestor_options(settings: Settings, share: str | None) -> IngestorOptions:
    """How an ingestor works."""
    group = broker_login(settings, INGESTOR).group(share) if share else None
    return IngestorOptions(share=group, retention_days=settings.retention)


def ingestor_session(settings: Settings, share: str | None, instance: int) -> SessionOptions:
    """The ingestor's place at the broker. The client id is stable, so that a restart finds its session again."""
    return _session(broker_login(settings, INGESTOR), f"ingestor-{share or 'alone'}-{instance}", SESSION_EXPIRY_S)


def insights_options(settings: Settings, share: str | None) -> InsightsOptions:
    """How the insights service works."""
    group = broker_login(settings, INSIGHTS).group(share) if share else None
    return InsightsOptions(
        share=group,
        retention_days=settings.retention_days,
        retention_days_by_kind=settings.retention.by_kind,
        alerts=alert_options(settings),
    )


def alert_options(settings: Settings) -> AlertOptions:
    """What people are alerted to, and when."""
    quiet_from, quiet_until = settings.alerts_quiet_hours
    return AlertOptions(
        rules=settings.alert_rules,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        low_battery_pct=settings.alerts_battery_pct,
        silent_after=timedelta(hours=settings.alerts_silent_h),
    )


def insights_session(settings: Settings, share: str | None, instance: int) -> SessionOptions:
    """Its place at the broker, as stable as an ingestor's."""
    return _session(broker_login(settings, INSIGHTS), f"insights-{share or 'alone'}-{instance}", SESSION_EXPIRY_S)


def warden_session(settings: Settings) -> SessionOptions:
    """The warden's place at the broker."""
    return _session(broker_login(settings, WARDEN), "warden", 0)


def figures_session(settings: Settings) -> SessionOptions:
    """Its place when it looks at the broker's figures."""
    return _session(broker_login(settings, WARDEN), "figures", 0)


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Database]:
    """The records with all tables, for a command that needs nothing else.

    Raises:
        StoreUnavailable, Misconfigured: as the database says.
    """
    await migrate(settings.records_database_url)
    records = Database.open(settings.records_database_url)
    try:
        yield records
    finally:
        await records.close()


async def until_available(store: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Repeat until the store answers, so that the order in which services start does not matter."""
    while True:
        try:
            return await attempt()
        except StoreUnavailable as error:
            log.warning("waiting for the store", store=store, error=str(error))
            await asyncio.sleep(RETRY_SETUP_S)


def _session(login: Login, name: str, session_expiry_s: int) -> SessionOptions:
    return SessionOptions(
        client_id=login.client_id(name),
        endpoint=login.endpoint,
        username=login.username,
        password=login.password,
        session_expiry_s=session_expiry_s,
    )
