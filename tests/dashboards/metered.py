"""The metrics of services that have been running for four weeks: all that people published came to them in time."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge

from api.metrics import RequestMetrics
from benchmarks.coached import Lived
from benchmarks.scraped import Scraping
from broker.figures import FIGURES
from ingestor.metrics import AHEAD_S, IngestorMetrics
from insights.metrics import InsightsMetrics
from tests.servers.prometheus import Past


class Services:
    """All registries of an installation, filled by hand."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.ingestor = IngestorMetrics(self.registry)
        self.insights = InsightsMetrics(self.registry)
        self.requests = RequestMetrics(self.registry)
        self.up = Gauge("up", "As Prometheus itself notes it.", registry=self.registry)
        self.up.set(1)
        for figure in FIGURES.values():
            name = f"{figure.name}_total" if figure.counts else figure.name
            Gauge(name, figure.about, registry=self.registry).set(7)
        self.ingestor.watch(lambda: 3, lambda: 0.25)
        self.insights.watch(lambda: 2, lambda: 0.5)

    def live(self, batches: int) -> None:
        """So many batches came, and what comes with them."""
        self.ingestor.messages.labels("stored").inc(batches)
        self.ingestor.messages.labels("partly").inc(batches / 50)
        self.ingestor.messages.labels("rejected").inc(batches / 100)
        self.ingestor.dead_letters.labels("batch").inc(batches / 100)
        self.ingestor.dead_letters.labels("items").inc(batches / 50)
        self.ingestor.items.labels("meals").inc(3 * batches)
        self.ingestor.write_seconds.observe(0.02)
        self.ingestor.lag_seconds.observe(20)
        for store in ("series", "records"):
            self.ingestor.count_retry(store)
        for limit in AHEAD_S:
            self.ingestor.ahead.labels(limit).inc(batches / 400)
        self.insights.delay_seconds.observe(2.2)
        for status in (200, 201, 401, 404, 429, 500):
            self.requests.count({"method": "GET", "route": None}, status, 0.03)

    @property
    def names(self) -> set[str]:
        """Of all their samples."""
        self.live(1)
        return {sample.name for metric in self.registry.collect() for sample in metric.samples} | set(FIGURES_NAMES)


FIGURES_NAMES = [f"{figure.name}_total" if figure.counts else figure.name for figure in FIGURES.values()]


def past_of(lives: Sequence[Lived], now_ms: int) -> Past:
    """What was counted in four weeks, the last hour closely."""
    return Scraping({"job": "paceline", "instance": "one"}, hours=1, often_ms=15_000).past(Services(), lives, now_ms)
