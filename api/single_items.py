"""Storing one measurement that came over HTTP with names and units of its own: as a batch of one, by the broker.

Its body is converted to the contract's names and units here, and judged where every batch is. What the ingestor says of
a field is told by the name that the body has for it; names that nobody knows are told of in the receipt's `ignored`, as
they are for batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

import msgspec
from fastapi import Response
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from api.access import Caller
from api.addressing import Upload
from api.bodies import JSON
from api.moments import Moment
from api.problems import ParameterError, ProblemError
from api.uploads import deliver
from api.wiring import Wiring
from contract.catalogue import Kind
from contract.receipts import Ignored, Receipt, Rejection
from contract.taking_apart import MAX_IGNORED

BY_HAND = "by hand"
"""The source device of what says none."""

# As `contract.envelope.SourceDevice`, in the syntax of pydantic's regular expressions, which has no look-ahead.
DeviceName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f\\]+$",
        description="Which device measured it; no control characters and no backslash.",
    ),
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""Neither a text nor true or false."""


class SingleBody(BaseModel):
    """What every such body has."""

    model_config = ConfigDict(extra="allow")

    device_id: DeviceName = BY_HAND

    @property
    def unknown(self) -> list[str]:
        """Names that mean nothing here."""
        return list(self.model_extra or ())


class TimedBody(SingleBody):
    """A body with the moment of its measurement."""

    timestamp: Annotated[Moment, Field(description="RFC 3339 with zone.")]


@dataclass(frozen=True, slots=True)
class Single:
    """One measurement in the contract's names and units.

    Attributes:
        kind: of measurement.
        timestamp: when it was measured.
        source_device: by which device.
        fields: of the item; those that are None are left out.
        names: what a field is called in the body, where that is not the same.
        unknown: names of the body that mean nothing.
    """

    kind: Kind
    timestamp: datetime
    source_device: str
    fields: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    unknown: Sequence[str] = ()


async def store(wiring: Wiring, caller: Caller, single: Single) -> Response:
    """Have it stored as the caller's own; the response to them.

    Raises:
        ProblemError: 422, it can't be, with the field at fault.
        BrokerUnavailable: not confirmed: to be sent again.
    """
    receipt = await deliver(wiring, _upload(single, caller.id))
    if receipt.status == "rejected":
        raise _problem(single, receipt)
    ignored = [Ignored(0, name[:64]) for name in single.unknown[:MAX_IGNORED]]
    return Response(structs.replace(receipt, ignored=ignored).encode(), 201, media_type=JSON)


def _upload(single: Single, user_id: str) -> Upload:
    batch_id = str(uuid4())
    batch = {
        "user_id": user_id,
        "timestamp": single.timestamp,
        "source_device": single.source_device,
        "batch_id": batch_id,
        "items": [{name: value for name, value in single.fields.items() if value is not None}],
    }
    return Upload(single.kind, user_id, batch_id, msgspec.json.encode(batch))


def _problem(single: Single, receipt: Receipt) -> ProblemError:
    if not receipt.rejected:
        return ProblemError(422, receipt.reason or "it can't be stored")
    errors = [_error(single, each) for each in receipt.rejected]
    return ProblemError(422, "the measurement can't be stored", field=errors[0].parameter, errors=errors)


def _error(single: Single, rejection: Rejection) -> ParameterError:
    name = rejection.field or "item"
    return ParameterError(single.names.get(name, name), rejection.reason)
