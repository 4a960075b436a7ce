"""The door before the database answers as it is told to, and what was written is as it says."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
import pytest

from benchmarks.chaos.plan import Sort
from benchmarks.chaos.proxy import Door
from tests.servers.influx import InfluxServer

LINES = [f"meals,user=ann value={n} {n}" for n in range(1, 11)]


@dataclass
class Visitor:
    """Writes lines through the door, and counts them past it."""

    door: Door
    client: aiohttp.ClientSession
    database: str

    async def write(self) -> int | None:
        """The answer's status; None if the connection was reset, or there was no answer in time."""
        body = "\n".join(LINES).encode() + b"\n"
        try:
            async with self.client.post(f"{self.door.url}/write", params={"db": self.database}, data=body) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    async def written(self) -> int:
        return len(await self._query("SELECT value FROM meals"))

    async def setup(self) -> None:
        await self._query(f'CREATE DATABASE "{self.database}"')

    async def _query(self, statement: str) -> list[object]:
        form = {"db": self.database, "q": statement}
        async with self.client.post(f"{self.door.target}/query", data=form) as answer:
            [result] = (await answer.json())["results"]
        return result["series"][0]["values"] if "series" in result else []


@pytest.fixture
async def visitor(influx: InfluxServer) -> AsyncIterator[Visitor]:
    door = Door()
    door.target = influx.url
    async with door, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client:
        visitor = Visitor(door, client, f"door_{uuid4().hex}")
        await visitor.setup()
        yield visitor


async def test_an_open_door_passes_everything_on(visitor: Visitor) -> None:
    assert await visitor.write() == 204
    assert await visitor.written() == len(LINES)


@pytest.mark.parametrize(
    ("sort", "status", "written"),
    [
        (Sort.ANSWER_500, 500, 0),
        (Sort.ANSWER_503, 503, 0),
        (Sort.ANSWER_429, 429, 0),
        (Sort.RESET_BEFORE, None, 0),
        (Sort.RESET_AFTER, None, 10),
        (Sort.WRITTEN_500, 500, 10),
        (Sort.PARTIAL_500, 500, 5),
        (Sort.PARTIAL_400, 400, 5),
    ],
)
async def test_each_fault_answers_and_writes_as_it_says_and_afterwards_all_is_well(
    visitor: Visitor, sort: Sort, status: int | None, written: int
) -> None:
    visitor.door.misbehave(sort, every=1)
    assert await visitor.write() == status
    assert await visitor.written() == written
    assert visitor.door.hits == {sort: 1}
    visitor.door.behave()
    assert await visitor.write() == 204
    assert await visitor.written() == len(LINES)


@pytest.mark.parametrize(("sort", "written"), [(Sort.HANG_BEFORE, 0), (Sort.HANG_AFTER, 10)])
async def test_a_hanging_door_gives_no_answer_until_it_is_over(visitor: Visitor, sort: Sort, written: int) -> None:
    visitor.door.misbehave(sort, every=1)
    writing = asyncio.create_task(visitor.write())
    while not visitor.door.hits:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0)
    if written:
        while await visitor.written() < written:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert not writing.done()
    visitor.door.behave()
    assert await writing is None
    assert await visitor.written() == written


async def test_only_every_third_request_is_hit(visitor: Visitor) -> None:
    visitor.door.misbehave(Sort.ANSWER_503, every=3)
    assert [await visitor.write() for _ in range(6)] == [204, 204, 503, 204, 204, 503]


async def test_of_partial_writes_only_one_is_told_as_the_lines_fault(visitor: Visitor) -> None:
    # Told for ever, good lines would rightly become dead letters.
    visitor.door.misbehave(Sort.PARTIAL_400, every=1)
    assert [await visitor.write() for _ in range(3)] == [400, 204, 204]
