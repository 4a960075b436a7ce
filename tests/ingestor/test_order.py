"""What is said later wins, whatever had to be tried again in between."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from contract.errors import StoreUnavailable
from contract.stamping import StampedBatch
from storage.series.embedded import EmbeddedStore
from storage.series.options import SeriesOptions
from tests.devices import Device
from tests.ingestor.conftest import running_ingestor
from tests.servers.mosquitto import MosquittoServer


class StumblingStore(EmbeddedStore):
    """Is away for the first writes of a meal of 100 kcal, as one request of many may be answered 503."""

    def __init__(self, path: Path, failures: int) -> None:
        super().__init__(path, SeriesOptions())
        self.failures = failures
        self.stumbled = asyncio.Event()

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        if self.failures and any(item.calories == 100 for batch in batches for item in batch.items):  # type: ignore[attr-defined]
            self.failures -= 1
            self.stumbled.set()
            raise StoreUnavailable("answers HTTP 503")
        await super().write(batches)


def meal(user_id: str, calories: int) -> str:
    item = {"meal_id": "lunch", "calories": calories}
    body = {"user_id": user_id, "timestamp": "2026-01-14T18:00:00Z", "source_device": "phone", "items": [item]}
    return json.dumps(body | {"batch_id": str(calories)})


async def test_a_correction_is_not_undone_by_what_it_corrects_when_that_must_be_written_again(
    own_mosquitto: MosquittoServer, tmp_path: Path
) -> None:
    store = StumblingStore(tmp_path / "series.db", failures=3)
    records = f"sqlite:///{tmp_path / 'records.db'}"
    async with running_ingestor(own_mosquitto.port, store, records, "ordering") as running:
        with Device(own_mosquitto.port, running.user_id) as device:
            device.publish("meals", meal(running.user_id, 100))
            await store.stumbled.wait()
            device.publish("meals", meal(running.user_id, 200))
            receipts = [await asyncio.to_thread(device.receipt) for _ in range(2)]
        assert [receipt["batch_id"] for receipt in receipts] == ["100", "200"]
        [row] = await running.rows("meals")
        assert row.values["calories"] == 200
        assert store.failures == 0
