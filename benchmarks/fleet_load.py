"""What is asked of a fleet, and what came of it."""

import msgspec


class FleetLoad(msgspec.Struct, frozen=True, kw_only=True):
    """A load.

    Attributes:
        broker_url: the broker's.
        devices: how many.
        per_s: batches a second of all together; connections a second when `seconds` is 0.
        seconds: how long they publish; 0: they only connect.
        pregenerate: the batches are made beforehand.
    """

    broker_url: str
    devices: int
    per_s: float
    seconds: float = 0.0
    pregenerate: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What came of it.

    Attributes:
        published: batches.
        answered: PUBACKs, or connections.
        seconds: from the start to the last.
        cpu_s: the process's work meanwhile.
        peak_rss_bytes: its memory at its peak.
        puback_p99_ms, lateness_p99_ms: from the intended moment, until PUBACK and until the timer acted.
    """

    published: int
    answered: int
    seconds: float
    cpu_s: float
    peak_rss_bytes: int
    puback_p99_ms: float = 0.0
    lateness_p99_ms: float = 0.0

    @property
    def per_s(self) -> float:
        """Answered a second."""
        return self.answered / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time a batch, in microseconds."""
        return self.cpu_s / max(self.published, 1) * 1e6
