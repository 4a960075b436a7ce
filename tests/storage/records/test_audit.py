"""The audit, and what a deletion may do to it."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from storage.records.audit import Audit
from storage.records.database import Database
from storage.records.deletions import TOMBSTONE, Deletions
from storage.records.tables import AUDIT


async def test_entries_are_listed_newest_first_and_each_to_whom_it_concerns(database: Database) -> None:
    audit = Audit(database)
    for number in range(3):
        await audit.note("ann", "read", f"meals {number}", actor="carl", actor_role="coach")
    await audit.note("bob", "read", actor="carl", actor_role="coach")
    page = await audit.of("ann", limit=2)
    assert ([entry.detail for entry in page.entries], page.total) == (["meals 2", "meals 1"], 3)
    assert (page.entries[0].actor, page.entries[0].actor_role, page.entries[0].action) == ("carl", "coach", "read")
    assert [entry.detail for entry in (await audit.of("ann", offset=2)).entries] == ["meals 0"]
    assert (await audit.of("carl")).total == 0


CHANGES = {
    "delete": delete(AUDIT),
    "another detail": update(AUDIT).values(detail="nothing"),
    "another actor": update(AUDIT).values(actor="dora"),
    "no actor": update(AUDIT).values(actor=None),
}


@pytest.mark.parametrize("change", list(CHANGES))
async def test_nothing_that_was_noted_can_be_changed(database: Database, change: str) -> None:
    audit = Audit(database)
    await audit.note("ann", "read", "meals", actor="carl", actor_role="coach")
    before = await audit.of("ann")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as connection:
            await connection.execute(CHANGES[change])
    assert await audit.of("ann") == before


async def test_postgresql_truncates_it_neither(database: Database) -> None:
    async with database.read() as connection:
        if connection.dialect.name != "postgresql":
            pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.write() as connection:
            await connection.execute(text("TRUNCATE audit"))


async def test_a_deletion_removes_what_is_about_the_person_and_their_name_from_the_rest(database: Database) -> None:
    audit, deletions = Audit(database), Deletions(database)
    await audit.note("ann", "read", "meals", actor="carl", actor_role="coach")
    await audit.note("bob", "read", "meals", actor="carl", actor_role="coach")
    await audit.note("bob", "read", "sleep", actor="cora", actor_role="coach")
    for person in ("carl", "ann"):
        deletion = await deletions.begin(person, "administrator")
        await deletions.erase(deletion)
        await deletions.finish(deletion)
    assert (await audit.of("ann")).total == 0
    page = await audit.of("bob")
    assert [(entry.actor, entry.actor_role) for entry in page.entries] == [("cora", "coach"), (None, "coach")]


async def test_even_during_a_deletion_an_entry_keeps_what_was_done(database: Database) -> None:
    audit = Audit(database)
    await audit.note("bob", "read", "meals", actor="carl", actor_role="coach")
    await Deletions(database).begin("carl", "coach")
    for change in (delete(AUDIT), update(AUDIT).values(actor=None, detail="nothing"), update(AUDIT).values(actor="x")):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.write() as connection:
                await connection.execute(change)


async def test_what_stays_of_a_person_is_that_they_were_erased(database: Database) -> None:
    audit, deletions = Audit(database), Deletions(database)
    await audit.note("ann", "account.made", actor="ann", actor_role="athlete")
    deletion = await deletions.begin("ann", "athlete")
    await deletions.erase(deletion)
    await deletions.erase(deletion)  # as after a crash
    await deletions.finish(deletion)
    (entry,) = (await audit.of(deletion.id)).entries
    assert (entry.action, entry.actor, entry.actor_role) == (TOMBSTONE, None, "athlete")
    async with database.read() as connection:
        assert "ann" not in str((await connection.execute(text("SELECT * FROM audit"))).all())
