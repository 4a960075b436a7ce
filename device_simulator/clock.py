"""The time that simulated people live in."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field


def steady_s() -> float:
    """Seconds of a clock that nobody sets and, where the system has one, that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


def wall_ms() -> int:
    """The real time, milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Simulated time: begins at `start_ms`, runs `speed` times as fast as real time, and never overtakes it.

    Nobody can have lived what lies ahead, and a server refuses what is a day ahead of its own clock.

    Attributes:
        start_ms: simulated time at the beginning, milliseconds since 1970 UTC.
        speed: simulated seconds a real second.
        wall: the real time, milliseconds since 1970 UTC.
        monotonic: a steady clock, seconds; a machine that sleeps must not stop it.
    """

    start_ms: int
    speed: float = 1.0
    wall: Callable[[], int] = wall_ms
    monotonic: Callable[[], float] = steady_s
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_began", self.monotonic())

    def now_ms(self) -> int:
        """The simulated time."""
        lived_ms = (self.monotonic() - self._began) * 1000 * self.speed
        return min(self.start_ms + int(lived_ms), self.wall())

    def wait_s(self, due_ms: int) -> float:
        """Real seconds until the simulated time is `due_ms`; 0 if it is or was."""
        return max(self.until_s(due_ms), 0.0)

    def until_s(self, due_ms: int) -> float:
        """The same, negative if the simulated time was `due_ms` so long ago."""
        lived_s = (due_ms - self.start_ms) / 1000 / self.speed - (self.monotonic() - self._began)
        return max(lived_s, (due_ms - self.wall()) / 1000)
