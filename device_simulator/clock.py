"""The time that simulated people live in."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


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
        monotonic: a steady clock, seconds.
    """

    start_ms: int
    speed: float = 1.0
    wall: Callable[[], int] = wall_ms
    monotonic: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_began", self.monotonic())

    def now_ms(self) -> int:
        """The simulated time."""
        lived_ms = (self.monotonic() - self._began) * 1000 * self.speed
        return min(self.start_ms + int(lived_ms), self.wall())

    def wait_s(self, due_ms: int) -> float:
        """Real seconds until the simulated time is `due_ms`; 0 if it is or was."""
        lived_s = (due_ms - self.start_ms) / 1000 / self.speed - (self.monotonic() - self._began)
        return max(lived_s, (due_ms - self.wall()) / 1000, 0.0)
