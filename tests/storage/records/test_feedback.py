"""Feedback: kept once, due until it is confirmed, confirmed once and for all, gone with the client."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from contract.topics import USER_ID_PATTERN
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.feedback import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MAX_ANSWERS,
    Confirmed,
    Feedbacks,
    Message,
    pause_after,
)
from storage.records.messages import message_id
from storage.records.people import People, new_person

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=3)


@pytest.fixture
async def feedback(database: Database) -> Feedbacks:
    people = [new_person(name, "athlete", name.title()) for name in ("ann", "bob")]
    people += [new_person(name, "coach", name.title()) for name in ("carl", "cora")]
    await People(database).ensure(people)
    return Feedbacks(database)


ids = st.from_regex(USER_ID_PATTERN, fullmatch=True)


def message(to: str = "ann", by: str = "carl", at: datetime = NOON, **more: object) -> Message:
    what = {"id": str(uuid4()), "user_id": to, "author_id": by, "author_role": "coach", "sent_at": at, "text": "Well!"}
    return Message(**(what | more))  # type: ignore[arg-type]


async def test_a_message_is_read_as_it_was_written(feedback: Feedbacks) -> None:
    told = message(tags=("praise", "adjust"), day=date(2026, 11, 19), kind="meals", item_id="m1", targets={"fat_g": 70})
    await feedback.add(told)
    assert (await feedback.of_client("ann")).messages == [replace(told, author_name="Carl")]
    assert (await feedback.of_client("bob")).messages == []


async def test_lists_are_newest_first_and_by_author_if_that_is_asked_for(feedback: Feedbacks) -> None:
    sent = [message(by=by, at=NOON + timedelta(minutes=at)) for at, by in enumerate(("carl", "cora", "carl"))]
    for each in sent:
        await feedback.add(each)
    ids = [each.id for each in sent]
    assert [each.id for each in (await feedback.of_client("ann")).messages] == ids[::-1]
    page = await feedback.of_client("ann", author_id="carl", limit=1, offset=1)
    assert ([each.id for each in page.messages], page.total) == ([ids[0]], 2)
    assert [each.id for each in await feedback.by_author("carl")] == [ids[0], ids[2]]


async def test_what_is_not_confirmed_is_due_again_at_ever_longer_intervals(feedback: Feedbacks) -> None:
    await feedback.add(message())
    assert await feedback.take_due(NOON, 10) == []
    now = NOON + FIRST_PAUSE
    pauses = [pause_after(tries) for tries in range(1, 12)]
    for pause in pauses:
        assert len(await feedback.take_due(now, 10)) == 1
        assert await feedback.take_due(now + pause - timedelta(seconds=1), 10) == []
        now += pause
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2 * FIRST_PAUSE, LONGEST_PAUSE)


async def test_what_one_process_has_taken_on_no_other_takes(feedback: Feedbacks) -> None:
    for _ in range(3):
        await feedback.add(message())
    first = await feedback.take_due(LATER, 2)
    second = await feedback.take_due(LATER, 2)
    assert len({each.id for each in (*first, *second)}) == 3
    assert await feedback.take_due(LATER, 2) == []


async def test_a_sign_of_life_makes_what_waits_for_that_client_due_at_once(feedback: Feedbacks) -> None:
    to_ann, to_bob = message("ann"), message("bob")
    for each in (to_ann, to_bob):
        await feedback.add(each)
    await feedback.wake(NOON, ["ann"])
    assert [each.id for each in await feedback.take_due(NOON, 10)] == [to_ann.id]
    await feedback.wake(NOON)
    assert {each.id for each in await feedback.take_due(NOON, 10)} == {to_ann.id, to_bob.id}


async def test_what_is_confirmed_stays_so_and_the_first_time_counts(feedback: Feedbacks) -> None:
    told = message()
    await feedback.add(told)
    delivered, read = Confirmed("ann", told.id), Confirmed("ann", told.id, NOON + timedelta(minutes=5))
    assert await feedback.confirm([delivered, read, delivered], LATER) == [None] * 3
    assert await feedback.confirm([replace(read, at=LATER)], LATER + timedelta(hours=1)) == [None]
    [found] = (await feedback.of_client("ann")).messages
    assert (found.delivered_at, found.read_at) == (LATER, NOON + timedelta(minutes=5))
    assert await feedback.take_due(LATER + timedelta(days=9), 10) == []


@pytest.mark.parametrize(("said", "kept"), [(NOON - timedelta(days=1), NOON), (LATER + timedelta(days=1), LATER)])
async def test_nothing_is_read_before_it_was_sent_or_in_the_future(
    feedback: Feedbacks, said: datetime, kept: datetime
) -> None:
    told = message()
    await feedback.add(told)
    await feedback.confirm([Confirmed("ann", told.id, said)], LATER)
    assert (await feedback.of_client("ann")).messages[0].read_at == kept


async def test_nobody_confirms_what_was_written_to_another(feedback: Feedbacks) -> None:
    told = message()
    await feedback.add(told)
    reasons = await feedback.confirm([Confirmed("bob", told.id, LATER, "mine!", "1"), Confirmed("ann", "none")], LATER)
    assert None not in reasons
    assert (await feedback.of_client("ann")).messages == [replace(told, author_name="Carl")]


async def test_an_answer_that_is_sent_again_is_the_same_and_there_is_an_end_to_them(feedback: Feedbacks) -> None:
    told = message()
    await feedback.add(told)
    said = [Confirmed("ann", told.id, LATER, f"answer {number}", str(number)) for number in range(MAX_ANSWERS)]
    assert await feedback.confirm([*said, *said], LATER) == [None] * (2 * MAX_ANSWERS)
    [reason] = await feedback.confirm([Confirmed("ann", told.id, LATER, "one more", "more")], LATER)
    assert reason
    [found] = (await feedback.of_client("ann")).messages
    assert {each.text for each in found.answers} == {each.answer for each in said}


@given(st.sets(st.tuples(ids, ids, st.text(min_size=1, max_size=64)), max_size=20))
def test_an_id_that_an_author_gives_is_of_that_author_and_client_alone(given: set[tuple[str, str, str]]) -> None:
    made = {message_id(*each) for each in given}
    assert len(made) == len(given)
    assert made == {message_id(*each) for each in given}
    assert message_id("carl", "ann", None) != message_id("carl", "ann", None)


async def test_a_message_that_is_written_again_is_the_one_of_before(feedback: Feedbacks) -> None:
    told = message(tags=("praise",), day=date(2026, 11, 19), kind="meals", item_id="m1", targets={"fat_g": 70.5})
    kept = replace(told, author_name="Carl")
    assert await feedback.add(told) == kept
    assert await feedback.add(replace(told, sent_at=LATER)) == kept
    await feedback.confirm([Confirmed("ann", told.id, LATER, "thanks", "1")], LATER)
    again = await feedback.add(replace(told, sent_at=LATER))
    assert again is not None
    assert (again.read_at, [each.text for each in again.answers]) == (LATER, ["thanks"])
    assert (await feedback.of_client("ann")).total == 1


@pytest.mark.parametrize(
    "other",
    [{"text": "Other"}, {"tags": ("concern",)}, {"day": NOON.date()}, {"kind": "sleep"}, {"item_id": "m2"},
     {"targets": {"fat_g": 71.0}}, {"to": "bob"}, {"by": "cora"}],
)  # fmt: skip
async def test_an_id_with_another_content_is_refused(feedback: Feedbacks, other: dict[str, Any]) -> None:
    content: dict[str, Any] = {"kind": "meals", "item_id": "m1", "targets": {"fat_g": 70.0}}
    told = message(**content)
    await feedback.add(told)
    assert await feedback.add(message(id=told.id, **(content | other))) is None
    assert (await feedback.of_client("ann")).messages == [replace(told, author_name="Carl")]
    assert (await feedback.of_client("bob")).total == 0


async def test_of_messages_that_come_at_once_with_one_id_one_is_kept(feedback: Feedbacks) -> None:
    told = message()
    texts = ["Well!", "Oh!"] * 5
    kept = await asyncio.gather(*(feedback.add(replace(told, text=each)) for each in texts))
    [found] = (await feedback.of_client("ann")).messages
    assert kept == [found if each == found.text else None for each in texts]


async def test_of_answers_that_come_at_once_with_one_id_one_is_kept(feedback: Feedbacks) -> None:
    told = message()
    await feedback.add(told)
    texts = ["yes", "no"] * 5
    said = [Confirmed("ann", told.id, LATER, each, "1") for each in texts]
    reasons = await asyncio.gather(*(feedback.confirm([each], LATER) for each in said))
    [answer] = (await feedback.of_client("ann")).messages[0].answers
    assert [reason == [None] for reason in reasons] == [each == answer.text for each in texts]


async def test_an_answer_is_the_same_whatever_blanks_surround_it(feedback: Feedbacks) -> None:
    told = message()
    await feedback.add(told)
    said = [Confirmed("ann", told.id, LATER, each, "1") for each in ("yes\n", "yes")]
    assert await feedback.confirm(said, LATER) == [None, None]


async def test_of_targets_the_newest_for_each_column_holds(feedback: Feedbacks) -> None:
    for minutes, targets in enumerate(({"protein_g": 100.0, "steps": 9e3}, {}, {"protein_g": 130.0})):
        await feedback.add(message(at=NOON + timedelta(minutes=minutes), targets=targets))
    assert await feedback.targets(["ann", "bob"]) == {"ann": {"protein_g": 130.0, "steps": 9e3}}


async def test_a_target_holds_as_long_as_the_consent_of_its_author(feedback: Feedbacks, database: Database) -> None:
    consents = Consents(database)
    await consents.give("ann", "carl", "training")
    await consents.give("ann", "cora", "nutrition")
    await feedback.add(message(targets={"steps": 9e3}))
    await feedback.add(message(by="cora", targets={"protein_g": 100.0}))
    await consents.withdraw("ann", "carl")
    assert await feedback.targets(["ann"]) == {"ann": {"protein_g": 100.0}}
    await consents.give("ann", "carl", "training")
    assert await feedback.targets(["ann"]) == {"ann": {"protein_g": 100.0, "steps": 9e3}}


async def test_a_message_outlives_its_author_and_goes_with_its_client(feedback: Feedbacks, database: Database) -> None:
    told = message()
    await feedback.add(told)
    await feedback.confirm([Confirmed("ann", told.id, LATER, "thanks", "1")], LATER)
    await People(database).delete("carl")
    [found] = (await feedback.of_client("ann")).messages
    assert (found.author_id, found.author_name, found.author_role) == (None, None, "coach")
    await People(database).delete("ann")
    assert (await feedback.of_client("ann")).total == 0
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM feedback_answers"))).scalar_one() == 0


async def test_boards_find_messages_and_answers_on_the_time_axis(feedback: Feedbacks, database: Database) -> None:
    about_a_day = message(tags=("praise", "adjust"), day=date(2026, 11, 18))
    await feedback.add(about_a_day)
    await feedback.add(message(at=NOON + timedelta(minutes=1)))
    await feedback.confirm([Confirmed("ann", about_a_day.id, LATER, "thanks", "1")], LATER)
    query = "SELECT time, source, title, text, tags, author_id FROM annotations WHERE user_id = 'ann' ORDER BY time"
    async with database.read() as connection:
        rows = (await connection.execute(text(query))).all()
    assert [str(row.time)[:16] for row in rows] == ["2026-11-18 12:00", "2026-11-20 12:01", "2026-11-20 15:00"]
    assert [tuple(row)[1:] for row in rows] == [
        ("feedback", "coach", "Well!", "praise,adjust", "carl"),
        ("feedback", "coach", "Well!", "", "carl"),
        ("answer", "answer", "thanks", "answer", "carl"),
    ]
