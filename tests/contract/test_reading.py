"""From the bytes of a message to a batch: what is read, and what is refused as a whole."""

import contextlib
import json
import sys

import pytest

from contract.catalogue import CATALOGUE
from contract.errors import BatchRejected
from contract.kinds import Meal
from contract.reading import find_kind
from tests.contract.batches import (
    EVENING_MS,
    LEAST,
    NO_TIME,
    batch,
    read,
    read_items,
    refusal,
)

MEAL = LEAST["meals"]

# As published by the first phone app and watch.
MEALS = b"""{
  "user_id": "3e4567e1-b8bc-4d6a-8c08-4039a2b40000",
  "timestamp": "2026-01-14T18:00:00Z",
  "source_device": "iPhone 15 Pro",
  "items": [
    {"meal_id": "a1b2c3d4-e5f6-4a5b-b6c7-d8e9f0a1b2c3", "calories": 150, "meal_type": "Snack", "carbs_g": 20},
    {"meal_id": "b2c3d4e5-f6a7-5b6c-c7d8-e9f0a1b2c3d4", "calories": 750, "meal_type": "Dinner", "fat_g": 25}
  ]
}"""


def test_a_batch_is_read_as_it_was_published() -> None:
    found = read("meals", MEALS.replace(b"3e4567e1-b8bc-4d6a-8c08-4039a2b40000", b"ann"))
    assert found.batch_id is None
    assert (found.rejected, found.ignored) == ([], [])
    stamped = found.stamped
    assert (stamped.kind.name, stamped.user_id, stamped.source_device) == ("meals", "ann", "iPhone 15 Pro")
    assert list(stamped.items) == [
        Meal(meal_id="a1b2c3d4-e5f6-4a5b-b6c7-d8e9f0a1b2c3", calories=150, meal_type="Snack", carbs_g=20),
        Meal(meal_id="b2c3d4e5-f6a7-5b6c-c7d8-e9f0a1b2c3d4", calories=750, meal_type="Dinner", fat_g=25),
    ]
    assert list(stamped.indexes) == [0, 1]
    assert list(stamped.times_ms) == [EVENING_MS, EVENING_MS]


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_least_item_of_a_kind_is_read_on_either_way(kind: str) -> None:
    at_once = read(kind, batch([LEAST[kind]], batch_id="b1"))
    in_parts = read(kind, batch([LEAST[kind], None], batch_id="b1"))
    assert list(at_once.stamped.items) == list(in_parts.stamped.items)
    assert list(at_once.stamped.keys_ns) == list(in_parts.stamped.keys_ns)
    assert at_once.batch_id == in_parts.batch_id == "b1"


def test_an_unknown_kind_is_refused_with_those_that_there_are() -> None:
    assert find_kind("meals").item is Meal
    with pytest.raises(BatchRejected, match=r"meals.*wellness") as caught:
        find_kind("feelings")
    assert caught.value.field == "kind"


# The message as a whole


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON"),
        (b"\x00", "not JSON"),
        (b"{", "not JSON"),
        (b"{'user_id': 'ann'}", "not JSON"),
        (b"\xef\xbb\xbf" + MEALS, "not JSON"),
        (MEALS + b"{}", "not JSON"),
        (MEALS.replace(b"Snack", b"\xff"), "not UTF-8"),
        (MEALS.decode().encode("utf-16"), "not UTF-8"),
        (b"null", "not a batch: expected a JSON object"),
        (b"[]", "not a batch: expected a JSON object"),
        (b'"batch"', "not a batch: expected a JSON object"),
        (b"42", "not a batch: expected a JSON object"),
        (b"[" * 200_000, "not a batch: nested too deeply"),
        (b'{"a":' * 200_000, "not a batch: nested too deeply"),
        (MEALS + b" " * 1_048_577, "larger than 1048576 bytes: split it"),
    ],
)
def test_what_is_not_a_batch_is_refused_as_a_whole(payload: bytes, reason: str) -> None:
    assert refusal(payload) == (None, reason)


