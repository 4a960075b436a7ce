"""Bodies that come slowly, or never to their end, keep nobody else from uploading."""

import asyncio
import json
from collections.abc import AsyncIterator

from tests.api.batches import meals
from tests.api.documents import document, require_problem
from tests.api.house import Stores, api_at, connected_api
from tests.api.scripted import ScriptedIngestor
from tests.api.test_served import head, served
from tests.servers.mosquitto import MosquittoServer

BODY = json.dumps(meals(100)).encode()


class SlowBody:
    """All of a body but its last byte, which comes when the test says so."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.is_taken = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content[:-1]
        self.is_taken.set()  # more is asked for
        await self.may_end.wait()
        yield self._content[-1:]


async def test_a_slow_body_holds_no_place_among_the_uploads(
    api_broker: MosquittoServer, stores: Stores, ingestor: ScriptedIngestor
) -> None:
    slow = SlowBody(BODY)
    async with (
        connected_api(api_broker.port, stores, receipt_timeout_s=300, uploads_in_flight=1, body_timeout_s=300) as house,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(house.http.post("/meals", content=slow))
        await slow.is_taken.wait()
        second = tasks.create_task(house.http.post("/meals", content=BODY))
        await ingestor.store(await ingestor.take())
        assert (await second).status_code == 201
        slow.may_end.set()
        await ingestor.store(await ingestor.take())
    assert first.result().status_code == 201


async def test_bodies_that_come_in_hold_only_so_much_together(stores: Stores) -> None:
    slow = SlowBody(BODY)
    async with (
        api_at(1, stores, bodies_bytes=2 * len(BODY) - 2, body_timeout_s=300) as house,
        asyncio.TaskGroup() as tasks,
    ):
        first = tasks.create_task(house.http.post("/meals", content=slow))
        await slow.is_taken.wait()
        refused = await house.http.post("/meals", content=BODY)
        slow.may_end.set()
        await first
        after = await house.http.post("/meals", content=BODY)
    assert "coming in" in require_problem(refused, 503)["detail"]
    assert int(refused.headers["Retry-After"]) > 0
    for response in (first.result(), after):  # read to their end; there is no broker
        assert "no connection to the broker" in require_problem(response, 503)["detail"]


async def test_a_body_that_stops_coming_ends_its_connection(stores: Stores) -> None:
    async with api_at(1, stores, body_timeout_s=0.05) as house, served(house) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(await head(house) + b"Content-Length: 100\r\n\r\n{")
        answer = await reader.read()  # to the end of the connection
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer


async def test_a_body_that_stops_coming_gives_its_room_back(stores: Stores) -> None:
    async with api_at(1, stores, bodies_bytes=len(BODY), body_timeout_s=0.05) as house:
        require_problem(await house.http.post("/meals", content=SlowBody(BODY)), 408)
        again = await house.http.post("/meals", content=SlowBody(BODY))
    require_problem(again, 408)  # and not 503


def test_the_document_tells_of_it() -> None:
    assert "408" in document()["paths"]["/meals"]["post"]["responses"]
