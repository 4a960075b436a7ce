"""A tally that can be waited for."""

import asyncio
from collections.abc import Callable

from device_simulator.tally import Tally


class WatchedTally(Tally):
    """Tells when it has changed."""

    def __init__(self) -> None:
        object.__setattr__(self, "changed", asyncio.Event())
        super().__init__()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        self.changed.set()

    async def wait(self, enough: Callable[[Tally], bool]) -> None:
        """Until it is so."""
        while not enough(self):
            self.changed.clear()
            await self.changed.wait()

    changed: asyncio.Event
