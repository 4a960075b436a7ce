"""Carries a plan out: each step at its moment, with one timer for all of them."""

import asyncio
from collections.abc import Callable, Iterator
from time import monotonic

from device_simulator.alarm import Alarm
from device_simulator.deeds import Deed, Step
from device_simulator.histogram import Histogram

_FINEST_S = 0.0005
"""Steps that are closer to each other go together: to wake up for each of 35,000 a second would cost more than it."""
_STEPS_A_TURN = 64
"""After so many steps, what the network has brought gets its turn."""


class Pump:
    """Runs a plan; when it can't keep up, steps come late and none is left out.

    Args:
        steps: the plan.
        act: carries out a step: the moment that was intended (`time.monotonic`), the device, the deed.
        lateness: gets how late each step was.
        spare: called when no step is due just now; whether it had something to do.

    Attributes:
        done: resolves when the plan has ended or `stop` was called; fails as `act` or the plan does.
    """

    def __init__(
        self,
        steps: Iterator[Step],
        act: Callable[[float, int, Deed], None],
        lateness: Histogram,
        spare: Callable[[], bool] = lambda: False,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._steps, self._act, self._lateness, self._spare = steps, act, lateness, spare
        self._alarm = Alarm(self._turn)
        self._next: Step | None = None
        self._began = 0.0
        self.done: asyncio.Future[None] = self._loop.create_future()

    def start(self) -> None:
        """The plan's time begins now."""
        self._began = monotonic()
        self._next = next(self._steps, None)
        self._turn()

    async def wait_done(self) -> None:
        """Wait for `done`."""
        await asyncio.shield(self.done)

    def stop(self) -> None:
        """Leave the rest of the plan."""
        self._alarm.close()
        if not self.done.done():
            self.done.set_result(None)

    def _turn(self) -> None:
        try:
            self._take_steps()
        except Exception as error:  # noqa: BLE001  # whoever waits for `done` hears of it
            if not self.done.done():
                self.done.set_exception(error)

    def _take_steps(self) -> None:
        loop, began = self._loop, self._began
        for _ in range(_STEPS_A_TURN):
            if self._next is None:
                self.stop()
            if self._next is None or self.done.done():
                return
            after, device, deed = self._next
            due = began + after
            late = monotonic() - due
            if late < 0:
                if self._spare():
                    break
                self._alarm.set(max(-late, _FINEST_S))
                return
            self._lateness.record_s(late)
            self._act(due, device, deed)
            self._next = next(self._steps, None)
        loop.call_soon(self._turn)
