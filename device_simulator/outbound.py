"""A device's batches that have left and are not settled, and those that should have left."""

import asyncio
from collections import deque

from device_simulator.flight import Flight
from device_simulator.parcel import Parcel


class Outbound:
    """At most so many are on their way; the others are owed.

    Args:
        limit: how many.

    Attributes:
        flights: batches on their way, by batch id, in the order of their first publish.
        is_unwelcome: the broker will take no more of it.
    """

    __slots__ = ("_freed", "_limit", "_owed", "flights", "is_unwelcome")

    def __init__(self, limit: int) -> None:
        self.flights: dict[str, Flight] = {}
        self.is_unwelcome = False
        self._limit = limit
        self._owed: deque[tuple[float, Parcel | None]] | None = None  # made when needed: most are never late
        self._freed: asyncio.Future[None] | None = None

    @property
    def is_full(self) -> bool:
        """No more may be on their way just now."""
        return len(self.flights) >= self._limit

    @property
    def owed(self) -> int:
        """Batches whose moment has passed, and that could not leave yet."""
        return len(self._owed) if self._owed else 0

    @property
    def unsettled(self) -> int:
        """Batches that are owed or on their way."""
        return len(self.flights) + self.owed

    @property
    def oldest(self) -> Parcel | None:
        """The first of those on their way; else of those that are owed, if it is known which they are."""
        if self.flights:
            return next(iter(self.flights.values())).parcel
        return self._owed[0][1] if self._owed else None

    def forget(self) -> int:
        """Give up what is owed, since the run is over; returns how many batches that was."""
        owed, self._owed = self.owed, None
        return owed

    def dismiss(self) -> None:
        """The broker will take no more of it: there is nothing to wait for."""
        self.is_unwelcome = True
        self._tell_freed()

    async def wait_room(self) -> None:
        """Wait until another batch may be on its way, or never will be."""
        while self.is_full and not self.is_unwelcome:
            await self._wait_freed()

    async def wait_empty(self) -> None:
        """Wait until every batch is settled, those that are owed too, or never will be."""
        while self.unsettled and not self.is_unwelcome:
            await self._wait_freed()

    def _postpone(self, due_s: float, parcel: Parcel | None) -> None:
        if self._owed is None:
            self._owed = deque()
        self._owed.append((due_s, parcel))

    def _tell_freed(self) -> None:
        if self._freed is not None:
            self._freed.set_result(None)
            self._freed = None

    async def _wait_freed(self) -> None:
        if self._freed is None:
            self._freed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._freed)
