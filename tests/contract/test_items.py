"""The items of a batch: each is stored or rejected on its own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.catalogue import CATALOGUE
from contract.envelope import MAX_BATCH_BYTES
from contract.kinds import Meal
from contract.receipts import Ignored, Receipt, Rejection
from tests.contract.batches import (
    LEAST,
    batch,
    read,
    read_items,
    refusal,
    spelled,
)

MEAL = LEAST["meals"]


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
