"""Moments as they are said over HTTP (RFC 3339) and meant in the stores (milliseconds since 1970 UTC)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta
from pydantic import AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MS = 9_000_000_000_000
"""In the year 2255: nanoseconds of 64 bits end in 2262."""


def first_ms(moment: datetime) -> int:
    """The first whole millisecond that is not before a moment; at least 1970, at most what a store can express."""
    return min(max(0, -((_EPOCH - moment) // _MILLISECOND)), _LAST_MS)


def rfc3339(time_ms: int) -> str:
    """`2026-01-14T18:00:00Z`, with milliseconds only if there are some."""
    moment = _EPOCH + time_ms * _MILLISECOND
    text = moment.isoformat(timespec="milliseconds" if time_ms % 1_000 else "seconds")
    return text.replace("+00:00", "Z")


def _read(text: object) -> datetime:
    # By the reader of batches: pydantic's takes Unix seconds and bare dates as well.
    try:
        return msgspec.convert(text, _Zoned)
    except msgspec.ValidationError:
        reason = "must be RFC 3339 with a zone, such as 2026-01-14T18:00:00Z ('+' is written %2B in a URL)"
        raise PydanticCustomError("rfc3339", reason) from None


_Zoned = Annotated[datetime, Meta(tz=True)]
Moment = Annotated[AwareDatetime, BeforeValidator(_read)]
"""A query parameter of this type."""
