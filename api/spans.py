"""The span of time that items are asked for: `start` and `end`, moments of which the second is beyond."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.moments import Moment, first_ms
from api.problems import ProblemError
from contract.catalogue import Kind
from storage.series.protocol import Selection


@dataclass(frozen=True, slots=True)
class Span:
    """Milliseconds since 1970 UTC; None: without an end on this side.

    Attributes:
        start_ms: the earliest time of an item.
        end_ms: the first time beyond.
    """

    start_ms: int | None
    end_ms: int | None

    def of(self, kind: Kind, user_id: str, source_device: str | None = None) -> Selection:
        """Somebody's items in it, of one device or all."""
        return Selection(kind, user_id, self.start_ms, self.end_ms, source_device)


def _span(
    start: Annotated[Moment | None, Query(description="Earliest time of an item; RFC 3339 with zone.")] = None,
    end: Annotated[Moment | None, Query(description="First time beyond; RFC 3339 with zone.")] = None,
) -> Span:
    if start is not None and end is not None and start >= end:
        raise ProblemError(422, "start must be before end")
    return Span(None if start is None else first_ms(start), None if end is None else first_ms(end))


Spanned = Annotated[Span, Depends(_span)]
