"""Logins and their refresh tokens."""

import asyncio

import pytest
from sqlalchemy import select

from storage.records.database import Database
from storage.records.deletions import Deletions
from storage.records.people import People, new_person
from storage.records.sessions import Grant, Reuse, Sessions
from storage.records.tables import REFRESH_TOKENS


@pytest.fixture
async def sessions(database: Database) -> Sessions:
    await People(database).ensure([new_person(name, "athlete", name) for name in ("ann", "bob")])
    return Sessions(database)


async def refreshed(sessions: Sessions, grant: Grant) -> Grant:
    found = await sessions.refresh(grant.refresh_token)
    assert isinstance(found, Grant)
    return found


async def is_in(sessions: Sessions, grant: Grant) -> bool:
    return await sessions.who(grant.session_id, grant.person_id) is not None


async def test_a_login_is_of_one_person(sessions: Sessions) -> None:
    grant = await sessions.begin("ann")
    found = await sessions.who(grant.session_id, "ann")
    assert found is not None
    assert found.id == "ann"
    assert await sessions.who(grant.session_id, "bob") is None
    assert await sessions.who("another", "ann") is None


async def test_a_refresh_token_gives_another_one_of_the_same_login(sessions: Sessions) -> None:
    first = await sessions.begin("ann")
    second = await refreshed(sessions, first)
    third = await refreshed(sessions, second)
    assert first.session_id == second.session_id == third.session_id
    assert len({grant.refresh_token for grant in (first, second, third)}) == 3


async def test_a_token_used_twice_ends_its_family_and_no_other(sessions: Sessions) -> None:
    stolen, other = await sessions.begin("ann"), await sessions.begin("ann")
    thiefs = await refreshed(sessions, stolen)
    assert await sessions.refresh(stolen.refresh_token) == Reuse("ann")
    assert await sessions.refresh(thiefs.refresh_token) is None
    assert not await is_in(sessions, stolen)
    assert await is_in(sessions, other)
    assert await refreshed(sessions, other)


async def test_of_several_uses_at_once_at_most_one_succeeds_and_the_family_ends(sessions: Sessions) -> None:
    grant = await sessions.begin("ann")
    outcomes = await asyncio.gather(*(sessions.refresh(grant.refresh_token) for _ in range(6)))
    assert sum(isinstance(outcome, Grant) for outcome in outcomes) == 1
    assert not await is_in(sessions, grant)


async def test_what_nobody_was_given_refreshes_nothing(sessions: Sessions) -> None:
    await sessions.begin("ann")
    for token in ("", "x" * 43, "\ud800"):
        assert await sessions.refresh(token) is None


async def test_a_login_that_was_ended_is_over(sessions: Sessions) -> None:
    one, two, bobs = await sessions.begin("ann"), await sessions.begin("ann"), await sessions.begin("bob")
    await sessions.revoke(one.session_id)
    assert [await is_in(sessions, each) for each in (one, two, bobs)] == [False, True, True]
    assert await sessions.refresh(one.refresh_token) is None
    three = await sessions.begin("ann")
    assert [await is_in(sessions, each) for each in (two, three, bobs)] == [True, True, True]


async def test_another_password_ends_all_logins_but_the_one_that_is_named(
    database: Database, sessions: Sessions
) -> None:
    one, two, bobs = await sessions.begin("ann"), await sessions.begin("ann"), await sessions.begin("bob")
    await People(database).change_password("ann", "hash", keeping=two.session_id)
    assert [await is_in(sessions, each) for each in (one, two, bobs)] == [False, True, True]
    await People(database).change_password("ann", "another hash")
    assert [await is_in(sessions, each) for each in (one, two, bobs)] == [False, False, True]


async def test_a_login_ends_by_itself_however_often_it_was_refreshed(database: Database, sessions: Sessions) -> None:
    brief = Sessions(database, days=0)
    grant = await brief.begin("ann")
    assert await brief.refresh(grant.refresh_token) is None
    assert not await is_in(brief, grant)
    lasting = await sessions.begin("ann")
    await brief.forget_ended()
    assert len(await sessions.of("ann")) == 1
    assert await is_in(sessions, lasting)


async def test_who_is_being_erased_is_out_at_once(database: Database, sessions: Sessions) -> None:
    grant = await sessions.begin("ann")
    await Deletions(database).begin("ann", "athlete")
    assert not await is_in(sessions, grant)
    assert not await is_in(sessions, await sessions.begin("ann"))


async def test_no_token_is_kept_as_it_is(database: Database, sessions: Sessions) -> None:
    grant = await refreshed(sessions, await sessions.begin("ann"))
    async with database.read() as connection:
        kept = (await connection.execute(select(REFRESH_TOKENS))).all()
    assert len(kept) == 2
    assert grant.refresh_token not in str(kept)
