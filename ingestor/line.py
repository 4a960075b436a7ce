"""The line in which parcels wait for a writer, joined by size or age."""

import asyncio
import time
from collections.abc import Callable

from ingestor.parcel import Parcel

OVERHEAD_BYTES = 100
"""What a message counts beside its topic and payload."""


class Line:
    """First in, first out, for one taker; a group leaves when it is large enough, old enough, or when the line closes.

    Args:
        group_bytes: a group leaves as soon as its messages have this many bytes.
        group_age_s: or when its first parcel has waited this long, in seconds.
        clock: monotonic seconds, as in `Parcel.received_s`.
    """

    def __init__(self, group_bytes: int, group_age_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._group_bytes = group_bytes
        self._group_age_s = group_age_s
        self._clock = clock
        self._parcels: list[Parcel] = []
        self._bytes = 0
        self._changed = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._parcels)

    @property
    def is_closed(self) -> bool:
        """Nothing may join any more."""
        return self._closed

    def put(self, parcel: Parcel) -> None:
        """Join the end."""
        self._parcels.append(parcel)
        self._bytes += _size(parcel)
        if len(self._parcels) == 1 or self._bytes >= self._group_bytes:
            self._changed.set()

    def close(self) -> None:
        """What waits leaves at once, and `take` returns nothing after it."""
        self._closed = True
        self._changed.set()

    def clear(self) -> list[Parcel]:
        """Forget all that waits, and tell what it was."""
        parcels, self._parcels, self._bytes = self._parcels, [], 0
        return parcels

    async def take(self) -> list[Parcel]:
        """The next group; empty only when the line is closed and empty."""
        while not self._is_due():
            self._changed.clear()
            await self._wait_for_change()
        return self._leave()

    def _is_due(self) -> bool:
        if self._closed or self._bytes >= self._group_bytes:
            return True
        return bool(self._parcels) and self._age_s() >= self._group_age_s

    def _age_s(self) -> float:
        return self._clock() - self._parcels[0].received_s

    async def _wait_for_change(self) -> None:
        remaining_s = self._group_age_s - self._age_s() if self._parcels else None
        try:
            async with asyncio.timeout(remaining_s):
                await self._changed.wait()
        except TimeoutError:
            return  # the group has come of age

    def _leave(self) -> list[Parcel]:
        """The first parcels, up to the size of a group."""
        if self._bytes <= self._group_bytes:
            return self.clear()
        size = count = 0
        while size < self._group_bytes:
            size += _size(self._parcels[count])
            count += 1
        group, self._parcels = self._parcels[:count], self._parcels[count:]
        self._bytes -= size
        return group


def _size(parcel: Parcel) -> int:
    # An empty message takes room, too, or a flood of them would be one group; and a topic may be as long as a batch.
    return len(parcel.delivery.payload) + len(parcel.delivery.topic) + OVERHEAD_BYTES
