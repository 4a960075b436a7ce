"""Every kind, whatever it is: a kind that is added tomorrow is held to the same."""

import math
import re
from typing import Any

import pytest

from contract.catalogue import CATALOGUE, Field, Kind
from contract.daily import Day
from contract.items import Item
from tests.contract.batches import LEAST, read_items, refusals

UNITS = {
    "_g": "g", "_mg": "mg", "_kg": "kg", "_min": "min", "_ms": "ms", "_km": "km", "_m": "m", "_w": "W", "_pct": "%",
    "_c": "°C", "_mps": "m/s", "_mmol_l": "mmol/L", "_bpm": "bpm", "_kcal": "kcal", "_mmhg": "mmHg",
}  # fmt: skip

KINDS = [pytest.param(kind, id=name) for name, kind in CATALOGUE.items()]
FIELDS = [
    pytest.param(kind, field, id=f"{kind.name}.{field.name}") for kind in CATALOGUE.values() for field in kind.fields
]
NUMBERS = [each for each in FIELDS if each.values[1].is_number]  # type: ignore[union-attr]
FREE_TEXTS = [each for each in FIELDS if each.values[1].max_length]  # type: ignore[union-attr]
CHOICES = [each for each in FIELDS if each.values[1].choices]  # type: ignore[union-attr]


def stated_unit(name: str) -> str | None:
    """The unit that a name ends with."""
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)


def accepts(kind: Kind, field: Field, value: Any) -> bool:
    """Whether an item with this value is stored; if not, the reason names the field and what was expected."""
    rejected = refusals(kind.name, LEAST[kind.name] | {field.name: value})
    if rejected:
        assert rejected == [(0, field.name, field.expectation)]
    return not rejected


def test_every_declared_kind_is_listed_by_its_name() -> None:
    declared = [item for item in Item.__subclasses__() if item is not Day]
    assert [kind.item for kind in CATALOGUE.values()] == declared
    assert [kind.name for kind in CATALOGUE.values()] == list(CATALOGUE)
    assert len(CATALOGUE) == len(declared)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_described_and_its_names_fit_topics_and_tables(kind: Kind) -> None:
    assert kind.about
    for name in (kind.name, *(field.name for field in kind.fields)):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert len({field.name for field in kind.fields}) == len(kind.fields)
    assert kind.field("no such field") is None


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_is_a_required_text_and_comes_first(kind: Kind) -> None:
    if kind.id_field is not None:
        first = kind.fields[0]
        assert (first.name, first.required, first.is_number) == (kind.id_field, True, False)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_field_is_a_number_with_bounds_or_a_bounded_text(kind: Kind, field: Field) -> None:
    stated = [field.quantity is not None, bool(field.choices), field.max_length is not None]
    assert stated.count(True) == 1


@pytest.mark.parametrize(("kind", "field"), NUMBERS)
def test_a_number_has_bounds_and_the_unit_that_its_name_ends_with(kind: Kind, field: Field) -> None:
    assert field.quantity is not None
    assert math.isfinite(field.quantity.low)
    assert math.isfinite(field.quantity.high)
    assert field.quantity.low < field.quantity.high
    assert stated_unit(field.name) in {None, field.quantity.unit}


@pytest.mark.parametrize(("kind", "field"), NUMBERS)
def test_both_bounds_of_a_number_are_accepted_and_nothing_beyond(kind: Kind, field: Field) -> None:
    assert field.quantity is not None
    low, high = field.quantity.low, field.quantity.high
    assert accepts(kind, field, low)
    assert accepts(kind, field, high)
    for beyond in (math.nextafter(low, -math.inf), math.nextafter(high, math.inf), math.inf, math.nan, str(low), True):
        assert not accepts(kind, field, beyond)


@pytest.mark.parametrize(("kind", "field"), FREE_TEXTS)
def test_a_text_is_accepted_up_to_its_length_in_characters(kind: Kind, field: Field) -> None:
    assert field.max_length is not None
    assert accepts(kind, field, "\N{GRINNING FACE}" * field.max_length)
    for wrong in ("x" * (field.max_length + 1), 5, ["x"]):
        assert not accepts(kind, field, wrong)


@pytest.mark.parametrize(("kind", "field"), CHOICES)
def test_only_the_choices_are_accepted(kind: Kind, field: Field) -> None:
    for choice in field.choices:
        assert accepts(kind, field, choice)
    for wrong in (f"{field.choices[0]} ", field.choices[0].swapcase(), "", 0):
        assert not accepts(kind, field, wrong)


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_null_means_left_out(kind: Kind, field: Field) -> None:
    base = {name: value for name, value in LEAST[kind.name].items() if name != field.name}
    left_out, null = (refusals(kind.name, item) for item in (base, base | {field.name: None}))
    assert bool(left_out) == bool(null)
    if field.required:
        assert left_out == [(0, field.name, f"is required and {field.expectation}")]
        assert null == [(0, field.name, field.expectation)]


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_and_fractions_are_stored_alike(kind: Kind) -> None:
    for field in kind.fields:
        if field.quantity:
            (item,) = read_items(kind.name, LEAST[kind.name] | {field.name: field.quantity.high}).stamped.items
            assert type(getattr(item, field.name)) is float


def test_a_column_of_the_day_means_one_thing() -> None:
    columns: dict[str, tuple[str, str]] = {}
    for kind in CATALOGUE.values():
        for field in kind.fields:
            for daily in field.quantity.daily if field.quantity else ():
                assert field.quantity is not None
                meaning = (daily.operation, field.quantity.unit)
                assert columns.setdefault(daily.column, meaning) == meaning
                assert stated_unit(daily.column) in {None, field.quantity.unit}


def test_a_condition_of_a_column_of_the_day_can_be_met() -> None:
    conditions = [
        (kind, daily.where)
        for kind in CATALOGUE.values()
        for field in kind.fields
        for daily in (field.quantity.daily if field.quantity else ())
        if daily.where
    ]
    assert conditions
    for kind, (name, value) in conditions:
        found = kind.field(name)
        assert found is not None
        assert value in found.choices
