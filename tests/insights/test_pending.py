"""What waits, and which messages wait for it."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from insights.pending import Pending

SPAN = (0, 1)
LATER = (5, 6)


def lane(busy: set[str] | None = None) -> Pending[str]:
    return Pending(2.0, set() if busy is None else busy)


def test_work_waits_for_more_to_join_it() -> None:
    pending = lane()
    assert pending.next_due_s(0.0) is None
    pending.add("m1", {"ann": [SPAN]}, 10.0)
    pending.add("m2", {"ann": [LATER, SPAN]}, 11.0)
    assert (pending.take(11.9, 5), pending.next_due_s(11.5), pending.oldest_s(11.5)) == ([], 0.5, 1.5)
    [work] = pending.take(12.0, 5)
    assert (work.spans, work.messages) == ({SPAN, LATER}, ["m1", "m2"])
    assert pending.done([work]) == ["m1", "m2"]
    assert len(pending) == 0


def test_a_message_is_done_with_all_of_its_users() -> None:
    pending = lane()
    pending.add("m1", {"ann": [SPAN], "bob": [SPAN]}, 0.0)
    ann, bob = pending.take(5.0, 5)
    assert pending.done([ann]) == []
    assert pending.done([bob]) == ["m1"]


def test_what_comes_for_a_busy_user_waits() -> None:
    busy: set[str] = set()
    changes, checks = lane(busy), lane(busy)
    changes.add("m1", {"ann": [SPAN]}, 0.0)
    [work] = changes.take(5.0, 5)
    changes.add("m2", {"ann": [LATER]}, 5.0)
    checks.add_check("ann", None, 5.0)
    assert (changes.take(9.0, 5), checks.take(9.0, 5), changes.next_due_s(9.0)) == ([], [], None)
    changes.done([work])
    assert [each.check for each in checks.take(9.0, 5)] == [True]
    assert changes.take(9.0, 5) == []


def test_work_that_is_done_again_takes_along_what_came_meanwhile() -> None:
    pending, at = lane(), datetime(2026, 1, 14, tzinfo=UTC)
    pending.add("m1", {"ann": [SPAN]}, 0.0)
    [work] = pending.take(5.0, 5)
    pending.add("m2", {"ann": [LATER]}, 5.0)
    pending.add_check("ann", at, 5.0)
    pending.again([work])
    [both] = pending.take(5.0, 5)
    assert (both.spans, both.check, both.checked_at) == ({SPAN, LATER}, True, at)
    assert pending.done([both]) == ["m1", "m2"]


def test_the_oldest_work_is_taken_first() -> None:
    pending = lane()
    for at, user in enumerate(("ann", "bob", "cid")):
        pending.add_refresh(user, float(-at))
    assert [work.user_id for work in pending.take(5.0, 2)] == ["cid", "bob"]


def test_a_message_without_users_is_not_waited_for() -> None:
    assert not lane().add("m1", {}, 0.0)


def test_messages_of_a_lost_connection_are_forgotten_but_not_the_work() -> None:
    pending = lane()
    pending.add("m1", {"ann": [SPAN], "bob": [SPAN]}, 0.0)
    [ann] = pending.take(5.0, 1)
    pending.forget_messages()
    pending.add("m1 again", {"ann": [SPAN], "bob": [SPAN]}, 6.0)
    assert pending.done([ann]) == []
    assert pending.done(pending.take(9.0, 5)) == ["m1 again"]
    assert len(pending) == 0


@given(st.data())
def test_every_message_is_done_with_exactly_once(data: st.DataObject) -> None:
    pending, now, finished = lane(), 0.0, list[str]()
    users = st.sampled_from(["ann", "bob", "cid"])
    sent = data.draw(st.lists(st.sets(users, min_size=1), max_size=12))
    for number, whose in enumerate(sent):
        pending.add(str(number), {user: [SPAN] for user in whose}, now)
        now += data.draw(st.sampled_from([0.0, 1.0, 3.0]))
        for work in pending.take(now, 2):
            if data.draw(st.booleans()):
                finished += pending.done([work])
            else:
                pending.again([work])
    while len(pending):
        finished += pending.done(pending.take(now + 9.0, 5))
    assert sorted(finished) == sorted(str(number) for number in range(len(sent)))
