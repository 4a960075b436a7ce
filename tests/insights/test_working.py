"""Turns, faults and stores that are away; which days are worked on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contract.catalogue import CATALOGUE
from contract.daily import COLUMNS, DAILY, stamped_days, summary_of
from contract.errors import Misconfigured, StoreUnavailable
from contract.kinds import HeartRateSample, Meal, Steps
from contract.stamping import StampedBatch, epoch_ms
from insights.daily import kinds_behind
from insights.days import days_between, days_of, stretches
from insights.options import InsightsOptions
from insights.pending import Work
from insights.rebuild import Progress, Wanted, rebuild
from insights.scope import RECENT_DAYS, SLICES, days_to_check, zone_of
from insights.working import Worker
from storage.records.feedback import Feedbacks, Message
from storage.records.source_devices import SourceDevices
from storage.records.standings import Standings
from storage.series.protocol import Selection, SeriesStore
from tests.insights.conftest import Stores
from tests.strategies import stamped

NOON = datetime(2026, 1, 14, 12, tzinfo=UTC)
NOW_MS = epoch_ms(NOON + timedelta(days=2))
OPTIONS = InsightsOptions(retention_days=60, retry_s=0.01)


class Through:
    """A store of which a test changes single calls."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Frozen(Through):
    """Stands still before it writes summaries, until it is let go."""

    def __init__(self, store: SeriesStore) -> None:
        super().__init__(store)
        self.stands, self.go = asyncio.Event(), asyncio.Event()

    async def write(self, batches: Sequence[StampedBatch]) -> None:
        self.stands.set()
        await self.go.wait()
        await self._store.write(batches)


class Undeletable(Through):
    """As InfluxDB 3."""

    async def delete(self, selection: Selection) -> None:
        raise Misconfigured(f"can't delete {selection.kind}")


