"""What is wrong with something that was sent, in our words: pydantic finds it, and this says what it must be instead.

As in the contract's own (`contract.quantities`): what is expected, never the value that came.
"""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

_PYDANTICS = frozenset(get_args(ErrorType))

_OBJECT, _TEXT, _LIST = "must be a JSON object", "must be a text", "must be a list"
_NUMBER, _WHOLE, _YES_NO = "must be a number", "must be a whole number", "must be true or false"
_DATE = "must be a date such as 2026-01-14"

_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not known here: leave it out",
    "json_invalid": "must be JSON",
    # objects and lists
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "list_type": _LIST,
    "too_short": "must have {min_length} entries or more",
    "too_long": "must have {max_length} entries or fewer",
    # texts
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": "must have {min_length} characters or more",
    "string_too_long": "must have {max_length} characters or fewer",
    "string_pattern_mismatch": "must match the regular expression {pattern}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    # numbers
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    # dates
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    # what our own validators raise
    "value_error": "{error}",
}


def expectation(found: Mapping[str, Any]) -> str:
    """The words for one of pydantic's `errors()`."""
    if words := _WORDS.get(found["type"]):
        return words.format_map({name: _plain(value) for name, value in found.get("ctx", {}).items()})
    # An error of ours (`PydanticCustomError`) has our words already.
    return "can't be used" if found["type"] in _PYDANTICS else str(found["msg"])


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
