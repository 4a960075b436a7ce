"""Accounts."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from storage.records.database import Database
from storage.records.people import CHANGEABLE, People, Person, Taken, new_person

ANN = Person(
    id="ann",
    role="athlete",
    name="Ann",
    email="ann@example.org",
    mobile="+4915123456789",
    time_zone="Europe/Berlin",
    sex="female",
    birth_date=date(1990, 2, 28),
    height_cm=171.5,
    max_heart_rate_bpm=188,
    created_at=datetime(2026, 1, 14, 12, 0, 0, 123456, UTC),
)


async def test_a_person_comes_back_as_they_went_in(database: Database) -> None:
    people = People(database)
    await people.add(ANN, "hash")
    assert await people.get("ann") == ANN
    assert await people.by_mobile("+4915123456789") == ANN
    assert await people.by_email("ann@example.org") == (ANN, "hash")
    assert await people.get_many(["ann", "bob"]) == {"ann": ANN}


async def test_nobody_is_nobody(database: Database) -> None:
    people = People(database)
    assert await people.get("ann") is None
    assert await people.by_email("ann@example.org") is None
    assert await people.with_hash("ann") is None
    assert await people.update("ann", {"name": "Anna"}) is None
    assert not await people.set_password_hash("ann", "hash")
    await people.delete("ann")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (new_person("ann", "coach", "x"), "id"),
        (new_person("bob", "coach", "x", email="ann@example.org"), "email"),
        (new_person("bob", "coach", "x", mobile="+4915123456789"), "mobile"),
    ],
)
async def test_what_somebody_has_nobody_else_gets(database: Database, other: Person, field: str) -> None:
    people = People(database)
    await people.add(ANN)
    with pytest.raises(Taken) as refusal:
        await people.add(other)
    assert refusal.value.field == field
    assert await people.list() == [ANN]


async def test_of_several_who_want_the_same_address_at_once_one_gets_it(database: Database) -> None:
    people = People(database)
    wanting = [people.add(new_person(f"p{n}", "athlete", "x", email="same@example.org")) for n in range(8)]
    outcomes = await asyncio.gather(*wanting, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome] == [Taken] * 7
    assert len(await people.list()) == 1


async def test_many_people_may_have_no_address(database: Database) -> None:
    people = People(database)
    for name in ("ann", "bob"):
        await people.add(new_person(name, "athlete", name))
    assert await people.count() == 2


async def test_a_change_changes_that_and_nothing_else(database: Database) -> None:
    people = People(database)
    await people.add(ANN, "hash")
    changed = await people.update("ann", {"name": "Anna", "height_cm": None})
    assert changed == await people.get("ann")
    assert changed is not None
    assert (changed.name, changed.height_cm, changed.email) == ("Anna", None, "ann@example.org")
    assert await people.with_hash("ann") == (changed, "hash")


async def test_a_change_to_ones_own_address_is_no_conflict_and_to_anothers_is_one(database: Database) -> None:
    people = People(database)
    await people.add(ANN)
    await people.add(new_person("bob", "coach", "Bob", email="bob@example.org"))
    assert await people.update("ann", {"email": "ann@example.org"}) == ANN
    with pytest.raises(Taken):
        await people.update("ann", {"email": "bob@example.org"})


async def test_nobody_becomes_somebody_else(database: Database) -> None:
    assert not CHANGEABLE & {"id", "role", "password_hash", "created_at"}
    with pytest.raises(ValueError, match="only some things"):
        await People(database).update("ann", {"role": "administrator"})


async def test_ensuring_people_leaves_those_who_are_there_as_they_are(database: Database) -> None:
    people = People(database)
    await people.add(ANN, "hash")
    await people.ensure([new_person("ann", "coach", "other"), new_person("bob", "coach", "Bob")])
    await people.ensure([])
    assert await people.with_hash("ann") == (ANN, "hash")
    assert [person.id for person in await people.list(role="coach")] == ["bob"]
    assert await people.count(role="coach") == 1


async def test_a_list_goes_page_by_page(database: Database) -> None:
    people = People(database)
    await people.ensure([new_person(f"p{n}", "athlete", "x") for n in range(5)])
    pages = [await people.list(limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [[person.id for person in page] for page in pages] == [["p0", "p1"], ["p2", "p3"], ["p4"], []]
