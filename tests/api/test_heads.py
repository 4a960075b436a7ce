"""HEAD is answered wherever GET is, and as GET is, but for the body."""

import asyncio

import pytest

from tests.api.documents import document
from tests.api.house import House
from tests.api.test_metrics import requests
from tests.api.test_served import served

ITEMS = "/api/v1/users/anna/meals"


def readable() -> list[str]:
    """Every path of the document that has a GET, and those beside it."""
    paths = [path for path, methods in document()["paths"].items() if "get" in methods]
    return [*(path.replace("{user_id}", "anna") for path in paths), "/openapi.json", "/docs"]


@pytest.mark.parametrize("path", [*readable(), f"{ITEMS}?limit=0", "/api/v1/users/anna/mood", "/nowhere"])
async def test_head_is_get_without_the_body(library: House, path: str) -> None:
    got = await library.http.get(path)
    head = await library.http.head(path)
    assert got.content
    assert head.content == b""
    assert (head.status_code, head.headers) == (got.status_code, got.headers)


async def test_metrics_answer_head(library: House) -> None:
    head = await library.http.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")


async def test_the_document_is_of_get_alone() -> None:
    assert all("head" not in methods for methods in document()["paths"].values())


async def test_head_is_counted_as_itself_and_by_its_route(library: House) -> None:
    await library.http.head(ITEMS)
    assert (await requests(library))["HEAD", "/api/v1/users/{user_id}/meals", "200"] == 1


async def test_a_connection_goes_on_after_head(library: House) -> None:
    # Bytes of a body would be taken as the beginning of the next answer.
    async with served(library) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        host = b" HTTP/1.1\r\nHost: paceline.test\r\n"
        writer.write(b"HEAD /openapi.json" + host + b"\r\n")
        first = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HEAD /nowhere" + host + b"Connection: close\r\n\r\n")
        second = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert first.startswith(b"HTTP/1.1 200 ")
    assert b"content-length: 0\r\n" not in first
    assert second.startswith(b"HTTP/1.1 404 ")
    assert second.endswith(b"\r\n\r\n")
