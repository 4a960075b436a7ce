"""What the ingestor says: receipts to devices, events to the house."""

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.envelope import MAX_BATCH_BYTES
from contract.events import GAP_MS, MOST_CHANGES, Change, StoredEvent, read_stored_event, stored_event
from contract.receipts import Ignored, Receipt, Rejection, read_receipt
from tests.contract.batches import EVENING_MS, LEAST, read_items, spell

text = st.text(st.characters(codec="utf-8"), max_size=64)
rejections = st.builds(Rejection, st.integers(0, 999), st.none() | text, st.none() | text, text)
receipts = st.builds(
    Receipt,
    st.none() | text,
    st.sampled_from(["stored", "rejected"]),
    st.integers(0, 1_000),
    st.lists(rejections, max_size=3),
    st.none() | text,
    st.lists(st.builds(Ignored, st.none() | st.integers(0, 999), text), max_size=3),
)
changes = st.builds(Change, text, text, st.integers(0, 2**53), st.integers(0, 2**53))


@given(receipts)
def test_a_receipt_is_read_as_it_was_sent(receipt: Receipt) -> None:
    assert read_receipt(receipt.encode()) == receipt


@given(st.builds(StoredEvent, st.lists(changes, max_size=4)))
def test_an_event_is_read_as_it_was_sent(event: StoredEvent) -> None:
    assert read_stored_event(event.encode()) == event


def test_a_receipt_looks_as_devices_were_told() -> None:
    assert json.loads(Receipt("b1", "stored", 2, []).encode()) == {
        "batch_id": "b1",
        "status": "stored",
        "stored": 2,
        "rejected": [],
    }
    rejected = Receipt("b2", "stored", 1, [Rejection(1, "m2", "calories", "is required")], ignored=[Ignored(0, "x")])
    assert json.loads(rejected.encode()) == {
        "batch_id": "b2",
        "status": "stored",
        "stored": 1,
        "rejected": [{"index": 1, "id": "m2", "field": "calories", "reason": "is required"}],
        "ignored": [{"index": 0, "field": "x"}],
    }
    assert json.loads(Receipt(None, "rejected", 0, [], "not JSON").encode())["batch_id"] is None


def test_a_newer_ingestor_may_say_more_to_an_older_device() -> None:
    assert read_receipt(b'{"batch_id": "b1", "status": "stored", "stored": 1, "rejected": [], "shard": 7}').stored == 1


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"batch_id": "b1", "status": "maybe", "stored": 1}', b"\xff"])
def test_what_is_no_receipt_is_told_apart(payload: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_receipt(payload)


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"changes": [{"user_id": "ann"}]}', b"\xff"])
def test_what_is_no_event_is_told_apart(payload: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read_stored_event(payload)


def test_an_event_has_one_change_for_each_user_and_kind_from_first_to_last_item() -> None:
    meals = [
        read_items("meals", *(LEAST["meals"] | {"timestamp": spell(EVENING_MS + at)} for at in times)).stamped
        for times in ([500, -300, 0], [900], [-900, 100])
    ]
    steps = read_items("steps", {"steps": 3}).stamped
    assert stored_event([meals[0], steps, *meals[1:]]) == StoredEvent(
        [
            Change("ann", "meals", EVENING_MS - 900, EVENING_MS + 900),
            Change("ann", "steps", EVENING_MS, EVENING_MS),
        ]
    )
    assert stored_event([]) == StoredEvent([])


def test_users_are_told_apart_in_an_event() -> None:
    ann = read_items("steps", {"steps": 3}).stamped
    bob = msgspec.structs.replace(ann, user_id="bob")
    assert [change.user_id for change in stored_event([ann, bob]).changes] == ["ann", "bob"]


DAY_MS = 86_400_000


def test_days_between_two_items_are_not_told_of_as_changed() -> None:
    week_late = read_items(
        "steps", *({"steps": 3, "timestamp": spell(EVENING_MS - days * DAY_MS)} for days in (7, 0, 1))
    ).stamped
    assert stored_event([week_late]) == StoredEvent(
        [Change("ann", "steps", EVENING_MS - days * DAY_MS, EVENING_MS - days * DAY_MS) for days in (7, 1, 0)]
    )


@given(st.lists(st.lists(st.integers(0, 3 * DAY_MS), min_size=1, max_size=4), min_size=1, max_size=4))
def test_changes_cover_every_item_and_no_long_gap(times: list[list[int]]) -> None:
    some = read_items("steps", {"steps": 3}).stamped
    event = stored_event(msgspec.structs.replace(some, times_ms=each) for each in times)
    changes, ordered = event.changes, sorted(time_ms for each in times for time_ms in each)
    cuts = [at for at in range(1, len(ordered)) if ordered[at] - ordered[at - 1] > GAP_MS]
    groups = [ordered[start:end] for start, end in pairwise([0, *cuts, len(ordered)])]
    assert [(change.start_ms, change.end_ms) for change in changes] == [(each[0], each[-1]) for each in groups]


@given(st.integers(0, 3 * MOST_CHANGES + 1))
def test_an_event_of_any_size_is_divided_into_what_a_broker_takes(count: int) -> None:
    longest = Change("u" * 64, max(CATALOGUE, key=len), -(2**52), 2**52)
    portions = list(StoredEvent([longest] * count).divided())
    assert sum(len(portion.changes) for portion in portions) == count
    assert all(0 < len(portion.encode()) < MAX_BATCH_BYTES for portion in portions)
