"""Keeping the retention where the database does not do so by itself."""

import asyncio
import time

import structlog

from contract.errors import StoreUnavailable
from storage.series.protocol import SeriesStore

log = structlog.get_logger(__name__)

EVERY_S = 6 * 3_600.0
DAY_MS = 86_400_000


async def keep_retention(series: SeriesStore, retention_days: int) -> None:
    """Delete what is older than the retention, at the start and every few hours, until cancelled."""
    while True:
        try:
            await delete_expired(series, retention_days)
        except StoreUnavailable as error:
            log.warning("old telemetry could not be deleted, trying again later", error=str(error))
        await asyncio.sleep(EVERY_S)


async def delete_expired(series: SeriesStore, retention_days: int) -> None:
    """Delete what is older than so many days now."""
    await series.expire(time.time_ns() // 1_000_000 - retention_days * DAY_MS)
