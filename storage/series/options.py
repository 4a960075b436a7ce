"""How a series store is reached and what it keeps."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeriesOptions:
    """What a store must know besides where it is.

    Attributes:
        database: InfluxDB's database (1.x, 3) or bucket (2.x); the embedded store has no use for it.
        username: of InfluxDB 1.x, if it asks for one.
        password: of that user.
        token: of InfluxDB 2.x and 3.
        org: organisation of InfluxDB 2.x.
        retention_days: how long points are kept.
        timeout_s: how long an answer may take before the store counts as unavailable, in seconds.
    """

    database: str = "paceline"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    org: str | None = None
    retention_days: int = 1095
    timeout_s: float = 10.0

    @property
    def kept_hours(self) -> int:
        """How long a store that deletes by itself keeps points, in hours.

        A day longer than promised: what is accepted at the very end of the retention must still be written, and an
        item's point lies up to a second before its time.
        """
        return (self.retention_days + 1) * 24

    @property
    def shard_hours(self) -> int | None:
        """How much time a shard of InfluxDB covers, in hours; None: as the server thinks.

        A year of summaries takes half of the work when it lies in 13 shards, where InfluxDB would make 53 of a week
        each. Points are deleted by whole shards: of what is kept for less than a year, four weeks would be too much.
        """
        return 4 * 7 * 24 if self.retention_days >= 365 else None


@dataclass(frozen=True, slots=True)
class Token:
    """A token of InfluxDB 2.x that is for the one bucket and nothing else.

    Attributes:
        holder: who gets it.
        writes: it may also write and delete.
    """

    holder: str
    writes: bool

    @property
    def description(self) -> str:
        """By which it is found again."""
        return f"paceline: {self.holder}"

    @property
    def actions(self) -> tuple[str, ...]:
        """On the bucket."""
        return ("read", "write") if self.writes else ("read",)
