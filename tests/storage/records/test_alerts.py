"""Alerts: one for each person, rule, cause and day, whoever finds it."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from storage.records.alerts import Alerts, NewAlert
from storage.records.database import Database
from storage.records.devices import Certificate, Device, Devices, Status
from storage.records.feedback import Confirmed, Feedbacks, Message
from storage.records.migrations import migrate
from storage.records.people import People, new_person
from storage.records.roles import API, INSIGHTS, grant_rights
from tests.storage.records.test_roles import PASSWORDS, url_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TODAY = date(2026, 11, 20)
FOUND = NewAlert("ann", "anomaly", "hrv_ms", TODAY, "HRV was low.", NOW)


@pytest.fixture
async def alerts(database: Database) -> Alerts:
    people = [new_person(name, "athlete", name, time_zone="Europe/Berlin") for name in ("ann", "bob")]
    await People(database).ensure(people)
    return Alerts(database)


async def kept(alerts: Alerts, user_id: str = "ann") -> list[tuple[str, str, date]]:
    page = await alerts.of_client(user_id, limit=None)
    assert page.total == len(page.alerts)
    return [(each.rule, each.cause, each.day) for each in page.alerts]


async def test_what_is_found_again_is_no_news(alerts: Alerts) -> None:
    assert await alerts.add([FOUND, replace(FOUND, user_id="bob")], NOW) == [FOUND, replace(FOUND, user_id="bob")]
    assert await alerts.add([FOUND, replace(FOUND, text="HRV was lower still.")], LATER) == []
    assert await alerts.add([replace(FOUND, cause="weight_kg")], LATER) != []
    assert len(await kept(alerts)) == 2


async def test_two_who_find_the_same_at_once_raise_one_alert(alerts: Alerts) -> None:
    found = [replace(FOUND, cause=str(number)) for number in range(10)]
    raised = await asyncio.gather(*(alerts.add(found, NOW) for _ in range(4)))
    assert sum(map(len, raised)) == 10
    assert len(await kept(alerts)) == 10


async def test_what_lasts_is_told_of_again_after_the_days_of_its_rule(alerts: Alerts) -> None:
    for number in range(15):
        day = TODAY + timedelta(days=number)
        await alerts.add([replace(FOUND, day=day, repeat_days=7)], NOW + timedelta(days=number))
    assert [day for _, _, day in await kept(alerts)] == [TODAY + timedelta(days=days) for days in (14, 7, 0)]


async def test_what_came_late_is_told_of_the_day_it_is_about(alerts: Alerts) -> None:
    await alerts.add([FOUND], NOW)
    assert await alerts.add([replace(FOUND, day=TODAY - timedelta(days=1))], LATER) != []


async def test_who_has_no_account_and_who_switched_the_rule_off_is_not_alerted(alerts: Alerts) -> None:
    await alerts.switch("ann", {"anomaly": False, "inactivity": False})
    await alerts.switch("ann", {"inactivity": True})
    assert await alerts.switched_off("ann") == {"anomaly"}
    found = [FOUND, replace(FOUND, user_id="bob"), replace(FOUND, user_id="nobody")]
    assert [each.user_id for each in await alerts.add(found, NOW)] == ["bob"]


async def test_what_is_due_is_taken_by_one_and_again_if_nothing_came_of_it(alerts: Alerts) -> None:
    await alerts.add([FOUND, replace(FOUND, cause="held", due_at=NOW + timedelta(hours=9))], NOW)
    lease = NOW + timedelta(minutes=1)
    both = await asyncio.gather(alerts.take_due(NOW, lease, 10), alerts.take_due(NOW, lease, 10))
    [taken] = [each for some in both for each in some]
    assert (taken.cause, taken.time_zone, taken.published_at) == ("hrv_ms", "Europe/Berlin", None)
    [again] = await alerts.take_due(lease, lease + timedelta(minutes=1), 10)
    assert again.id == taken.id
    await alerts.note_published(again.id, LATER)
    assert await alerts.take_due(LATER, LATER, 10) == []
    assert {each.published_at for each in (await alerts.of_client("ann")).alerts} == {None, LATER}


async def test_what_is_put_off_is_due_later_or_never(alerts: Alerts) -> None:
    await alerts.add([FOUND], NOW)
    [taken] = await alerts.take_due(NOW, NOW, 10)
    await alerts.put_off(taken.id, LATER)
    assert await alerts.take_due(NOW, NOW, 10) == []
    assert len(await alerts.take_due(LATER, LATER, 10)) == 1
    await alerts.put_off(taken.id, None)
    assert await alerts.take_due(LATER + timedelta(days=9), LATER, 10) == []


async def test_low_and_silent_devices_are_looked_at_and_no_others(alerts: Alerts, database: Database) -> None:
    ago = {"low": timedelta(hours=2), "fine": timedelta(hours=2), "silent": timedelta(days=4), "old": timedelta(days=9)}
    devices = Devices(database)
    for name, age in ago.items():
        certificate = Certificate(uuid4().hex, NOW - age, NOW + timedelta(days=90), "")
        await devices.add(Device(name, "ann", name, name, "", NOW - age, certificate))
        battery_pct = 90.0 if name == "fine" else 5.0
        await devices.note_statuses([Status("ann", name, NOW - age, "online", battery_pct, None)])
    silent = NOW - timedelta(days=6), NOW - timedelta(days=3)
    found = await alerts.devices_to_look_at(15.0, NOW - timedelta(days=1), silent)
    assert {(each.name, each.time_zone) for each in found} == {("low", "Europe/Berlin"), ("silent", "Europe/Berlin")}


async def test_alerts_go_with_their_person_and_are_on_boards_until_then(alerts: Alerts, database: Database) -> None:
    await alerts.add([FOUND], NOW)
    await alerts.switch("ann", {"low_battery": False})
    query = text("SELECT source, title, text, tags, author_id FROM annotations WHERE user_id = 'ann'")
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    assert [tuple(row) for row in rows] == [("alert", "anomaly", "HRV was low.", "alert,anomaly", None)]
    await People(database).delete("ann")
    assert await kept(alerts) == []
    assert await alerts.switched_off("ann") == set()


async def test_the_rights_of_the_services_are_enough(postgres_url: str) -> None:
    await migrate(postgres_url)
    await grant_rights(postgres_url, PASSWORDS)
    as_api, as_insights = (Database.open(url_of(role, postgres_url)) for role in (API, INSIGHTS))
    try:
        await People(as_api).ensure([new_person("ann", "athlete", "Ann")])
        message = Message(id="1", user_id="ann", author_id=None, author_role="coach", sent_at=NOW, text="Well!")
        await Feedbacks(as_api).add(replace(message, targets={"steps": 9e3}))
        await Feedbacks(as_api).wake(LATER)
        assert len(await Feedbacks(as_api).take_due(LATER, 1)) == 1
        assert await Feedbacks(as_api).confirm([Confirmed("ann", "1", NOW, "Thanks", "1")], LATER) == [None]
        assert await Feedbacks(as_insights).targets(["ann"]) == {"ann": {"steps": 9e3}}
        await Alerts(as_api).switch("ann", {"inactivity": False})
        alerts = Alerts(as_insights)
        assert await alerts.add([FOUND, replace(FOUND, rule="inactivity")], NOW) == [FOUND]
        [due] = await alerts.take_due(LATER, LATER, 10)
        await alerts.note_published(due.id, LATER)
        assert await alerts.devices_to_look_at(15.0, NOW, (NOW, LATER)) == []
        assert (await Alerts(as_api).of_client("ann")).total == 1
    finally:
        await as_api.close()
        await as_insights.close()
