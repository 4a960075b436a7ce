"""From the bytes of a message to items: what is stored, and what is told about the rest."""

import contextlib
import json
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import BatchRejected
from contract.kinds import Meal
from contract.reading import find_kind
from contract.receipts import Ignored, Receipt, Rejection
from contract.stamping import MAX_AHEAD_MS, Horizon
from tests.contract.batches import (
    EVENING_MS,
    LEAST,
    batch,
    read,
    read_items,
    refusal,
    refusals,
    spell,
    spelled,
)

MEAL = LEAST["meals"]
NO_TIME = "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z"

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
        ({"user_id": None}, "user_id", "is required and must equal the topic's"),
        ({"user_id": 7}, "user_id", "is required and must equal the topic's"),
        ({"timestamp": None}, "timestamp", f"is required and {NO_TIME}"),
        ({"timestamp": 1_768_413_600}, "timestamp", f"is required and {NO_TIME}"),
        ({"timestamp": "2026-01-14T18:00:00"}, "timestamp", f"is required and {NO_TIME}"),
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
        "is required: 1 to 64 characters without control characters and backslash",
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


# The items


def test_the_good_items_of_a_batch_are_kept_and_the_bad_ones_named() -> None:
    found = read_items(
        "meals",
        MEAL,
        MEAL | {"meal_id": "m2", "calories": -1},
        "a meal",
        {"meal_id": "m4"},
        MEAL | {"meal_id": "m5", "meal_type": "Brunch"},
        MEAL | {"meal_id": "m6"},
    )
    assert list(found.stamped.indexes) == [0, 5]
    assert found.rejected == [
        Rejection(1, "m2", "calories", "must be a number from 0 to 10000 kcal"),
        Rejection(2, None, None, "must be a JSON object"),
        Rejection(3, "m4", "calories", "is required and must be a number from 0 to 10000 kcal"),
        Rejection(4, "m5", "meal_type", "must be one of Breakfast, Lunch, Dinner, Snack"),
    ]


@given(st.lists(st.tuples(st.sampled_from(list(CATALOGUE)), st.booleans()), min_size=1, max_size=12))
def test_which_items_are_stored_depends_on_each_alone(choice: list[tuple[str, bool]]) -> None:
    kind = choice[0][0]
    good = [is_good for _, is_good in choice]
    items = [LEAST[kind] if is_good else LEAST[other] | {"time": -1} for other, is_good in choice]
    found = read_items(kind, *items)
    assert list(found.stamped.indexes) == [at for at, is_good in enumerate(good) if is_good]
    assert [rejection.index for rejection in found.rejected] == [at for at, is_good in enumerate(good) if not is_good]
    assert list(found.stamped.items) == [read_items(kind, LEAST[kind]).stamped.items[0]] * sum(good)


def test_a_batch_without_a_good_item_is_read_too() -> None:
    found = read("meals", batch([{}, 5], batch_id="b1"))
    assert (found.batch_id, len(found.stamped.items), len(found.rejected)) == ("b1", 0, 2)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 400, "9" * 5_000, "-" + "9" * 5_000])
def test_a_number_that_no_float_holds_costs_its_item_only(number: str) -> None:
    found = read("meals", spelled("meals", json.dumps(MEAL), f'{{"meal_id": "m2", "calories": {number}}}'))
    assert list(found.stamped.indexes) == [0]
    assert found.rejected == [Rejection(1, "m2", "calories", "must be a number from 0 to 10000 kcal")]


def test_half_a_surrogate_pair_costs_its_item_only() -> None:
    for name, value in {"name": '"\\ud83d"', "x": '["\\ude00"]', "\\ud83d": "1", "meal_id": '"\\ude00\\ud83d"'}.items():
        found = read(
            "meals", spelled("meals", json.dumps(MEAL), f'{{"meal_id": "m2", "calories": 1, "{name}": {value}}}')
        )
        assert list(found.stamped.indexes) == [0]
        assert found.rejected == [Rejection(1, None, None, "not Unicode: half a surrogate pair")]
        whole = batch([MEAL], batch_id="\ud83d")
        assert refusal(whole) == (None, "not Unicode: half a surrogate pair")


def test_a_whole_surrogate_pair_is_a_character() -> None:
    found = read("meals", spelled("meals", '{"meal_id": "m1", "calories": 1, "name": "\\ud83c\\udf55"}'))
    assert found.stamped.items[0] == Meal(meal_id="m1", calories=1, name="\N{SLICE OF PIZZA}")


def test_of_a_key_said_twice_the_last_one_counts_on_either_way() -> None:
    twice = '{"meal_id": "m1", "calories": 5, "calories": 7}'
    for items in ([twice], [twice, "null"]):
        assert read("meals", spelled("meals", *items)).stamped.items[0] == Meal(meal_id="m1", calories=7)