class Away(Through):
    """Has no answer to the first questions."""

    def __init__(self, store: SeriesStore, times: int) -> None:
        super().__init__(store)
        self._times = times

    async def figures(self, *asked: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise StoreUnavailable("away")
        return await self._store.figures(*asked)


def worker(stores: Stores, series: Any = None) -> Worker:
    return Worker(OPTIONS, series or stores.series, stores.records, lambda: NOW_MS)


def steps(user: str, number: float, moment: datetime = NOON) -> StampedBatch:
    return stamped(CATALOGUE["steps"], user, "watch", [Steps(steps=number)], [epoch_ms(moment)])


def work(user: str, moment: datetime = NOON) -> Work[str]:
    return Work(user, 0.0, {(epoch_ms(moment), epoch_ms(moment))})


async def stored(stores: Stores, user: str) -> list[dict[str, float | str]]:
    return [dict(row.values) for row in await stores.series.rows(Selection(DAILY, user))]


async def test_who_was_frozen_does_not_leave_an_old_day_behind(stores: Stores, user: str) -> None:
    await stores.series.write([steps(user, 1.0)])
    slow = Frozen(stores.series)
    frozen = asyncio.create_task(worker(stores, slow).do([work(user)]))
    await slow.stands.wait()
    await stores.series.write([steps(user, 2.0)])
    assert (await worker(stores).do([work(user)])).done == {user}
    slow.go.set()
    assert (await frozen).done == set()
    # Not done, so it is done again, as the service does.
    assert (await worker(stores, slow).do([work(user)])).done == {user}
    assert [day["steps"] for day in await stored(stores, user)] == [2.0]


async def test_a_figure_that_is_no_more_disappears(stores: Stores, user: str) -> None:
    for meal in (Meal(meal_id="1", calories=500.0, fat_g=20.0), Meal(meal_id="1", calories=500.0)):
        await stores.series.write([stamped(CATALOGUE["meals"], user, "phone", [meal], [epoch_ms(NOON)])])
        await worker(stores).do([work(user)])
    [day] = await stored(stores, user)
    assert (day["energy_in_kcal"], "fat_g" in day) == (500.0, False)
    # In the store itself too, for boards that ask it directly.
    assert await stores.series.buckets(Selection(DAILY, user), "fat_g", "sum", "week", UTC) == []


async def test_a_coachs_target_is_in_the_standing_from_the_next_work_on(stores: Stores, user: str) -> None:
    await stores.add_person(user)
    message = Message(
        id=str(uuid4()),
        user_id=user,
        author_id=None,
        author_role="coach",
        sent_at=NOON,
        text="",
        targets={"steps": 100.0},
    )
    await Feedbacks(stores.records).add(message)
    three = [NOON - timedelta(days=back) for back in range(3)]
    await stores.series.write(
        [steps(user, number, day) for number, day in zip((95.0, 100.0, 300.0), three, strict=True)]
    )
    await worker(stores).do([Work(user, 0.0, check=True)])
    standing = (await Standings(stores.records).get_many([user]))[user]
    assert standing.adherence["steps"] == {"target": 100.0, "mean": 165.0, "within": pytest.approx(2 / 3), "days": 3}


async def test_a_silence_ends_with_the_first_work_after_something_of_today_has_come(stores: Stores, user: str) -> None:
    today = NOON + timedelta(days=2)

    async def upload(*days_ago: int) -> None:
        moments = [today - timedelta(days=back) for back in days_ago]
        await stores.series.write([steps(user, 9_000.0, moment) for moment in moments])
        spans = {(epoch_ms(moment), epoch_ms(moment)) for moment in moments}
        await worker(stores).do([Work(user, 0.0, spans)])

    async def told() -> list[tuple[str, float]]:
        standing = (await Standings(stores.records).get_many([user]))[user]
        return [(reason["code"], reason["figures"]["silent_days"]) for reason in standing.reasons]

    await upload(*range(10, 50))
    assert await told() == [("nothing_arrives", 9.0)]
    # Something old does not make all well.
    await upload(8)
    assert await told() == [("nothing_arrives", 7.0)]
    await upload(0)
    assert await told() == []
    # Nor is it told again while nothing more comes on this day.
    refreshed = await worker(stores).do([Work(user, 0.0)])
    assert await told() == []
    assert list(refreshed.alerts.values()) == [[]]


async def test_a_store_that_deletes_nothing_has_empty_summaries_instead(stores: Stores, user: str) -> None:
    days = [date(2026, 1, 13), date(2026, 1, 14)]
    await stores.series.write([stamped_days(user, [summary_of(day, "UTC", {"steps": 9.0}) for day in days])])
    await stores.series.write([steps(user, 4.0)])
    series = Undeletable(stores.series)
    both = Work[str](user, 0.0, dates=(days[0], days[1]))
    assert (await worker(stores, series).do([both])).changed_days == 2
    first, second = await stored(stores, user)
    assert first == {"date": "2026-01-13", "time_zone": "UTC"}
    assert second["steps"] == 4.0
    assert (await worker(stores, series).do([both])).changed_days == 0


async def test_work_that_a_store_could_not_answer_is_not_done(stores: Stores, user: str) -> None:
    await stores.series.write([steps(user, 1.0)])
    series = Away(stores.series, 1)
    outcome = await worker(stores, series).do([work(user)])
    assert (outcome.done, str(outcome.unavailable)) == (set(), "away")
    assert (await worker(stores, series).do([work(user)])).done == {user}


async def test_the_data_of_one_do_not_end_the_work_for_others(stores: Stores, user: str) -> None:
    await stores.series.write([steps(user, 1.0)])
    broken = Work[str]("broken", 0.0, dates=(date(2026, 1, 2), "no date"))  # type: ignore[arg-type]
    outcome = await worker(stores).do([broken, work(user)])
    assert (outcome.done, outcome.failed) == ({user, "broken"}, ["broken"])


async def test_who_was_forgotten_while_they_were_worked_on_stays_forgotten(stores: Stores, user: str) -> None:
    await stores.series.write([steps(user, 1.0)])
    slow = Frozen(stores.series)
    working = asyncio.create_task(worker(stores, slow).do([work(user)]))
    await slow.stands.wait()
    await Standings(stores.records).delete_user(user)
    slow.go.set()
    assert (await working).done == {user}
    assert await Standings(stores.records).users() == []


async def test_a_figure_whose_items_are_too_old_to_be_kept_stays(stores: Stores, user: str) -> None:
    day, figures = NOON.date(), {"track_count": 900.0, "zone2_min": 15.0, "steps": 9.0}
    await stores.series.write([stamped_days(user, [summary_of(day, "UTC", figures)]), steps(user, 4.0)])
    options = replace(OPTIONS, retention_days_by_kind={"track": 1})
    short = Worker(options, stores.series, stores.records, lambda: NOW_MS)
    assert (await short.do([work(user)])).changed_days == 1
    [found] = await stored(stores, user)
    assert (found["track_count"], found["zone2_min"], found["steps"]) == (900.0, 15.0, 4.0)
    await worker(stores).do([work(user)])
    [found] = await stored(stores, user)
    assert "track_count" not in found


def test_of_every_figure_it_is_known_what_it_is_made_of() -> None:
    assert all(kinds_behind(column) <= set(CATALOGUE) for column in COLUMNS)


async def test_a_rebuild_finds_all_that_there_is(stores: Stores, user: str) -> None:
    old, other = NOON - timedelta(days=55), f"{user}-other"
    now = datetime.now(UTC)
    moments = [now - timedelta(days=back) for back in (0, 3, 50)]
    await stores.series.write([steps(each, 1.0, moment) for each in (user, other) for moment in moments])
    await SourceDevices(stores.records).admit([(user, "watch"), (other, "watch")])
    told: list[tuple[int, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress.users_done, progress.users))

    series = Away(stores.series, 2)
    done = await rebuild(Wanted(), OPTIONS, series, stores.records, tell)
    assert (done.users_done, done.changed_days, done.failed) == (2, 6, 0)
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)
    assert old < now
    for each in (user, other):
        assert [day["date"] for day in await stored(stores, each)] == [
            moment.date().isoformat() for moment in reversed(moments)
        ]


