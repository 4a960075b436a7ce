"""What the insights service tells Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from insights.working import Outcome

DELAY_BUCKETS_S = (0.5, 1, 2, 2.5, 3, 5, 10, 30, 60, 300)


class InsightsMetrics:
    """Counters and gauges of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.days = Counter(
            "paceline_insights_days", "Days worked out, by what became of them.", ["outcome"], registry=registry
        )
        self.healed = Counter(
            "paceline_insights_healed_days", "Days that were not right though nobody had said so.", registry=registry
        )
        self.failures = Counter(
            "paceline_insights_failures", "Users whose days could not be worked out.", registry=registry
        )
        self.retries = Counter(
            "paceline_insights_retries", "Rounds that had to be repeated since a store was away.", registry=registry
        )
        self.alerts = Counter("paceline_insights_alerts", "Alerts raised, by rule.", ["rule"], registry=registry)
        self.delay_seconds = Histogram(
            "paceline_insights_delay_seconds",
            "From the first event about a user to their stored summaries and standing.",
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )
        self.waiting = Gauge("paceline_insights_waiting", "Users whose days are to be worked out.", registry=registry)
        self.oldest_seconds = Gauge(
            "paceline_insights_oldest_waiting_seconds", "How long the oldest of them has waited.", registry=registry
        )

    def watch(self, waiting: Callable[[], int], oldest_s: Callable[[], float]) -> None:
        """Ask for these two at each scrape."""
        self.waiting.set_function(waiting)
        self.oldest_seconds.set_function(oldest_s)

    def count(self, outcome: Outcome) -> None:
        """Count what came of a group's work."""
        self.days.labels("changed").inc(outcome.changed_days)
        self.days.labels("unchanged").inc(outcome.looked_at_days - outcome.changed_days)
        self.healed.inc(outcome.healed_days)
        self.failures.inc(len(outcome.failed))
        if outcome.unavailable:
            self.retries.inc()
