"""The whole way: simulated people, a real Mosquitto, the real ingestor, a real store."""

from collections import Counter
from pathlib import Path
from uuid import uuid4

from contract.catalogue import CATALOGUE
from device_simulator.demo import DemoOptions
from device_simulator.dryrun import due_between
from device_simulator.people.person import Person
from storage.series.opening import open_series_store
from storage.series.protocol import Selection
from tests.device_simulator.test_demo import everything_is_stored, run_until
from tests.ingestor.conftest import running_ingestor
from tests.servers.mosquitto import MosquittoServer


async def test_the_store_holds_every_item_that_was_lived_once(own_mosquitto: MosquittoServer, tmp_path: Path) -> None:
    store = open_series_store(tmp_path / "series.db")
    records = f"sqlite:///{tmp_path / 'records.db'}"
    demo = DemoOptions(broker=str(own_mosquitto.endpoint), people=3, seed=8, days=2, report_every_s=0.02)
    async with running_ingestor(own_mosquitto.port, store, records, f"ingestor-{uuid4().hex}"):
        progress = await run_until(demo, everything_is_stored)
        again = await run_until(demo, everything_is_stored)
        people = [Person.from_seed(8, index) for index in range(3)]
        lived: Counter[tuple[str, str]] = Counter()
        for batch in due_between(people, progress.from_ms, again.lived_ms + 1):
            lived[batch.batch.user_id, batch.kind] += len(batch.batch.items)
        stored = {(user_id, kind): await store.count(Selection(CATALOGUE[kind], user_id)) for user_id, kind in lived}
    assert stored == lived
    assert progress.tally.rejected_items == again.tally.rejected_items == 0
    assert again.tally.published >= progress.tally.published
