"""Where users stand, and whose turn it is, in either database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from storage.records.database import Database
from storage.records.people import People, new_person
from storage.records.source_devices import SourceDevices
from storage.records.standing import Basis, Finished, Standing
from storage.records.standings import Standings

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)
ANN = Standing(
    user_id="ann",
    computed_at=NOW,
    last_seen_at=NOW - timedelta(minutes=3),
    day=date(2026, 1, 13),
    status="look",
    score=0.5,
    reasons=[{"code": "short_of_sleep", "tone": "concern", "severity": 0.5, "words": "7 h", "figures": {"h": 7.0}}],
    week={"protein_g": 92.5, "sleep_min": 401.0},
    usual={"protein_g": 110.0},
    wear_share=0.5,
    logging_share=1.0,
    sparklines={"sleep_min": [None, 401.0]},
)


async def finish(standings: Standings, user_id: str, **more: datetime) -> set[str]:
    turn = (await standings.begin([user_id], NOW))[user_id]
    return await standings.finish([Finished(turn, replace(ANN, user_id=user_id), **more)])


async def test_a_standing_is_read_as_it_was_noted(database: Database) -> None:
    standings = Standings(database)
    assert await standings.get_many(["ann"]) == {}
    assert await finish(standings, "ann") == set()
    assert await standings.get_many(["ann", "bob"]) == {"ann": ANN}
    [turn] = (await standings.begin(["ann"], NOW)).values()
    assert (turn.number, turn.last_seen_at, turn.basis_before) == (2, ANN.last_seen_at, Basis())


async def test_of_two_turns_only_the_later_is_noted(database: Database) -> None:
    standings = Standings(database)
    first, second = [(await standings.begin(["ann"], NOW))["ann"] for _ in range(2)]
    assert await standings.finish([Finished(second, ANN)]) == set()
    assert await standings.finish([Finished(first, replace(ANN, score=0.9))]) == {"ann"}
    assert (await standings.get_many(["ann"]))["ann"].score == 0.5


async def test_of_who_is_forgotten_nothing_is_noted(database: Database) -> None:
    standings = Standings(database)
    turn = (await standings.begin(["ann"], NOW))["ann"]
    await standings.delete_user("ann")
    assert await standings.finish([Finished(turn, ANN)]) == set()
    assert await standings.users() == []


async def test_who_has_uploaded_is_due_until_they_are_checked(database: Database) -> None:
    standings, soon, tomorrow = Standings(database), NOW + timedelta(minutes=15), NOW + timedelta(days=1)
    await SourceDevices(database).admit([("ann", "watch"), ("ann", "phone"), ("bob", "watch")])
    await standings.enrol(NOW)
    await standings.enrol(NOW)
    assert await standings.users() == ["ann", "bob"]
    assert await standings.take_due(NOW, soon, 10) == {"ann": None, "bob": None}
    # Somebody has taken it on; if nothing comes of it, they are due again.
    assert await standings.take_due(NOW, soon, 10) == {}
    await finish(standings, "ann", next_check_at=tomorrow)
    assert await standings.take_due(soon, soon + timedelta(minutes=15), 10) == {"bob": None}
    assert await standings.take_due(tomorrow, tomorrow + timedelta(days=1), 1) == {"bob": None}
    assert await standings.take_due(tomorrow, tomorrow + timedelta(days=1), 1) == {"ann": NOW}
    await standings.make_all_due(NOW)
    assert len(await standings.take_due(NOW, soon, 10)) == 2


async def test_who_has_become_other_is_found(database: Database) -> None:
    standings, people = Standings(database), People(database)
    for user_id in ("ann", "bob", "cid"):
        await people.add(new_person(user_id, "athlete", user_id, time_zone="Asia/Tokyo"))
        await finish(standings, user_id)
    await finish(standings, "nobody")
    assert await standings.of_another_basis(10) == []
    await people.update("ann", {"time_zone": "UTC"})
    await people.update("bob", {"birth_date": date(1990, 5, 1)})
    assert sorted(await standings.of_another_basis(10)) == ["ann", "bob"]
    turn = (await standings.begin(["bob"], NOW))["bob"]
    assert turn.basis == replace(Basis("Asia/Tokyo"), birth_date=date(1990, 5, 1))
    assert turn.basis_before == Basis("Asia/Tokyo")
    await standings.finish([Finished(turn, replace(ANN, user_id="bob"))])
    assert await standings.of_another_basis(10) == ["ann"]


async def test_old_standings_are_found_the_oldest_first(database: Database) -> None:
    standings = Standings(database)
    for age, user_id in enumerate(("ann", "bob", "cid")):
        turn = (await standings.begin([user_id], NOW))[user_id]
        computed_at = NOW - timedelta(hours=age)
        await standings.finish([Finished(turn, replace(ANN, user_id=user_id, computed_at=computed_at))])
    assert await standings.outdated(NOW, 10) == ["cid", "bob"]
    assert await standings.outdated(NOW, 1) == ["cid"]


async def test_no_users_have_no_turns(database: Database) -> None:
    assert await Standings(database).begin([], NOW) == {}
    await Standings(database).enrol(NOW)
