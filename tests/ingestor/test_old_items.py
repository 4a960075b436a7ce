"""Items that are older than their kind is kept."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.stamping import RetentionDays
from ingestor.options import IngestorOptions
from storage.series.opening import open_series_store
from tests.devices import Device
from tests.ingestor.conftest import running_ingestor
from tests.servers.mosquitto import MosquittoServer


async def test_a_device_is_told_what_is_too_old_for_its_kind(own_mosquitto: MosquittoServer, tmp_path: Path) -> None:
    store, records = open_series_store(tmp_path / "series.db"), f"sqlite:///{tmp_path / 'records.db'}"
    options = IngestorOptions(retention_days=RetentionDays(30, {"steps": 7}))
    old, fresh = (datetime.now(UTC) - timedelta(days=days) for days in (8, 6))
    async with running_ingestor(own_mosquitto.port, store, records, "old", options) as running:
        with Device(running.port, running.user_id) as device:
            for kind, item in (("steps", {"steps": 10}), ("heart_rate", {"bpm": 60})):
                items = [item | {"timestamp": moment.isoformat()} for moment in (old, fresh)]
                body = {"user_id": device.user_id, "timestamp": fresh.isoformat(), "source_device": "watch"}
                device.publish(kind, json.dumps(body | {"items": items, "batch_id": kind}))
            receipts = [await asyncio.to_thread(device.receipt) for _ in range(2)]
        told = {receipt["batch_id"]: (receipt["stored"], receipt["rejected"]) for receipt in receipts}
        reason = "is older than the data of this kind that this installation keeps"
        rejection = {"index": 0, "id": None, "field": "timestamp", "reason": reason}
        assert told == {"steps": (1, [rejection]), "heart_rate": (2, [])}
        assert [letter.reason for letter in await running.letters()] == [f"item 0: timestamp: {reason}"]
