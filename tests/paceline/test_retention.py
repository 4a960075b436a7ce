"""Telemetry that is older than an installation keeps it."""

import time
from pathlib import Path

from contract.catalogue import CATALOGUE
from contract.stamping import StampedBatch
from paceline.retention import DAY_MS, delete_expired
from storage.series.opening import open_series_store
from storage.series.protocol import Selection

STEPS = CATALOGUE["steps"]


def walked(time_ms: int) -> StampedBatch:
    item = STEPS.item(steps=100)  # type: ignore[call-arg]
    return StampedBatch(STEPS, "ann", "watch", [item], [0], [time_ms], [time_ms * 1_000_000])


async def test_what_is_older_goes_and_the_rest_stays(tmp_path: Path) -> None:
    store = open_series_store(tmp_path / "series.db")
    await store.setup()
    now_ms = time.time_ns() // 1_000_000
    await store.write([walked(now_ms - 31 * DAY_MS), walked(now_ms - 29 * DAY_MS)])
    await delete_expired(store, retention_days=30)
    assert [row.time_ms for row in await store.rows(Selection(STEPS, "ann"))] == [now_ms - 29 * DAY_MS]
    await store.close()