def test_a_batch_may_be_as_large_as_a_message_may_be() -> None:
    payload = json.dumps(batch([MEAL])).encode()
    assert len(read("meals", payload.ljust(1_048_576)).stamped.items) == 1


def test_nesting_is_no_way_to_bring_the_reader_down() -> None:
    whole = json.dumps(batch([MEAL])).encode()
    for depth in range(800, sys.getrecursionlimit() + 10):
        nested = b"[" * depth + b"]" * depth
        for payload in (
            whole.replace(b'"ann"', nested),
            whole.replace(b"{", b'{"x": ' + nested + b", ", 1),
            whole.replace(b"150", nested),
            whole.replace(b'"meal_id"', b'"x": ' + nested + b', "meal_id"'),
        ):
            with contextlib.suppress(BatchRejected):
                found = read("meals", payload)
                assert len(found.stamped.items) + len(found.rejected) == 1


# The envelope


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"user_id": "bob"}, "user_id", "must equal the user of the topic"),
        ({"user_id": "ANN"}, "user_id", "must equal the user of the topic"),
        ({"user_id": None}, "user_id", "must equal the topic's"),
        ({"user_id": 7}, "user_id", "must equal the topic's"),
        ({"timestamp": None}, "timestamp", NO_TIME),
        ({"timestamp": 1_768_413_600}, "timestamp", NO_TIME),
        ({"timestamp": "2026-01-14T18:00:00"}, "timestamp", NO_TIME),
        ({"batch_id": ""}, "batch_id", "must be a text of 1 to 64 characters"),
        ({"batch_id": "b" * 65}, "batch_id", "must be a text of 1 to 64 characters"),
        ({"batch_id": 7}, "batch_id", "must be a text of 1 to 64 characters"),
        ({"items": None}, "items", "must be a list of 1 to 1000"),
        ({"items": []}, "items", "must be a list of 1 to 1000"),
        ({"items": {"0": MEAL}}, "items", "must be a list of 1 to 1000"),
        ({"items": [MEAL] * 1_001}, "items", "must be a list of 1 to 1000"),
    ],
)
def test_an_envelope_that_is_wrong_is_refused_with_its_field(
    changes: dict[str, object], field: str, reason: str
) -> None:
    assert refusal(batch([MEAL]) | changes) == (field, reason)


@pytest.mark.parametrize("field", ["user_id", "timestamp", "source_device", "items"])
def test_an_envelope_needs_all_its_fields(field: str) -> None:
    found, reason = refusal({name: value for name, value in batch([MEAL]).items() if name != field})
    assert found == field
    assert "required" in reason or field == "items"


@pytest.mark.parametrize("device", ["", "x" * 65, "tab\t", "line\n", "back\\slash", "nul\0", "\x7f", None, 15])
def test_a_device_that_no_board_could_show_is_refused(device: object) -> None:
    field, reason = refusal(batch([MEAL], source_device=device))
    assert (field, reason) == (
        "source_device",
        "must be a text of 1 to 64 characters without control characters and backslash",
    )


@pytest.mark.parametrize("device", ["x", "x" * 64, "Ann's Uhr, 2. Serie = neu", "\N{WATCH}", "a,b=c d"])
def test_a_device_may_have_any_name_that_can_be_seen(device: str) -> None:
    assert read("meals", batch([MEAL], source_device=device)).stamped.source_device == device


def test_a_batch_of_a_thousand_items_is_read() -> None:
    assert len(read_items("meals", *[MEAL | {"meal_id": f"m{n}"} for n in range(1_000)]).stamped.items) == 1_000


def test_a_refusal_names_the_batch_where_it_can() -> None:
    wrong: list[dict[str, object]] = [{"timestamp": "late"}, {"items": []}, {"user_id": "bob"}]
    for changes in wrong:
        with pytest.raises(BatchRejected) as caught:
            read("meals", batch([MEAL], batch_id="b7") | changes)
        assert caught.value.batch_id == "b7"
    with pytest.raises(BatchRejected) as caught:
        read("meals", batch([MEAL], batch_id="b" * 65))
    assert caught.value.batch_id is None
