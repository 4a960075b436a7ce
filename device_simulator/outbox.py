"""Batches on their way, without I/O.

The rules of this file:

1. A batch is on its way from `add` to `settle`: until its receipt. The broker's PUBACK does not end it.
2. Without a receipt it is due again after a while that doubles each time.
3. When the connection is new, everything is due: what was said over the old one may never have arrived.
4. At most `most` are on their way, so memory is bounded; whoever adds looks at `is_full` first.
5. Times are seconds of one monotonic clock.
"""

import random
from dataclasses import dataclass

from broker.session import Backoff
from device_simulator.people.uploads import DueBatch


@dataclass(slots=True)
class _Parcel:
    batch: DueBatch
    again_at: float
    attempts: int


class Outbox:
    """See the rules above.

    Args:
        most: batches on their way at a time, 1 or more.
        repeat: how long to wait for a receipt.
        chance: spreads the repeats.
    """

    __slots__ = ("_chance", "_most", "_parcels", "_repeat")

    def __init__(self, most: int, repeat: Backoff, chance: random.Random | None = None) -> None:
        self._most = most
        self._repeat = repeat
        self._chance = chance or random.Random()  # noqa: S311  # spreads load, hides nothing
        self._parcels: dict[str, _Parcel] = {}

    def __len__(self) -> int:
        return len(self._parcels)

    @property
    def is_full(self) -> bool:
        """No more may be added now."""
        return len(self._parcels) >= self._most

    @property
    def oldest(self) -> DueBatch | None:
        """The first added of those on their way."""
        return next((parcel.batch for parcel in self._parcels.values()), None)

    def add(self, batch: DueBatch) -> None:
        """A batch is to be published; it is due at once."""
        self._parcels[batch.batch_id] = _Parcel(batch, again_at=-1.0, attempts=0)

    def settle(self, batch_id: str | None) -> DueBatch | None:
        """A receipt came: the batch that it settles; None: of no batch on its way."""
        parcel = self._parcels.pop(batch_id, None) if batch_id is not None else None
        return parcel.batch if parcel else None

    def start_over(self) -> None:
        """The connection is new."""
        for parcel in self._parcels.values():
            parcel.again_at = -1.0

    def say(self, batch: DueBatch, now: float) -> int:
        """A batch is published now; returns how often it was before."""
        parcel = self._parcels[batch.batch_id]
        before = parcel.attempts
        parcel.again_at = now + self._repeat.delay_s(before, self._chance.random())
        parcel.attempts += 1
        return before

    def due(self, now: float) -> list[DueBatch]:
        """The batches to publish now, in the order in which they were added."""
        return [parcel.batch for parcel in self._parcels.values() if parcel.again_at <= now]
