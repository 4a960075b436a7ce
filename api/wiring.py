"""What the endpoints work with, and how they get at it."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from api.bodies import BodyRoom
from api.options import ApiOptions
from api.uplink import Uplink
from storage.series.protocol import SeriesStore


class Checkable(Protocol):
    """What can say whether it answers; the records database does."""

    async def check(self) -> None:
        """Return if it answers, else raise."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts that the endpoints of one application share.

    Attributes:
        bodies: takes in the bodies of uploads.
        uploads: a place for each upload that may wait for its receipt.
    """

    options: ApiOptions
    uplink: Uplink
    series: SeriesStore
    records: Checkable
    registry: CollectorRegistry
    bodies: BodyRoom
    uploads: asyncio.Semaphore


async def wiring_of(request: Request) -> Wiring:
    """Of the application that serves this request."""
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(wiring_of)]
