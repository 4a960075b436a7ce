"""Metrics as an installation of this size has them: batches as people published them, all else drawn at random.

What Prometheus has scraped can't be measured here in the time that a picture may take; so no figure of the board
Operations in a picture is a measurement.
"""

from collections.abc import Sequence

import numpy as np
from prometheus_client import CollectorRegistry, Gauge

from api.metrics import RequestMetrics
from benchmarks.coached import Lived
from benchmarks.scraped import Scraping
from broker.figures import FIGURES
from ingestor.metrics import IngestorMetrics
from insights.metrics import InsightsMetrics
from tests.servers.prometheus import Past

_STATUSES, _SHARES = (200, 201, 401, 404, 429, 500), (0.9, 0.06, 0.013, 0.0217, 0.005, 0.0003)
_AHEAD = {"5 s": 0.004, "1 min": 0.002, "10 min": 0.0005, "1 h": 0.0005}


class Services:
    """All registries of an installation.

    Args:
        connected: clients of the broker.
        seed: of what is drawn.
    """

    def __init__(self, connected: int, seed: int = 7) -> None:
        self.registry = CollectorRegistry()
        self._random, self._connected = np.random.default_rng(seed), connected
        self.ingestor, self.insights = IngestorMetrics(self.registry), InsightsMetrics(self.registry)
        self._requests = RequestMetrics(self.registry)
        Gauge("up", "As Prometheus itself notes it.", ["job"], registry=self.registry).labels("paceline").set(1)
        self._figures = {
            topic: Gauge(f"{figure.name}_total" if figure.counts else figure.name, figure.about, registry=self.registry)
            for topic, figure in FIGURES.items()
        }
        self.ingestor.watch(lambda: int(self._random.poisson(0.3)), lambda: float(self._random.exponential(0.01)))
        self.insights.watch(lambda: int(self._random.poisson(1)), lambda: float(self._random.exponential(1)))
        self._seldom()

    def live(self, batches: int) -> None:
        """So many batches came, and what comes with them."""
        draw = self._random
        rejected = int(draw.binomial(batches, 0.004))
        self.ingestor.messages.labels("stored").inc(batches - rejected)
        self.ingestor.messages.labels("rejected").inc(rejected)
        self.ingestor.dead_letters.labels("batch").inc(rejected)
        for limit, share in _AHEAD.items():
            self.ingestor.ahead.labels(limit).inc(int(draw.binomial(batches, share)))
        for _ in range(min(batches, 50)):
            self.ingestor.write_seconds.observe(draw.lognormal(-4.2, 0.5))
            self.ingestor.lag_seconds.observe(draw.lognormal(3.0, 1.6))
            self.insights.delay_seconds.observe(2 + draw.lognormal(-1.0, 0.6))
        for status in draw.choice(_STATUSES, draw.poisson(6), p=_SHARES):
            self._requests.count({"method": "GET", "route": None}, int(status), draw.lognormal(-4.4, 0.7))
        self._figures["clients/connected"].set(self._connected - draw.binomial(self._connected, 0.1))
        self._figures["store/messages/count"].set(40 + draw.poisson(3))
        self._figures["publish/messages/received"].inc(batches)

    def _seldom(self) -> None:
        """Counted from the start, so that nothing reads as no data."""
        for store in ("series", "records"):
            self.ingestor.retries.labels(store).inc(0)
        for cause in ("batch", "items"):
            self.ingestor.dead_letters.labels(cause).inc(0)


def past_of(lives: Sequence[Lived], now_ms: int) -> Past:
    """What was counted in four weeks, the last six hours closely."""
    return Scraping({"instance": "one"}, hours=6, often_ms=30_000).past(Services(len(lives) + 4), lives, now_ms)
