"""Answers as JSON."""

import json
from datetime import UTC, date, datetime
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from api.pages import json_response, reckoned, rounded


class Told(Struct, omit_defaults=True):
    day: date
    at: datetime
    figures: dict[str, float]
    series: tuple[float | None, ...] = ()
    number: int = 0


TOLD = Told(date(2026, 1, 14), datetime(2026, 1, 14, tzinfo=UTC), {"a": 0.1 + 0.2, "b": float("nan")}, (None, 2 / 3), 7)


def json_of(response: Any) -> Any:
    return json.loads(response.body)


def test_what_was_worked_out_goes_out_with_six_significant_digits() -> None:
    assert json_of(reckoned(TOLD)) == {
        "day": "2026-01-14",
        "at": "2026-01-14T00:00:00Z",
        "figures": {"a": 0.3, "b": None},
        "series": [None, 0.666667],
        "number": 7,
    }
    assert reckoned(TOLD, total=3).headers["X-Total-Count"] == "3"


def test_what_was_stored_goes_out_as_it_is() -> None:
    assert json_of(json_response(TOLD))["figures"]["a"] == 0.30000000000000004


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.30000000000000004, 0.3),
        (-12345.678, -12345.7),
        (999_999.7, 1_000_000.0),
        (1_234_567.8, 1_234_568.0),
        (1.23456789e-9, 1.23457e-9),
        (10_412.0, 10_412.0),
        (123_456_789.0, 123_456_789.0),
        (True, True),
        (2**60, 2**60),
        ("0.30000000000000004", "0.30000000000000004"),
    ],
)
def test_numbers_have_as_many_digits_as_tell_something(number: object, shown: object) -> None:
    assert rounded(number) == shown
    assert type(rounded(number)) is type(number)


@given(st.floats(allow_nan=False))
def test_no_number_is_changed_by_more_than_its_seventh_digit(number: float) -> None:
    assert isclose(rounded(number), number, rel_tol=5e-6)
    assert rounded(rounded(number)) == rounded(number)
