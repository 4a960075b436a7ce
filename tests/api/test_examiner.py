"""What is worked out of days holds up nobody else, and of one person one question after the other is."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import Event

import pytest

from api.examiner import MOST_WAITING, THREADS, Examiner
from api.limiting import Limiter
from api.problems import ProblemError
from tests.api.house import House

TRENDS = "/api/v1/analytics/trends"
ANN = {"email": "ann@example.org", "password": "correct horse battery"}


@asynccontextmanager
async def busy(examiner: Examiner) -> AsyncIterator[None]:
    """All of its threads at work, until the end."""
    end, begun, loop = Event(), asyncio.Semaphore(0), asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.release)
        end.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(THREADS):
            tasks.create_task(examiner.work_out(work))
        try:
            for _ in range(THREADS):
                await begun.acquire()
            yield
        finally:
            end.set()


async def test_who_logs_in_does_not_wait_for_what_others_have_asked(library: House) -> None:
    # No more threads than the examiner holds: if they were the same, nobody would get in here.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    await library.http.post("/users/register", json=ANN)
    form = {"username": ANN["email"], "password": ANN["password"]}
    async with asyncio.TaskGroup() as tasks, busy(library.wiring.examiner):
        asked = [tasks.create_task(library.http.get(TRENDS)) for _ in range(6)]
        assert (await library.http.post("/users/login", data=form)).status_code == 200
        assert not any(each.done() for each in asked)
    assert {each.result().status_code for each in asked} == {200}


async def test_of_one_person_one_question_after_the_other_is_worked_on() -> None:
    examiner, order = Examiner(Limiter({})), list[str]()

    async def ask(who: str, number: int, go: asyncio.Event) -> None:
        async with examiner.turn(who):
            order.append(f"{who} {number}")
            await go.wait()

    anns, bobs = asyncio.Event(), asyncio.Event()
    bobs.set()
    async with asyncio.TaskGroup() as tasks:
        first, second, other = [
            tasks.create_task(ask(*each)) for each in (("a", 1, anns), ("a", 2, anns), ("b", 1, bobs))
        ]
        await other
        assert (order, first.done(), second.done()) == (["a 1", "b 1"], False, False)
        anns.set()
    assert order == ["a 1", "b 1", "a 2"]
    examiner.close()


async def test_who_asks_too_much_at_once_is_told_when_to_come_back_and_others_are_let_in() -> None:
    examiner, end, waiting = Examiner(Limiter({})), asyncio.Event(), asyncio.Semaphore(0)

    async def ask() -> None:
        waiting.release()
        async with examiner.turn("ann"):
            await end.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(MOST_WAITING):
            tasks.create_task(ask())
        for _ in range(MOST_WAITING):
            await waiting.acquire()
        with pytest.raises(ProblemError) as refused:
            async with examiner.turn("ann"):
                pass
        async with examiner.turn("bob"):
            end.set()
    assert (refused.value.problem.status, refused.value.headers) == (429, {"Retry-After": "1"})
    async with examiner.turn("ann"):
        examiner.close()
