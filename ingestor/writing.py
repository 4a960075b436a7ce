"""Writing that does not give up: repeated while a store is away, and taken apart when it refuses.

The rules of this file:

1. `StoreUnavailable` is no answer: the same write is tried again, with growing pauses, until there is one.
2. `WriteRefused` says that some point will never be stored. The write is halved until the points at fault stand
   alone; all others are stored. Writing is idempotent, so what a store took of a refused write does no harm.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from contract.errors import StoreUnavailable, WriteRefused
from contract.receipts import Rejection
from contract.stamping import StampedBatch
from ingestor.parcel import Parcel

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between tries, in seconds: each twice the one before, with jitter, up to the longest."""

    first_s: float
    most_s: float

    def pauses(self) -> Iterator[float]:
        """Without end."""
        pause = self.first_s
        while True:
            yield pause * random.uniform(0.5, 1)  # noqa: S311  # spreads load; guards nothing
            pause = min(pause * 2, self.most_s)


async def persist(
    name: str, attempt: Callable[[], Awaitable[None]], backoff: Backoff, on_retry: Callable[[str], None]
) -> None:
    """Rule 1: repeat an attempt until it returns.

    Raises:
        WriteRefused: the attempt's own answer.
    """
    for tries, pause in enumerate(backoff.pauses(), start=1):
        try:
            await attempt()
        except StoreUnavailable as error:
            on_retry(name)
            # Once at the start of an outage and then at the pace of the longest pause: no flood.
            log.warning("store unavailable, holding acknowledgements", store=name, tries=tries, error=str(error))
            await asyncio.sleep(pause)
        else:
            if tries > 1:
                log.info("store is back", store=name, tries=tries)
            return


Portion = tuple[Parcel, StampedBatch]
"""Items to store, and the parcel that they came with."""


async def write_all(portions: Sequence[Portion], write: Callable[[Sequence[StampedBatch]], Awaitable[None]]) -> None:
    """Rule 2: store all that can be stored; the rest is noted in its parcel's `refused`.

    Args:
        portions: what to store.
        write: stores all of what it gets, or raises WriteRefused.
    """
    if not portions:
        return
    try:
        await write([batch for _, batch in portions])
    except WriteRefused as error:
        halves = _halves(portions)
        for half in halves:
            await write_all(half, write)
        if not halves:
            _note_refusal(*portions[0], error)


def _halves(portions: Sequence[Portion]) -> list[Sequence[Portion]]:
    if len(portions) > 1:
        middle = len(portions) // 2
        return [portions[:middle], portions[middle:]]
    parcel, batch = portions[0]
    size = len(batch.items)
    if size == 1:
        return []
    return [[(parcel, batch.only(range(size // 2)))], [(parcel, batch.only(range(size // 2, size)))]]


def _note_refusal(parcel: Parcel, batch: StampedBatch, error: WriteRefused) -> None:
    log.warning("the database refuses a point", kind=batch.kind.name, error=str(error))
    item_id = batch.kind.id_of(batch.items[0])
    parcel.refused.append(Rejection(batch.indexes[0], item_id, None, "the database refuses it"))
