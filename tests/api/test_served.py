"""Through a real server and a real connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from contract.envelope import MAX_BATCH_BYTES
from paceline.processes import free_port
from tests.api.batches import PROMISED
from tests.api.house import AsTheConcerned, House


async def head(house: House) -> bytes:
    """The beginning of an upload."""
    return (
        b"POST /meals HTTP/1.1\r\nHost: paceline.test\r\nAuthorization: Bearer %b\r\n" % (await house.token()).encode()
    )


class Server(uvicorn.Server):
    """Tells when it listens, and leaves lifespan and signals to the test."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, *args: object, **more: object) -> None:
        await super().startup(*args, **more)  # type: ignore[arg-type]
        self.listening.set()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[int]:
    """The house's application at this port."""
    port = free_port()
    config = uvicorn.Config(house.app, "127.0.0.1", port, lifespan="off", log_config=None, access_log=False)
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        await server.listening.wait()
        yield port
        server.should_exit = True


def client(house: House, port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, auth=AsTheConcerned(house))


async def test_an_upload_is_stored_and_read_back(house: House) -> None:
    async with served(house) as port, client(house, port) as http:
        assert (await http.post("/meals", json=PROMISED["meals"])).status_code == 201
        found = await http.get(f"/api/v1/users/{PROMISED['meals']['user_id']}/meals")
    assert found.headers["X-Total-Count"] == "2"


async def test_a_body_that_says_it_is_too_large_is_refused_unread(house: House) -> None:
    async with served(house) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(await head(house) + f"Content-Length: {MAX_BATCH_BYTES + 1}\r\n\r\n".encode())
        assert (await reader.readline()).split()[1] == b"413"
        writer.close()
        await writer.wait_closed()


async def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody(house: House) -> None:
    async with served(house) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(await head(house) + b"Content-Length: 100\r\n\r\n{")
        writer.close()
        await writer.wait_closed()
        async with client(house, port) as http:
            assert (await http.post("/meals", json=PROMISED["meals"])).status_code == 201
