"""What is kept of a dead letter, and how it is found again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contract.errors import StoreUnavailable
from contract.receipts import Rejection
from storage.records import dead_letters
from storage.records.database import Database
from storage.records.dead_letters import DeadLetters
from storage.records.letters import Allowance, DeadLetter, KeptLetter, identify
from tests.servers.postgres import PostgresServer
from tests.storage.records.letters import NOON, after, letter, numbers, only


async def test_a_letter_is_kept_as_it_came(database: Database) -> None:
    letters = DeadLetters(database)
    rejections = [Rejection(3, "meal-4", "calories", "is required"), Rejection(7, None, None, "must be a JSON object")]
    came = letter(payload=b"\xff\x00 not JSON", batch_id="b-1", detail=rejections)
    await letters.add([came])
    assert await only(letters) == KeptLetter(
        id=identify(came.topic, came.payload),
        topic=came.topic,
        user_id="ann",
        kind="meals",
        batch_id="b-1",
        reason="not a batch",
        detail=tuple(rejections),
        received_at=NOON,
        last_received_at=NOON,
        times=1,
        payload_bytes=11,
        truncated=False,
        replayed_at=None,
        payload=b"\xff\x00 not JSON",
    )


async def test_a_letter_needs_no_user_kind_or_payload(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([DeadLetter("elsewhere", b"", "not a telemetry topic", NOON)])
    kept = await only(letters)
    assert (kept.user_id, kept.kind, kept.batch_id, kept.payload) == (None, None, None, b"")


async def test_times_are_kept_to_the_microsecond_in_utc(database: Database) -> None:
    letters = DeadLetters(database)
    moment = datetime(2026, 1, 14, 3, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await letters.add([letter(received_at=moment)])
    kept = await only(letters)
    assert kept.received_at == moment
    assert kept.received_at.tzinfo == UTC


async def test_the_same_message_again_raises_the_count_only(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(), letter(received_at=after(1))])
    await letters.add([letter(received_at=after(3), reason="a newer reason"), letter(received_at=after(2))])
    kept = await only(letters)
    assert (kept.times, kept.received_at, kept.last_received_at) == (4, NOON, after(3))
    assert kept.reason == "a newer reason"


async def test_a_message_that_arrives_late_does_not_turn_back_the_clock(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(received_at=after(5))])
    await letters.add([letter(received_at=after(1))])
    kept = await only(letters)
    assert (kept.times, kept.last_received_at) == (2, after(5))


async def test_the_same_payload_on_another_topic_is_another_letter(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(topic="ab", payload=b"c"), letter(topic="a", payload=b"bc")])
    assert (await letters.list()).total == 2


async def test_a_payload_is_cut_and_its_length_told(database: Database) -> None:
    letters = DeadLetters(database, Allowance(payload_bytes=10))
    await letters.add([letter(payload=b"0123456789"), letter(payload=b"0123456789A"), letter(payload=b"0123456789B")])
    page = await letters.list()
    assert sorted((one.payload_bytes, one.truncated) for one in page.letters) == [(10, False), (11, True), (11, True)]
    assert {kept.payload for one in page.letters if (kept := await letters.get(one.id))} == {b"0123456789"}


async def test_the_list_of_rejections_is_cut(database: Database) -> None:
    letters = DeadLetters(database)
    rejections = [
        Rejection(index, "\N{EARTH GLOBE EUROPE-AFRICA}" * 64, "calories", "is required") for index in range(1_000)
    ]
    await letters.add([letter(detail=rejections)])
    kept = await only(letters)
    assert 0 < len(kept.detail) < 1_000
    assert list(kept.detail) == rejections[: len(kept.detail)]


async def test_hostile_texts_are_kept_as_far_as_a_database_can(database: Database) -> None:
    letters = DeadLetters(database)
    hostile = "nul \0, half a pair \ud83d, quote ' and \N{RIGHT-TO-LEFT OVERRIDE}"
    came = letter(topic=hostile, reason=hostile, batch_id=hostile, kind=hostile)
    await letters.add([replace(came, detail=[Rejection(0, hostile, hostile, "no")]), letter(topic="t" * 60_000)])
    kept = await letters.get(identify(came.topic, came.payload))
    assert kept is not None
    assert kept.reason == hostile.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\ud83d", "?")
    assert kept.detail == (Rejection(0, hostile, hostile, "no"),)


async def test_a_list_has_pages_and_totals_and_no_payloads(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(number) for number in range(5)])
    await letters.add([letter(number, user_id="bob", topic="b", kind="sleep") for number in range(5, 8)])
    page = await letters.list(limit=2, offset=1)
    assert ([one.last_received_at for one in page.letters], page.total) == ([after(6), after(5)], 8)
    assert [one.payload for one in page.letters] == [None, None]
    assert (await letters.list(user_id="bob", kind="sleep")).total == 3
    assert (await letters.list(user_id="ann", kind="sleep")).total == 0
    assert (await letters.list(kind="meals", limit=1)).total == 5
    assert (await letters.list(offset=50)).letters == []


async def test_a_replay_is_noted(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter()])
    kept = await only(letters)
    assert await letters.mark_replayed(kept.id, after(60))
    assert not await letters.mark_replayed("0" * 32, after(60))
    await letters.add([letter(received_at=after(61))])
    again = await only(letters)
    assert (again.replayed_at, again.last_received_at) == (after(60), after(61))


async def test_a_user_is_forgotten_and_nobody_else(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(), letter(1, user_id="bob"), letter(2, user_id=None)])
    await letters.delete_user("ann")
    await letters.delete_user("nobody")
    assert await numbers(letters) == [1, 2]


async def test_adding_none_needs_no_database() -> None:
    await DeadLetters(Database.open("postgresql://nobody@127.0.0.1:1/nowhere")).add([])


async def test_a_letter_that_is_not_there_is_none(database: Database) -> None:
    assert await DeadLetters(database).get("0" * 32) is None


async def test_payloads_stay_out_of_logs(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(424_242)])
    assert "424242" not in f"{letter(payload=b'424242')!r} {await only(letters)!r}"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="a moment needs a zone"):
        await DeadLetters(database).add([letter(received_at=datetime(2026, 1, 14))])  # noqa: DTZ001  # that is the point


async def test_letters_wait_for_a_server_that_is_away(postgres: PostgresServer, postgres_url: str) -> None:
    database = Database.open(postgres_url)
    postgres.stop()
    try:
        with pytest.raises(StoreUnavailable):
            await DeadLetters(database).add([letter()])
    finally:
        postgres.start()
    await database.close()


async def test_letters_that_came_last_before_a_moment_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "_PORTION", 2)
    letters = DeadLetters(database)
    await letters.add([letter(number) for number in range(7)])
    await letters.add([letter(1, received_at=after(9))])
    await letters.delete_before(after(5))
    assert await numbers(letters) == [5, 6, 1]
    await letters.delete_before(after(5))
    assert await numbers(letters) == [5, 6, 1]


async def test_letters_of_a_kind_may_go_sooner(database: Database) -> None:
    letters = DeadLetters(database)
    await letters.add([letter(0), letter(1, kind="track"), letter(2, kind=None), letter(3, kind="track")])
    await letters.delete_before(after(2), "track")
    assert await numbers(letters) == [0, 2, 3]
