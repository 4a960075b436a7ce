"""What the ingestor tells Prometheus."""

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingestor.parcel import Parcel

WRITE_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LAG_BUCKETS_S = (1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800)

AHEAD_S = {"1 h": 3_600, "10 min": 600, "1 min": 60, "5 s": 5}
"""How far a device's clock is ahead, at least, the farthest first; in seconds. Less is how exact clocks are."""


class IngestorMetrics:
    """Counters and gauges of one ingestor; counted once a write, not once a message."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.messages = Counter(
            "paceline_ingest_messages", "Messages acknowledged, by what became of them.", ["outcome"], registry=registry
        )
        self.items = Counter("paceline_ingest_items", "Items confirmed by the database.", ["kind"], registry=registry)
        self.dead_letters = Counter(
            "paceline_ingest_dead_letters",
            "Messages of which something could not be stored.",
            ["cause"],
            registry=registry,
        )
        self.write_seconds = Histogram(
            "paceline_ingest_write_seconds", "Time of one confirmed write.", buckets=WRITE_BUCKETS_S, registry=registry
        )
        self.retries = Counter(
            "paceline_ingest_retries", "Writes that had to be repeated, by store.", ["store"], registry=registry
        )
        self.lag_seconds = Histogram(
            "paceline_ingest_lag_seconds",
            "From a batch's newest item to its confirmed write: of each write, the batch that is furthest behind.",
            buckets=LAG_BUCKETS_S,
            registry=registry,
        )
        self.ahead = Counter(
            "paceline_ingest_batches_ahead",
            "Batches that speak of a time later than the moment at which they came: their device's clock is ahead.",
            ["more_than"],
            registry=registry,
        )
        # There from the beginning: of a counter that begins with its first batch, Prometheus sees no increase.
        self._ahead_by = {limit_s: self.ahead.labels(limit) for limit, limit_s in AHEAD_S.items()}
        self.events_refused = Counter(
            "paceline_ingest_events_refused",
            "Events that the broker refused: of what they tell, the summaries learn from the daily check.",
            registry=registry,
        )
        self.unacknowledged = Gauge(
            "paceline_ingest_unacknowledged", "Messages in hand that the broker waits for.", registry=registry
        )
        self.oldest_seconds = Gauge(
            "paceline_ingest_oldest_unacknowledged_seconds", "Age of the oldest message in hand.", registry=registry
        )

    def watch(self, unacknowledged: Callable[[], int], oldest_s: Callable[[], float]) -> None:
        """Ask for these two at each scrape."""
        self.unacknowledged.set_function(unacknowledged)
        self.oldest_seconds.set_function(oldest_s)

    def count_retry(self, store: str) -> None:
        """A write to this store had to be repeated."""
        self.retries.labels(store).inc()

    def count(self, parcels: Sequence[Parcel], now_ms: int, now_s: float) -> None:
        """Count parcels that are done.

        Args:
            parcels: in the order in which they came; at least one.
            now_ms: milliseconds since 1970 UTC.
            now_s: the same moment on the monotonic clock, as in `Parcel.received_s`.
        """
        items: dict[str, int] = {}
        outcomes: dict[str, int] = {}
        oldest_ms = now_ms
        # Of nearly all batches this one comparison says that their clocks are well.
        suspect_ms = now_ms - 1_000 * (now_s - parcels[0].received_s - min(self._ahead_by))
        for parcel in parcels:
            reading, stamped, is_clean = parcel.reading, parcel.stamped, parcel.is_clean
            outcome = "stored" if is_clean else "partly" if parcel.stored else "rejected"
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if stamped:
                items[stamped.kind.name] = items.get(stamped.kind.name, 0) + parcel.stored
                oldest_ms = min(oldest_ms, max(stamped.times_ms))
            if reading and reading.newest_ms > suspect_ms:
                self._count_ahead((reading.newest_ms - now_ms) / 1_000 + now_s - parcel.received_s)
            if not is_clean:
                self.dead_letters.labels("batch" if parcel.complaint else "items").inc()
        if items:
            # No device whose clock is ahead makes the histogram's sum fall: that would read as a restart.
            self.lag_seconds.observe((now_ms - oldest_ms) / 1_000)
        for outcome, number in outcomes.items():
            self.messages.labels(outcome).inc(number)
        for kind, number in items.items():
            self.items.labels(kind).inc(number)

    def _count_ahead(self, ahead_s: float) -> None:
        """Count a batch once, by the farthest limit that it is beyond."""
        for limit_s, counter in self._ahead_by.items():
            if ahead_s > limit_s:
                counter.inc()
                return