def test_fields_that_are_not_known_are_left_out_and_said() -> None:
    long = "x" * 70
    found = read("meals", batch([MEAL, MEAL | {"proteins": 7, long: {}}], app_version="3.1"))
    assert list(found.stamped.items) == [Meal(meal_id="m1", calories=150)] * 2
    assert found.rejected == []
    assert found.ignored == [Ignored(None, "app_version"), Ignored(1, "proteins"), Ignored(1, "x" * 64)]


def test_a_receipt_fits_into_a_message_whatever_the_batch() -> None:
    many = {f"x{number}": 0 for number in range(80_000)}
    for items in ([MEAL | many], [{"meal_id": "\x01" * 64, "x" * 64: 0}] * 1_000):
        found = read("meals", batch(items, **{"\x01" * 64: 0}, batch_id="b1"))
        assert len(found.ignored) <= 100
        receipt = Receipt("b1", "stored", len(found.stamped.items), found.rejected, ignored=found.ignored)
        assert len(receipt.encode()) < MAX_BATCH_BYTES
    assert Ignored(None, "y") in read("meals", batch([MEAL | many], y=0)).ignored


def test_a_rejected_item_is_not_said_to_be_stored_without_a_field() -> None:
    assert read_items("meals", {"calories": 5, "proteins": 7}).ignored == []


def test_an_id_that_is_said_back_is_cut() -> None:
    (rejection,) = read_items("meals", MEAL | {"meal_id": "m" * 10_000}).rejected
    assert (rejection.id, rejection.field) == ("m" * 64, "meal_id")


# Times


@pytest.mark.parametrize(
    ("timestamp", "time_ms"),
    [
        ("2026-01-14T18:00:00Z", EVENING_MS),
        ("2026-01-14t18:00:00z", EVENING_MS),
        ("2026-01-14 18:00:00Z", EVENING_MS),
        ("2026-01-14T23:30:00+05:30", EVENING_MS),
        ("2026-01-14T05:00:00-13:00", EVENING_MS),
        ("2026-01-15T08:00:00+14:00", EVENING_MS),
        ("2026-01-14T18:00:00-00:00", EVENING_MS),
        ("2026-01-14T18:00:00.5Z", EVENING_MS + 500),
        ("2026-01-14T18:00:00.001Z", EVENING_MS + 1),
        ("2026-01-14T18:00:00.0019Z", EVENING_MS + 1),
        ("2026-01-14T23:59:59.999999Z", EVENING_MS + 6 * 3_600_000 - 1),
    ],
)
def test_a_time_has_a_zone_and_is_kept_to_the_millisecond(timestamp: str, time_ms: int) -> None:
    of_batch = read("meals", batch([MEAL], timestamp=timestamp))
    of_item = read_items("meals", MEAL | {"timestamp": timestamp})
    assert list(of_batch.stamped.times_ms) == list(of_item.stamped.times_ms) == [time_ms]


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-14T18:00:00",  # whose 18 o'clock?
        "2026-01-14",
        "2026-01-14T18:00Z",
        "2026-01-14T23:59:60Z",  # a leap second: no clock of ours has one
        "2026-01-14T24:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-01-14T18:00:00+24:00",
        "Wed, 14 Jan 2026 18:00:00 GMT",
        "1768413600",
        "",
        1_768_413_600,
        1_768_413_600_000.0,
        {"seconds": 1_768_413_600},
        True,
    ],
)
def test_what_is_no_time_is_refused(timestamp: object) -> None:
    assert refusal(batch([MEAL], timestamp=timestamp)) == ("timestamp", f"is required and {NO_TIME}")
    assert refusals("meals", MEAL | {"timestamp": timestamp}) == [(0, "timestamp", NO_TIME)]


def test_a_time_of_an_item_comes_before_the_offset_and_that_before_the_batch() -> None:
    items = [{"bpm": 60}, {"bpm": 61, "time": 1.5}, {"bpm": 62, "time": 9, "timestamp": spell(EVENING_MS - 250)}]
    found = read_items("heart_rate", *items)
    assert list(found.stamped.times_ms) == [EVENING_MS, EVENING_MS + 1_500, EVENING_MS - 250]


@pytest.mark.parametrize("offset", [-0.001, 604_800.001, "1", [], True])
def test_an_offset_is_up_to_a_week_of_seconds(offset: object) -> None:
    assert refusals("heart_rate", {"bpm": 60, "time": 604_800}) == []
    expected = [(0, "time", "must be a number from 0 to 604800 s")]
    assert refusals("heart_rate", {"bpm": 60, "time": offset}) == expected


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_are_beyond_the_horizon(timestamp: str) -> None:
    ((_, field, reason),) = refusals("meals", MEAL | {"timestamp": timestamp})
    assert field == "timestamp"
    assert "older" in reason or "ahead" in reason


