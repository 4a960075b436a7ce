"""What is wrong is said in words of ours."""

from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from api.expectations import _PYDANTICS, _WORDS, expectation
from api.moments import Moment
from api.window import Date


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


def refused(value: object) -> object:
    raise ValueError("must be of our liking")


def words(kind: Any, value: object) -> set[str]:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value)
    return {expectation(found) for found in raised.value.errors()}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Wanted, {}, "is required"),
        (Wanted, {"name": "x", "nam": "x"}, "is not known here: leave it out"),
        (Wanted, [], "must be a JSON object"),
        (dict[str, int], 1, "must be a JSON object"),
        (list[int], 1, "must be a list"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "must have 2 entries or fewer"),
        (str, 1, "must be a text"),
        (Annotated[str, Field(min_length=2)], "x", "must have 2 characters or more"),
        (Annotated[str, Field(max_length=2)], "xxx", "must have 2 characters or fewer"),
        (Annotated[str, Field(pattern="^[0-9]{6}$")], "x", "must match the regular expression ^[0-9]{6}$"),
        (Literal["red", "blue"], "x", "must be 'red' or 'blue'"),
        (Colour, "x", "must be 'red' or 'blue'"),
        (int, "x", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (int, None, "must be a whole number"),
        (float, "x", "must be a number"),
        (Annotated[float, Field(allow_inf_nan=False)], float("nan"), "must be a number"),
        (Annotated[int, Field(ge=1)], 0, "must be 1 or more"),
        (Annotated[float, Field(le=250)], 251.0, "must be 250 or less"),
        (Annotated[float, Field(gt=0.5)], 0.5, "must be above 0.5"),
        (Annotated[int, Field(lt=2**31)], 2**31, "must be below 2147483648"),
        (bool, "x", "must be true or false"),
        (date, "x", "must be a date such as 2026-01-14"),
        (date, 1.5, "must be a date such as 2026-01-14"),
        (Date, "x", "must be a date such as 2026-01-14, of the years 1970 to 2199"),
        (Annotated[str, AfterValidator(refused)], "x", "must be of our liking"),
        (bytes, 1, "can't be used"),
    ],
)
def test_what_is_wrong_is_said_as_what_it_must_be(kind: Any, value: object, expected: str) -> None:
    assert words(kind, value) == {expected}


def test_a_moment_has_words_of_its_own() -> None:
    assert all(said.startswith("must be RFC 3339 with a zone") for said in words(Moment, "yesterday"))


def test_every_error_in_the_table_is_one_of_pydantics() -> None:
    assert set(_WORDS) <= _PYDANTICS


def test_the_words_name_nothing_that_their_error_does_not_tell() -> None:
    examples: dict[str, Any] = {each["type"]: each for each in list_all_errors()}
    for name in _WORDS.keys() - {"value_error"}:
        found = {"type": name, "msg": "", "ctx": examples[name].get("example_context") or {}}
        assert "{" not in expectation(found).replace("^[0-9]{6}$", "")
