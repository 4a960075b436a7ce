"""The service with a real broker: what was stored is worked out, whoever dies on the way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from contract import topics
from contract.catalogue import CATALOGUE
from contract.kinds import Sleep, Steps
from contract.stamping import StampedBatch, epoch_ms
from insights.days import today
from storage.records.people import People
from storage.records.source_devices import SourceDevices
from storage.records.standings import Standings
from tests.insights.conftest import Stores
from tests.insights.follower import OPTIONS, PATIENCE_S, announce, announcing, days, following, until, until_days
from tests.servers.mosquitto import MosquittoServer
from tests.strategies import stamped

Say = Callable[[StampedBatch], Awaitable[None]]

STEPS, SLEEP = CATALOGUE["steps"], CATALOGUE["sleep"]
BERLIN = ZoneInfo("Europe/Berlin")
YESTERDAY = today(BERLIN, epoch_ms(datetime.now(UTC))) - timedelta(days=1)


def steps(user: str, number: float, *moments: datetime) -> StampedBatch:
    items = [Steps(steps=number) for _ in moments]
    return stamped(STEPS, user, "watch", items, [epoch_ms(moment) for moment in moments])


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


@pytest.fixture
async def ann(stores: Stores, user: str) -> str:
    """Somebody in Berlin."""
    await stores.add_person(user, time_zone="Europe/Berlin")
    return user


@pytest.fixture
async def said(own_mosquitto: MosquittoServer, stores: Stores) -> AsyncIterator[Say]:
    """Stores items, and announces them as the ingestor does."""
    async with announcing(own_mosquitto) as session:

        async def say(batch: StampedBatch) -> None:
            await stores.series.write([batch])
            await announce(session, [batch])

        yield say


async def test_what_is_stored_is_worked_out_on_the_persons_days(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    async with following(own_mosquitto, stores, "one"):
        await said(steps(ann, 100.0, at(YESTERDAY, 0, 30), at(YESTERDAY, 23, 30)))
        await until_days(stores, ann, {YESTERDAY: 200.0})
        # A correction, and a week late.
        await said(steps(ann, 150.0, at(YESTERDAY, 23, 30)))
        week_ago = YESTERDAY - timedelta(days=7)
        await said(steps(ann, 70.0, at(week_ago, 12)))
        await until_days(stores, ann, {YESTERDAY: 250.0, week_ago: 70.0})


async def test_sleep_across_midnight_is_of_the_day_of_waking(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    async with following(own_mosquitto, stores, "one"):
        night, nap = Sleep(duration_min=480.0, awake_min=35.0), Sleep(duration_min=20.0)
        woke_ms = [epoch_ms(at(YESTERDAY, 6, 45)), epoch_ms(at(YESTERDAY, 14))]
        await said(stamped(SLEEP, ann, "ring", [night, nap], woke_ms))
        await until_days(stores, ann, {YESTERDAY: 465.0}, "sleep_min")
    [day] = (await days(stores, ann)).values()
    assert (day["bed_time_h"], day["wake_time_h"], day["awake_min"]) == (-1.25, 6.75, 35)


async def test_who_moves_to_another_zone_has_other_days(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    before = YESTERDAY - timedelta(days=1)
    async with following(own_mosquitto, stores, "one"):
        await said(steps(ann, 5.0, at(YESTERDAY, 0, 30)))
        await said(steps(ann, 7.0, at(YESTERDAY, 12)))
        await until_days(stores, ann, {YESTERDAY: 12.0})
        await People(stores.records).update(ann, {"time_zone": "UTC"})
        await until_days(stores, ann, {before: 5.0, YESTERDAY: 7.0})
        await People(stores.records).update(ann, {"time_zone": "Asia/Tokyo"})
        await until_days(stores, ann, {YESTERDAY: 12.0})
    assert {day["time_zone"] for day in (await days(stores, ann)).values()} == {"Asia/Tokyo"}


async def test_two_processes_share_the_work(
    own_mosquitto: MosquittoServer, stores: Stores, user: str, said: Say
) -> None:
    shared = replace(OPTIONS, share="all")
    counts = [CollectorRegistry(), CollectorRegistry()]
    async with (
        following(own_mosquitto, stores, "one", shared, counts[0]),
        following(own_mosquitto, stores, "two", shared, counts[1]),
    ):
        for number in range(12):
            # All of one user and day, so that both work on the same summary.
            await said(steps(user, 1.0, datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, number, tzinfo=UTC)))
        await until_days(stores, user, {YESTERDAY: 12.0})
        await until(lambda: all(each.get_sample_value("paceline_insights_delay_seconds_count") for each in counts))
    assert (await days(stores, user))[YESTERDAY]["steps"] == 12.0


async def test_what_comes_while_nobody_follows_is_worked_out_afterwards(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    async with following(own_mosquitto, stores, "one"):
        await said(steps(ann, 1.0, at(YESTERDAY, 9)))
        await until_days(stores, ann, {YESTERDAY: 1.0})
    await said(steps(ann, 2.0, at(YESTERDAY, 10)))
    async with following(own_mosquitto, stores, "one", replace(OPTIONS, check_every=timedelta(days=400))):
        await until_days(stores, ann, {YESTERDAY: 3.0})


async def test_a_day_whose_event_was_lost_is_healed_when_it_is_checked(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str
) -> None:
    await SourceDevices(stores.records).admit([(ann, "watch")])
    await stores.series.write([steps(ann, 4.0, at(YESTERDAY, 9))])
    registry = CollectorRegistry()
    async with following(own_mosquitto, stores, "one", replace(OPTIONS, check_every=timedelta()), registry):
        await until_days(stores, ann, {YESTERDAY: 4.0})
        await stores.series.write([steps(ann, 6.0, at(YESTERDAY, 10))])
        await until_days(stores, ann, {YESTERDAY: 10.0})
        # A correction does not even change a count.
        await stores.series.write([steps(ann, 1.0, at(YESTERDAY, 10))])
        await until_days(stores, ann, {YESTERDAY: 5.0})
    assert registry.get_sample_value("paceline_insights_healed_days_total") == 2.0


async def test_a_broker_that_lost_the_session_has_everybody_checked(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    seldom = replace(OPTIONS, check_every=timedelta(days=400))
    async with following(own_mosquitto, stores, "one", seldom):
        await said(steps(ann, 1.0, at(YESTERDAY, 9)))
        await until_days(stores, ann, {YESTERDAY: 1.0})
        await until_checked(stores, ann)
    await stores.series.write([steps(ann, 2.0, at(YESTERDAY, 10))])
    # To a broker that knows nothing of a session, every name is new.
    async with following(own_mosquitto, stores, "another", seldom):
        await until_days(stores, ann, {YESTERDAY: 3.0})


async def until_checked(stores: Stores, user_id: str) -> None:
    due: Mapping[str, object] = {user_id: None}
    async with asyncio.timeout(PATIENCE_S):
        while user_id in due:
            await asyncio.sleep(0.02)
            now = datetime.now(UTC)
            due = await Standings(stores.records).take_due(now, now, 10)


async def test_nonsense_for_an_event_is_passed_over(
    own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say
) -> None:
    async with following(own_mosquitto, stores, "one") as service, announcing(own_mosquitto, "liar") as session:
        for nonsense in (b"", b"{}", b'{"changes": 1}', b"\xff", b'{"changes": []}'):
            assert await session.publish(topics.EVENTS_STORED, nonsense) == 0
        await said(steps(ann, 1.0, at(YESTERDAY, 9)))
        await until_days(stores, ann, {YESTERDAY: 1.0})
        await until(lambda: service.session.held_bytes == 0)


async def test_who_stands_where_is_noted(own_mosquitto: MosquittoServer, stores: Stores, ann: str, said: Say) -> None:
    async with following(own_mosquitto, stores, "one"):
        await said(steps(ann, 9_000.0, at(YESTERDAY, 20)))
        await until_days(stores, ann, {YESTERDAY: 9_000.0})
    standing = (await Standings(stores.records).get_many([ann]))[ann]
    assert standing.last_seen_at == at(YESTERDAY, 20)
    assert (standing.day, standing.status, standing.score) == (YESTERDAY, "fine", 0.0)