def test_the_horizon_ends_are_included() -> None:
    horizon = Horizon.at(EVENING_MS, retention_days=30)
    oldest, newest = EVENING_MS - 30 * 86_400_000, EVENING_MS + MAX_AHEAD_MS
    times = [oldest - 1, oldest, EVENING_MS, newest, newest + 1]
    items = [MEAL | {"meal_id": f"m{at}", "timestamp": spell(time)} for at, time in enumerate(times)]
    found = read("meals", batch([*items, "no item"]), horizon)
    assert list(found.stamped.times_ms) == times[1:4]
    assert list(found.stamped.indexes) == [1, 2, 3]
    assert found.rejected == [
        Rejection(0, "m0", "timestamp", "is older than the data that this installation keeps"),
        Rejection(4, "m4", "timestamp", "is more than 24 hours ahead of the server's clock"),
        Rejection(5, None, None, "must be a JSON object"),
    ]


def test_an_offset_beyond_the_horizon_is_refused_too() -> None:
    found = read("heart_rate", batch([{"bpm": 60, "time": 86_401}]), Horizon.at(EVENING_MS, 30))
    assert [rejection.reason for rejection in found.rejected] == ["is more than 24 hours ahead of the server's clock"]
    assert len(found.stamped.items) == 0


# Whatever comes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def near_batches(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """Batches of which any field may be anything."""
    kind = draw(st.sampled_from(list(CATALOGUE)))
    fields = [*CATALOGUE[kind].item.__struct_fields__, "x"]
    items = draw(
        st.lists(
            st.builds(
                lambda changes: LEAST[kind] | changes, st.dictionaries(st.sampled_from(fields), json_values, max_size=2)
            )
            | json_values,
            max_size=4,
        )
    )
    changes = draw(st.dictionaries(st.sampled_from([*batch([]), "batch_id", "x"]), json_values, max_size=1))
    return kind, batch(items) | changes


@given(near_batches())
def test_whatever_a_batch_holds_each_item_is_stored_or_rejected_with_a_reason(near: tuple[str, dict[str, Any]]) -> None:
    kind, published = near
    try:
        found = read(kind, published)
    except BatchRejected:
        return
    indexes = [*found.stamped.indexes, *(rejection.index for rejection in found.rejected)]
    assert sorted(indexes) == list(range(len(published["items"])))
    for rejection in found.rejected:
        assert rejection.reason
        assert rejection.field is None or rejection.field in CATALOGUE[kind].item.__struct_fields__


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | json_values.map(json.dumps).map(str.encode))
def test_whatever_bytes_come_nothing_worse_than_a_refusal_follows(payload: bytes) -> None:
    assert refusal(payload)[1]


# Reasons

SENTINEL = "4711"
hostile = st.sampled_from(
    [
        SENTINEL,
        int(SENTINEL * 6),
        -float(SENTINEL),
        float(f"1e{SENTINEL[:2]}") + int(SENTINEL),
        [SENTINEL],
        {SENTINEL: SENTINEL},
        SENTINEL * 200,
        f"at `$.x{SENTINEL}`",
        f"2026-01-14T18:00:00.{SENTINEL}",
        f"Object missing required field `x{SENTINEL}`",
        f"- at `$.x{SENTINEL}` - at `$.calories`",
        f"x{SENTINEL}: reason",
        f"\n - at `$.x{SENTINEL}`\n",
        f"\ud83d{SENTINEL}",
    ]
)
places = st.sampled_from(
    [
        (kind.name, field)
        for kind in CATALOGUE.values()
        for field in ("timestamp", "time", *(stored.name for stored in kind.fields if stored.name != kind.id_field))
    ]
)


@given(places, hostile)
@example(("meals", "meal_type"), f"at `$.x{SENTINEL}`")
@example(("meals", "meal_type"), f"Object missing required field `x{SENTINEL}`")
def test_a_reason_never_repeats_a_value(place: tuple[str, str], value: object) -> None:
    kind, field = place
    for rejection in read_items(kind, LEAST[kind] | {field: value}, LEAST[kind]).rejected:
        assert SENTINEL not in f"{rejection.reason} {rejection.field} {rejection.id}"
        assert rejection.index == 0


@given(st.sampled_from(["user_id", "timestamp", "source_device", "items", "batch_id"]), hostile)
def test_a_refusal_never_repeats_a_value(field: str, value: object) -> None:
    field_at_fault, reason = refusal(batch(["no item"]) | {"user_id": "bob"} | {field: value})
    assert SENTINEL not in f"{reason} {field_at_fault}"


@given(hostile)
def test_what_a_refusal_says_can_go_into_any_json(value: object) -> None:
    for rejection in read_items("meals", {"meal_id": value}, MEAL).rejected:
        assert msgspec.json.encode(rejection)
