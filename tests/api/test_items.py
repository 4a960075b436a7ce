import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api.items import item_of, newest_first
from contract.catalogue import CATALOGUE
from storage.series.protocol import Row

GLUCOSE = CATALOGUE["glucose"]


@given(st.floats(0.5, 60))
def test_a_number_goes_out_equal_to_what_came_in(value: float) -> None:
    row = Row(0, 0, "meter", {"glucose_mmol_l": value})
    assert json.loads(msgspec.json.encode(item_of(GLUCOSE, row)))["glucose_mmol_l"] == value


def test_a_whole_number_goes_out_without_a_fraction() -> None:
    row = Row(0, 0, "meter", {"glucose_mmol_l": 5.0, "notes": "7.0"})
    assert msgspec.json.encode(item_of(GLUCOSE, row)).startswith(b'{"glucose_mmol_l":5,"notes":"7.0",')


def test_fields_come_in_the_order_of_their_declaration() -> None:
    row = Row(1_768_413_600_000, 0, "phone", {"fat_g": 1.0, "calories": 2.0, "meal_id": "m"})
    assert list(item_of(CATALOGUE["meals"], row)) == ["meal_id", "calories", "fat_g", "timestamp", "source_device"]


def test_items_of_one_second_are_ordered_by_their_milliseconds() -> None:
    # The points of items with an id say nothing about the order within their second.
    rows = [Row(1_200, 1_900_000_000, "phone"), Row(1_700, 1_100_000_000, "phone")]
    assert [row.time_ms for row in newest_first(rows)] == [1_700, 1_200]
