"""How an ingestor works: its place at the broker, and how much it takes at once."""

from dataclasses import dataclass

from contract import topics
from contract.stamping import RetentionDays


@dataclass(frozen=True, slots=True)
class IngestorOptions:
    """How batches are joined and how much is in hand.

    Attributes:
        share: name of the group that shares the telemetry; None: this ingestor takes all of it.
        retention_days: items older than this are rejected; it may differ by kind.
        write_bytes: a write is sent when payloads of this many bytes wait for it.
        write_age_s: or when the oldest batch has waited this long, in seconds.
        writes_in_flight: at most this many at once.
        receive_max: messages in hand, beyond which nothing more is read from the broker.
        held_bytes: payload bytes in hand, likewise.
        retry_first_s: wait before a failed write is tried again; doubles up to `retry_most_s`, in seconds.
        retry_most_s: longest such wait, in seconds.
    """

    share: str | None = None
    retention_days: int | RetentionDays = 1_095
    write_bytes: int = 524_288
    write_age_s: float = 0.02
    writes_in_flight: int = 2
    receive_max: int = 4_000
    held_bytes: int = 8 * 1_048_576
    retry_first_s: float = 0.1
    retry_most_s: float = 5.0

    @property
    def topic_filter(self) -> str:
        """What it subscribes to."""
        return topics.shared(self.share, topics.TELEMETRY_FILTER) if self.share else topics.TELEMETRY_FILTER
