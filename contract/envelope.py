"""The batch as it comes over the wire."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from contract.items import Item

MAX_ITEMS = 1_000
MAX_BATCH_ID = 64
MAX_BATCH_BYTES = 1_048_576
"""A thousand items with every field set stay well below; the broker refuses more."""

ItemT = TypeVar("ItemT", bound=Item)

# No control characters (they would be invisible in every board) and no backslash, which line protocol can't escape in
# a tag. A look-ahead, since Python's `$` would let a trailing newline through.
SourceDevice = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        pattern=r"^(?![\s\S]*[\x00-\x1f\x7f\\])",
        description="Make and model, or a name; no control characters and no backslash.",
    ),
]
BatchId = Annotated[str, Meta(min_length=1, max_length=MAX_BATCH_ID, description="Comes back in the receipt.")]


class Batch(Struct, Generic[ItemT], forbid_unknown_fields=True, gc=False):
    """What a device publishes: 1 to 1000 items of one kind."""

    user_id: Annotated[str, Meta(description="Must equal the topic's.")]
    timestamp: Annotated[
        datetime, Meta(tz=True, description="RFC 3339 with zone; the time of items without their own.")
    ]
    source_device: SourceDevice
    items: Annotated[list[ItemT], Meta(min_length=1, max_length=MAX_ITEMS)]
    batch_id: BatchId | None = None
