"""Consents."""

import asyncio
from datetime import UTC, datetime

import pytest

from storage.records.consents import Consent, Consents, Scope
from storage.records.database import Database
from storage.records.people import People, new_person


@pytest.fixture
async def consents(database: Database) -> Consents:
    await People(database).ensure(
        [new_person("ann", "athlete", "Ann"), new_person("bob", "athlete", "Bob")]
        + [new_person(name, "coach", name) for name in ("carl", "cora")]
    )
    return Consents(database)


@pytest.mark.parametrize(
    ("given", "asked", "is_enough"),
    [
        ("nutrition", "nutrition", True),
        ("nutrition", "training", False),
        ("training", "nutrition", True),
        ("training", "training", True),
    ],
)
def test_training_includes_nutrition_and_not_the_other_way(given: Scope, asked: Scope, *, is_enough: bool) -> None:
    now = datetime.now(UTC)
    assert Consent("ann", "carl", given, now).allows(asked) == is_enough
    assert not Consent("ann", "carl", given, now, now).allows(asked)


async def test_a_consent_holds_until_it_is_withdrawn(consents: Consents) -> None:
    given = await consents.give("ann", "carl", "training")
    assert await consents.find("ann", "carl") == given
    assert await consents.find("bob", "carl") is None
    assert await consents.find("carl", "ann") is None
    assert await consents.withdraw("ann", "carl")
    assert await consents.find("ann", "carl") is None
    assert not await consents.withdraw("ann", "carl")


async def test_what_was_allowed_once_stays_known(consents: Consents) -> None:
    await consents.give("ann", "carl", "nutrition")
    await consents.withdraw("ann", "carl")
    await consents.give("ann", "carl", "training")
    history = await consents.of_client("ann", withdrawn=True)
    assert [(consent.scope, consent.withdrawn_at is None) for consent in history] == [
        ("training", True),
        ("nutrition", False),
    ]
    assert [consent.scope for consent in await consents.of_client("ann")] == ["training"]
    page = await consents.history("ann", limit=1, offset=1)
    assert (page.consents, page.total) == (history[1:], 2)


async def test_another_scope_takes_the_place_of_the_first(consents: Consents) -> None:
    await consents.give("ann", "carl", "training")
    await consents.give("ann", "carl", "nutrition")
    found = await consents.find("ann", "carl")
    assert found is not None
    assert found.scope == "nutrition"
    assert len(await consents.of_client("ann")) == 1


async def test_the_same_again_changes_nothing(consents: Consents) -> None:
    first = await consents.give("ann", "carl", "training")
    assert await consents.give("ann", "carl", "training") == first
    assert await consents.of_client("ann", withdrawn=True) == [first]


async def test_given_many_times_at_once_it_is_one(consents: Consents) -> None:
    scopes: list[Scope] = ["training", "nutrition"] * 4
    await asyncio.gather(*(consents.give("ann", "carl", scope) for scope in scopes))
    assert len(await consents.of_client("ann")) == 1


async def test_a_professional_is_told_of_their_clients(consents: Consents) -> None:
    for client in ("ann", "bob"):
        await consents.give(client, "carl", "training")
    await consents.give("ann", "cora", "nutrition")
    await consents.withdraw("bob", "carl")
    assert [consent.client_id for consent in await consents.of_professional("carl")] == ["ann"]
    known = await consents.of_professional("carl", withdrawn=True)
    assert {consent.client_id for consent in known} == {"ann", "bob"}


async def test_consents_go_with_either_side(consents: Consents, database: Database) -> None:
    await consents.give("ann", "carl", "training")
    await consents.give("ann", "cora", "training")
    await People(database).delete("carl")
    assert [consent.professional_id for consent in await consents.of_client("ann", withdrawn=True)] == ["cora"]
    await People(database).delete("ann")
    assert await consents.of_professional("cora", withdrawn=True) == []