async def test_a_rebuild_of_some_days_leaves_the_others_alone(stores: Stores, user: str) -> None:
    moments = [NOON, NOON + timedelta(days=1), NOON + timedelta(days=2)]
    await stores.series.write([steps(user, 1.0, moment) for moment in moments])
    done = await rebuild(Wanted(user, date(2026, 1, 15), date(2026, 1, 15)), OPTIONS, stores.series, stores.records)
    assert (done.users_done, done.days) == (1, 1)
    assert [day["date"] for day in await stored(stores, user)] == ["2026-01-15"]


async def test_a_day_of_1_hz_is_minutes_in_zones(stores: Stores, user: str) -> None:
    await stores.add_person(user, max_heart_rate_bpm=200.0)
    start = epoch_ms(NOON)
    for part in range(4):
        bpm = [110.0, 130.0, 150.0, 190.0][part]
        times = [start + (part * 900 + second) * 1_000 for second in range(900)]
        samples = [HeartRateSample(bpm=bpm)] * 900
        await stores.series.write([stamped(CATALOGUE["heart_rate"], user, "strap", samples, times)])
    await worker(stores).do([work(user)])
    [day] = await stored(stores, user)
    assert [day[f"zone{number}_min"] for number in range(1, 6)] == [15.0, 15.0, 15.0, 0.0, 15.0]
    assert (day["mean_heart_rate_bpm"], day["heart_rate_count"], day["wear_hours"]) == (145.0, 3_600.0, 1.0)


def test_each_day_that_is_kept_is_checked_within_a_month() -> None:
    zone, kept = ZoneInfo("America/New_York"), 400
    checked = {
        day.date for number in range(SLICES + 1) for day in days_to_check(zone, NOW_MS + number * 86_400_000, kept)
    }
    today = date(2026, 1, 16)
    assert {today - timedelta(days=back) for back in range(kept - SLICES)} <= checked
    assert len(days_to_check(zone, NOW_MS, kept)) <= RECENT_DAYS + 2 + 14


def test_a_short_retention_is_checked_as_a_whole() -> None:
    days = [day.date for day in days_to_check(ZoneInfo("UTC"), NOW_MS, 5)]
    assert days[-1] == date(2026, 1, 17)
    assert len(days) == RECENT_DAYS + 2


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 1, 1), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ],
)
def test_days_have_as_many_hours_as_their_clocks_say(zone: str, day: date, hours: int) -> None:
    [found] = days_between(ZoneInfo(zone), day, day)
    assert (found.date, (found.end_ms - found.start_ms) / 3_600_000) == (day, hours)
    assert days_of(ZoneInfo(zone), found.start_ms, found.end_ms - 1) == [found]
    assert len(days_of(ZoneInfo(zone), found.start_ms, found.end_ms)) == 2


def test_a_date_that_a_zone_skipped_is_no_day() -> None:
    days = days_between(ZoneInfo("Pacific/Apia"), date(2011, 12, 29), date(2011, 12, 31))
    assert [day.date.day for day in days] == [29, 31]
    assert [list(each) for each in stretches(days)] == [days]


def test_days_are_worked_on_in_stretches_without_gaps() -> None:
    days = days_between(ZoneInfo("UTC"), date(2026, 1, 1), date(2026, 8, 1))
    chosen = [*days[:100], *days[110:111], *days[200:]]
    assert [len(each) for each in stretches(chosen)] == [92, 8, 1, 13]
    assert list(stretches([])) == []


def test_a_zone_that_is_none_is_utc() -> None:
    assert zone_of("Europe/Nowhere").key == zone_of("../etc").key == "UTC"
