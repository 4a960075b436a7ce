"""What every item of a batch has, whatever it measures."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

MAX_TIME_OFFSET_S = 7 * 86_400
"""A stream's `time` reaches at most this far beyond its batch's timestamp, in seconds."""


class Item(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One measurement. Its time is its own `timestamp`, else the batch's plus `time`, else the batch's.

    A subclass declares a kind: `KIND` is its name, `ID_FIELD` the field that identifies an item, if it has one.
    What no device uploads says so in `BY_DEVICE`.
    """

    KIND: ClassVar[str]
    ID_FIELD: ClassVar[str | None] = None
    BY_DEVICE: ClassVar[bool] = True

    timestamp: Annotated[datetime, Meta(tz=True, description="RFC 3339 with zone.")] | None = None
    time: (
        Annotated[
            float,
            Meta(
                ge=0,
                le=MAX_TIME_OFFSET_S,
                description="Seconds after the batch's timestamp (streams).",
                extra_json_schema={"unit": "s"},
            ),
        ]
        | None
    ) = None


def require_order(item: Item, *names: str) -> None:
    """Raise ValueError unless the item's fields of these names ascend; those left out don't count."""
    given = [(name, value) for name in names if (value := getattr(item, name)) is not None]
    for (lower, low), (upper, high) in pairwise(given):
        if low > high:
            raise ValueError(f"{lower}: must not exceed {upper}")


def require_any(item: Item, *names: str) -> None:
    """Raise ValueError unless the item has at least one of these fields."""
    if all(getattr(item, name) is None for name in names):
        raise ValueError(f"{names[0]}: at least one of {', '.join(names)} is required")
