"""Whether the broker is still there (MQTT 5, section 3.1.2.10), without a clock of its own."""

from enum import Enum, auto


class Pulse(Enum):
    """What is to be done about the broker's silence."""

    CALM = auto()
    ASK = auto()
    LOST = auto()


class KeepAlive:
    """Times in seconds of a monotonic clock.

    Args:
        period_s: longest silence of either side before the broker is asked for a sign of life; 0: any.
        now: when the connection began.
    """

    __slots__ = ("_asked_at", "_heard_at", "_said_at", "period_s")

    def __init__(self, period_s: float, now: float) -> None:
        self.period_s = period_s
        self._heard_at = self._said_at = now
        self._asked_at: float | None = None

    def heard(self, now: float) -> None:
        """Bytes came; whatever they are, the broker lives."""
        self._heard_at = now
        self._asked_at = None

    def said(self, now: float) -> None:
        """Bytes went out."""
        self._said_at = now

    @property
    def due(self) -> float | None:
        """When to call `check`; None: never."""
        if not self.period_s:
            return None
        if self._asked_at is not None:
            return self._asked_at + self.period_s / 2
        # Our own silence counts too: the broker ends connections that say nothing. So does the broker's alone, or a
        # device that publishes all the time at QoS 0 would never notice that nobody listens.
        return min(self._heard_at, self._said_at) + self.period_s

    def check(self, now: float) -> Pulse:
        """What to do; after ASK, the question counts as asked."""
        due = self.due
        if due is None or now < due:
            return Pulse.CALM
        if self._asked_at is not None:
            return Pulse.LOST
        self._asked_at = now
        return Pulse.ASK
