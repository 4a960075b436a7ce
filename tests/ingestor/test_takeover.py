"""An ingestor whose broker forgets it, talks nonsense, or gives its client id to another."""

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry

from benchmarks.stack import Stack, ingestor
from broker.authority.names import INGESTOR
from broker.session import Backoff, Endpoint, SessionOptions
from contract.catalogue import CATALOGUE
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from storage.records.database import Database
from storage.records.migrations import migrate
from storage.series.opening import open_series_store
from storage.series.protocol import Selection, SeriesStore
from tests.ingestor.crowd import Crowd, meals
from tests.servers.mosquitto import MosquittoServer

PATIENCE_S = 20
NONSENSE = [
    b"",
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    b"\x20\x03\x00\x00\x00" + b"\xff" * 1_000,  # CONNACK, and then no MQTT
    b"\x30\x05\x00\x01aHi",  # a message before CONNACK
    bytes(range(256)) * 8,
]
"""What the broker says to one connection after the other."""


@asynccontextmanager
async def working_ingestor(endpoint: Endpoint, store: SeriesStore, folder: Path) -> AsyncIterator[Ingestor]:
    """An ingestor at work; the broker need not be there yet."""
    records = f"sqlite:///{folder / 'records.db'}"
    await migrate(records)
    async with AsyncExitStack() as opened:
        database = Database.open(records)
        opened.push_async_callback(database.close)
        await store.setup()
        opened.push_async_callback(store.close)
        stopping = asyncio.Event()
        session = SessionOptions(
            client_id="ingestor", endpoint=endpoint, session_expiry_s=3_600, backoff=Backoff(0.01, 0.05)
        )
        working = Ingestor(IngestorOptions(), session, store, database, CollectorRegistry())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(working.run(stopping))
            yield working
            stopping.set()


async def stores_what_is_published(broker_url: str, store: SeriesStore, number: int) -> None:
    """Publish a batch, hear its receipt, and find it stored."""
    async with Crowd(broker_url) as crowd:
        await crowd.publish([meals("ann", number)])
        await crowd.hear(lambda receipts: [receipt.status for receipt in receipts] == ["stored"])
    rows = await store.rows(Selection(CATALOGUE["meals"], "ann"))
    assert f"{number}-0" in {row.values["meal_id"] for row in rows}


async def test_a_session_that_the_broker_has_lost_is_made_again(own_mosquitto: MosquittoServer, tmp_path: Path) -> None:
    store = open_series_store(tmp_path / "series.db")
    async with working_ingestor(own_mosquitto.endpoint, store, tmp_path) as working:
        await working.session.wait_connected()
        await stores_what_is_published(str(own_mosquitto.endpoint), store, 1)
        own_mosquitto.kill()
        async with asyncio.timeout(PATIENCE_S):
            while working.session.connected:  # noqa: ASYNC110  # it tells only its log
                await asyncio.sleep(0)
        (tmp_path / "mosquitto.db").unlink(missing_ok=True)
        own_mosquitto.start()
        await working.session.wait_connected()
        await stores_what_is_published(str(own_mosquitto.endpoint), store, 2)


async def test_nonsense_from_the_broker_is_survived_until_it_comes_to_its_senses(
    own_mosquitto: MosquittoServer, tmp_path: Path
) -> None:
    own_mosquitto.stop()
    left, all_said = list(NONSENSE), asyncio.Event()

    async def talk_nonsense(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(1)  # it has begun to say CONNECT
        if left:
            writer.write(left.pop())
        else:
            all_said.set()
        writer.close()

    store = open_series_store(tmp_path / "series.db")
    async with working_ingestor(own_mosquitto.endpoint, store, tmp_path) as working:
        async with (
            await asyncio.start_server(talk_nonsense, "127.0.0.1", own_mosquitto.port),
            asyncio.timeout(PATIENCE_S),
        ):
            await all_said.wait()
        assert not working.session.connected
        own_mosquitto.start()
        await working.session.wait_connected()
        await stores_what_is_published(str(own_mosquitto.endpoint), store, 1)


async def test_of_two_processes_with_one_client_id_the_first_ends_with_a_clear_error_and_the_second_works(
    tmp_path: Path,
) -> None:
    with Stack(tmp_path, embedded=True) as stack:
        stack.start()
        [first] = stack.ingestors
        second = ingestor(tmp_path / "second", stack.house.url_of(INGESTOR), None)
        try:
            second.start()
            assert first.child.process is not None
            assert await asyncio.to_thread(first.child.process.wait, PATIENCE_S) == 1
            told = (
                r"paceline: another process uses the client id 'paceline-ingestor-alone-0-\w{32}': each needs its own"
            )
            assert re.search(told, first.log_since_start)
            store = open_series_store(tmp_path / "second" / "series.db")
            await stores_what_is_published(stack.broker_url, store, 1)
            await store.close()
        finally:
            second.stop()
