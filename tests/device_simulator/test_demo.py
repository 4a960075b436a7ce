"""Whole runs against a real Mosquitto."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from broker.session import Backoff
from contract.errors import Misconfigured
from contract.stamping import DAY_MS
from device_simulator.clock import wall_ms
from device_simulator.demo import DemoOptions, run_demo
from device_simulator.diary import Diary
from device_simulator.dryrun import due_between
from device_simulator.people.person import Person
from device_simulator.progress import Progress
from tests.device_simulator.answerer import Answerer, ignore, store
from tests.servers.mosquitto import MosquittoServer

LIMIT_S = 60


def options(own_mosquitto: MosquittoServer, **changes: object) -> DemoOptions:
    usual = DemoOptions(
        broker=str(own_mosquitto.endpoint), people=4, seed=5, days=2, repeat=Backoff(0.5, 1), report_every_s=0.01
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def everything_is_stored(progress: Progress) -> bool:
    return progress.phase == "live" and progress.in_flight == 0


async def run_until(options: DemoOptions, done: Callable[[Progress], bool]) -> Progress:
    """Run a demo until its progress is as wanted, then cancel it; returns the last progress."""
    enough = asyncio.Event()
    seen: list[Progress] = []

    def hear(progress: Progress) -> None:
        seen.append(progress)
        if done(progress):
            enough.set()

    async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
        run = group.create_task(run_demo(options, hear))
        waiting = group.create_task(enough.wait())
        await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        run.cancel()
    return seen[-1]


async def test_the_past_is_published_in_the_order_of_time_and_then_life_goes_on(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    began_ms = wall_ms()
    progress = await run_until(options(own_mosquitto), everything_is_stored)
    people = [Person.from_seed(5, index) for index in range(4)]
    from_ms = (began_ms // DAY_MS - 2) * DAY_MS
    assert progress.from_ms == from_ms
    expected = list(due_between(people, from_ms, began_ms))
    heard = answerer.firsts[: len(expected)]
    assert sorted((each.topic, each.payload) for each in heard) == sorted(
        (each.topic, each.payload()) for each in expected
    )
    for person in people:
        of_one = [each.payload for each in heard if f"/{person.user_id}/" in each.topic]
        assert of_one == [each.payload() for each in expected if each.batch.user_id == person.user_id]
    assert progress.tally.receipted == progress.tally.published == len(answerer.firsts)
    assert progress.tally.rejected_items == 0
    assert progress.share == 1


async def test_a_restart_goes_on_where_receipts_ended(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    with_diary = options(own_mosquitto, diary=tmp_path / "demo.json")
    first = await run_until(with_diary, everything_is_stored)
    second = await run_until(with_diary, everything_is_stored)
    assert first.tally.published > 200
    assert second.tally.published < 20
    assert {each.batch_id for each in answerer.repeats} <= {each.batch_id for each in answerer.firsts}


async def test_what_had_no_receipt_is_published_again_after_a_restart(
    own_mosquitto: MosquittoServer, answerer: Answerer, tmp_path: Path
) -> None:
    """Nothing is stored of one person, who therefore is where the diary began; the others are further."""
    unlucky = Person.from_seed(5, 2)
    answerer.policy = lambda heard: None if f"/{unlucky.user_id}/" in heard.topic else store(heard)
    with_diary = options(own_mosquitto, diary=tmp_path / "demo.json", in_flight=10)
    await run_until(with_diary, lambda progress: progress.in_flight == 10 and progress.tally.receipted > 10)
    diary = Diary.read(tmp_path / "demo.json", 5)
    earliest = min(diary.resume_ms, key=lambda user_id: diary.resume_ms[user_id])
    assert earliest == unlucky.user_id
    missing = {each.batch_id for each in answerer.firsts if f"/{unlucky.user_id}/" in each.topic}
    answerer.policy = store
    again = await run_until(with_diary, everything_is_stored)
    assert again.tally.rejected_items == 0
    assert missing <= {each.batch_id for each in answerer.repeats}


async def test_it_survives_a_broker_that_is_killed(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    killed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def kill_once(progress: Progress) -> bool:
        if not killed.is_set() and progress.tally.receipted > 50:
            killed.set()
            own_mosquitto.kill()
            loop.run_in_executor(None, own_mosquitto.start)
        return killed.is_set() and everything_is_stored(progress)

    progress = await run_until(options(own_mosquitto, in_flight=8), kill_once)
    assert progress.tally.receipted == progress.tally.published == len(answerer.firsts)


async def test_who_is_not_let_in_any_more_keeps_nobody_from_living_on(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    gone, killed = Person.from_seed(5, 0).user_id, asyncio.Event()
    answerer.policy = lambda heard: None if f"/{gone}/" in heard.topic else store(heard)
    loop = asyncio.get_running_loop()

    def credentials(user_id: str) -> tuple[str, str]:
        if killed.is_set() and user_id == gone:
            raise Misconfigured("no password any more")
        return user_id, "secret"

    def kill_once(progress: Progress) -> bool:
        if not killed.is_set() and progress.connected == 4 and progress.in_flight >= 3:
            killed.set()
            own_mosquitto.kill()
            loop.run_in_executor(None, own_mosquitto.start)
        return killed.is_set() and progress.phase == "live" and (progress.connected, progress.in_flight) == (3, 3)

    progress = await run_until(options(own_mosquitto, in_flight=3, credentials=credentials), kill_once)
    assert progress.tally.receipted == progress.tally.published - 3


async def test_who_is_absent_does_not_live_here(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    absent = frozenset({Person.from_seed(5, 0).user_id})
    progress = await run_until(options(own_mosquitto, absent=absent), everything_is_stored)
    assert progress.people == 3
    assert not any(f"/{user_id}/" in heard.topic for heard in answerer.firsts for user_id in absent)


async def test_memory_is_bounded_while_nothing_is_stored(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    answerer.policy = ignore
    progress = await run_until(
        options(own_mosquitto, in_flight=5, repeat=Backoff(60, 60)), lambda progress: progress.tally.acknowledged >= 5
    )
    assert progress.in_flight <= 20
    assert progress.tally.published == progress.in_flight
    assert progress.tally.receipted == 0


async def test_faster_lives_are_lived_day_by_day_up_to_now(own_mosquitto: MosquittoServer, answerer: Answerer) -> None:
    began_ms = wall_ms()
    fast = options(own_mosquitto, speed=400_000.0, days=3)
    seen: list[float] = []

    def has_arrived(progress: Progress) -> bool:
        seen.append(progress.now_ms)
        return progress.now_ms >= began_ms and progress.in_flight == 0 and progress.lived_ms > began_ms - DAY_MS / 4

    progress = await run_until(fast, has_arrived)
    assert seen[0] < began_ms - 2 * DAY_MS
    people = [Person.from_seed(5, index) for index in range(4)]
    expected = {each.batch_id for each in due_between(people, progress.from_ms, progress.lived_ms)}
    assert expected <= {each.batch_id for each in answerer.firsts}


async def test_a_duration_ends_it_once_the_last_receipts_are_in(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    async with asyncio.timeout(LIMIT_S):
        progress = await run_demo(options(own_mosquitto), duration_s=0.5)
    assert progress.in_flight == 0
    assert progress.connected == 0
    assert progress.tally.receipted == progress.tally.published > 0


async def test_hundreds_of_people_hear_at_once_that_they_are_to_stop(own_mosquitto: MosquittoServer) -> None:
    stopping = asyncio.Event()
    stopping.set()
    async with asyncio.timeout(LIMIT_S):
        progress = await run_demo(options(own_mosquitto, people=300), stopping=stopping)
    assert progress.tally.published == 0


async def test_a_broker_that_refuses_for_good_is_told_plainly(own_mosquitto: MosquittoServer, tmp_path: Path) -> None:
    passwords = tmp_path / "nobody"
    passwords.touch(mode=0o600)
    configuration = tmp_path / "mosquitto.conf"
    closed = configuration.read_text().replace(
        "allow_anonymous true", f"allow_anonymous false\npassword_file {passwords}"
    )
    own_mosquitto.kill()
    configuration.write_text(closed)
    own_mosquitto.start()
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(Misconfigured, match="refused"):
            await run_demo(options(own_mosquitto))


async def test_each_person_can_have_credentials_of_their_own(
    own_mosquitto: MosquittoServer, answerer: Answerer
) -> None:
    asked = []

    def credentials(user_id: str) -> tuple[str, str]:
        asked.append(user_id)
        return user_id, "secret"

    progress = await run_until(
        options(own_mosquitto, credentials=credentials), lambda progress: progress.connected == 4
    )
    assert asked == [Person.from_seed(5, index).user_id for index in range(4)]
    assert "secret" not in repr(progress)
