"""Erasing a person from the records."""

from sqlalchemy import select

from storage.records.audit import Audit
from storage.records.codes import Codes
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.deletions import Deletions
from storage.records.people import People, new_person
from storage.records.sessions import Sessions
from storage.records.source_devices import SourceDevices
from storage.records.tables import DELETIONS, METADATA
from tests.storage.records.letters import letter

NUMBER = "+4915123456789"


async def everything(database: Database) -> dict[str, str]:
    """The rows of each table, as text."""
    async with database.read() as connection:
        return {name: str((await connection.execute(select(table))).all()) for name, table in METADATA.tables.items()}


async def fill(database: Database) -> None:
    """Something of ann's in every table that is about people, and something of bob's."""
    people = People(database)
    await people.add(new_person("ann", "athlete", "Ann", email="ann@example.org", mobile=NUMBER), "hash")
    await people.add(new_person("bob", "coach", "Bob", email="bob@example.org"), "hash")
    await Consents(database).give("ann", "bob", "training")
    for person in ("ann", "bob"):
        await Sessions(database).begin(person)
        await Audit(database).note(person, "read", actor="ann" if person == "bob" else "bob", actor_role="coach")
    await Codes(database, b"key").make(NUMBER)
    await DeadLetters(database).add([letter(0, user_id="ann"), letter(1, user_id="bob", topic="v1/users/bob/x")])
    await SourceDevices(database).admit([("ann", "watch"), ("bob", "phone")])


async def test_nothing_of_the_person_is_left_in_any_table_and_all_of_others_is(database: Database) -> None:
    await fill(database)
    deletions = Deletions(database)
    deletion = await deletions.begin("ann", "athlete")
    await deletions.erase(deletion)
    await deletions.finish(deletion)
    left = await everything(database)
    for name, rows in left.items():
        for trace in ("'ann'", "Ann", "ann@", NUMBER, "users/ann/"):
            assert trace not in rows, name
    for name in ("people", "sessions", "refresh_tokens", "dead_letters", "source_devices", "audit"):
        assert left[name] != "[]", name
    assert left["consents"] == left["deletions"] == "[]"


async def test_a_professional_is_forgotten_in_what_their_clients_read_of_consents(database: Database) -> None:
    await fill(database)
    audit, deletions = Audit(database), Deletions(database)
    for professional in ("bob", "bobby"):
        await audit.note("ann", "consent.given", f"training to coach {professional}", actor="ann")
        await audit.note("ann", "consent.withdrawn", professional, actor="ann")
    deletion = await deletions.begin("bob", "coach")
    await deletions.erase(deletion)
    told = [entry.detail for entry in (await audit.of("ann")).entries if entry.action.startswith("consent")]
    assert sorted(told) == ["bobby", "somebody erased", "training to coach bobby", "training to coach somebody erased"]
    assert "'bob'" not in (await everything(database))["audit"]


async def test_from_its_beginning_no_consent_of_theirs_is_in_force(database: Database) -> None:
    await fill(database)
    await Deletions(database).begin("ann", "athlete")
    assert await Consents(database).find("ann", "bob") is None


async def test_asked_for_again_it_is_the_same_one(database: Database) -> None:
    deletions = Deletions(database)
    first = await deletions.begin("ann", "athlete")
    assert await deletions.begin("ann", "administrator") == first
    assert await deletions.under_way() == [first]


async def test_it_is_under_way_until_it_is_finished(database: Database) -> None:
    deletions = Deletions(database)
    deletion = await deletions.begin("ann", "athlete")
    await deletions.erase(deletion)
    (found,) = await deletions.under_way()
    assert found.erased_at is not None
    await deletions.finish(deletion)
    assert await deletions.under_way() == []
    await deletions.erase(deletion)  # of a process that was late
    assert (await Audit(database).of(deletion.id)).total == 1


async def test_others_are_not_kept_from_theirs(database: Database) -> None:
    deletions = Deletions(database)
    for person in ("ann", "bob"):
        await deletions.begin(person, "athlete")
    async with database.write() as connection:
        rows = (await connection.execute(select(DELETIONS.c.person_id))).scalars().all()
    assert sorted(rows) == ["ann", "bob"]
