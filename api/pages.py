"""Parts of lists: how long, from where on, and how many there are in all; and answers as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Query, Response

from api.bodies import JSON
from api.rules import PAGE_DEFAULT, PAGE_MOST

FARTHEST = 2**31
_MILLION = 1e6

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list.

    Attributes:
        limit: at most so many.
        offset: after so many.
    """

    limit: int
    offset: int

    @property
    def end(self) -> int:
        """How many there are up to its end."""
        return self.offset + self.limit

    def of(self, things: Sequence[T]) -> Sequence[T]:
        """What of them is in it."""
        return things[self.offset : self.end]


Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]

LIMIT: int = PAGE_DEFAULT


def _part(limit: Limit = LIMIT, offset: Annotated[int, Query(ge=0)] = 0) -> Part:
    # Beyond what a database takes for a number there is nothing, either.
    return Part(limit, min(offset, FARTHEST))


Paged = Annotated[Part, Depends(_part)]


def reckoned(told: Any, *, total: int | None = None) -> Response:
    """As `json_response`, for what was worked out: numbers with six significant digits, since more tell nothing.

    Whole numbers keep all of theirs. What was stored goes out by `json_response`, as it is.
    """
    return json_response(rounded(msgspec.to_builtins(told)), total=total)


def rounded(told: Any) -> Any:
    """The same JSON, its numbers with six significant digits: 0.30000000000000004 is 0.3, 1234567.8 is 1234568."""
    if isinstance(told, float):
        return float(f"{told:.6g}" if abs(told) < _MILLION else f"{told:.0f}")
    if isinstance(told, dict):
        return {name: rounded(value) for name, value in told.items()}
    return [rounded(each) for each in told] if isinstance(told, list | tuple) else told


def json_response(told: Any, *, total: int | None = None) -> Response:
    """The response that says this; NaN, which JSON does not have, as null.

    Args:
        told: what msgspec knows to write.
        total: how many the whole list has, of which this is a part.
    """
    headers = {} if total is None else {"X-Total-Count": str(total)}
    return Response(msgspec.json.encode(told), headers=headers, media_type=JSON)
