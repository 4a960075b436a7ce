"""How the insights service works: how long it waits, how much it does at once, how often it looks by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contract import topics
from insights.alerts import AlertOptions


@dataclass(frozen=True, slots=True)
class InsightsOptions:
    """How a process works.

    Attributes:
        share: name of the group that shares the events; None: this process takes all of them.
        retention_days: how far back there are items.
        retention_days_by_kind: where it is less for a kind.
        settle_s: a user's days are worked out this long after the first change, in seconds, so that a burst of
            uploads costs one round.
        group: users whose turns begin and end together.
        at_once: of these, as many are worked on at the same time.
        receive_max: events in hand, beyond which nothing more is read from the broker.
        held_bytes: payload bytes in hand, likewise.
        sweep_s: how often it looks for people who have become other, and for checks that are due, in seconds.
        check_every: how often the days of each user are checked although nobody said that they changed.
        check_patience: a check that somebody began and did not finish is done again after this.
        refresh_every: how often a standing is worked out at least.
        alerts: what people are alerted to, and when.
        retry_s: wait before something is tried again while a store is away, in seconds.
    """

    share: str | None = None
    retention_days: int = 1_095
    retention_days_by_kind: Mapping[str, int] = field(default_factory=dict)
    settle_s: float = 2.0
    group: int = 64
    at_once: int = 8
    receive_max: int = 1_000
    held_bytes: int = 16 * 1_048_576
    sweep_s: float = 5.0
    check_every: timedelta = timedelta(days=1)
    check_patience: timedelta = timedelta(minutes=15)
    refresh_every: timedelta = timedelta(hours=1)
    alerts: AlertOptions = field(default_factory=AlertOptions)
    retry_s: float = 1.0

    @property
    def topic_filter(self) -> str:
        """What it subscribes to."""
        return topics.shared(self.share, topics.EVENTS_STORED) if self.share else topics.EVENTS_STORED
