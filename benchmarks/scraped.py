"""What Prometheus has scraped of services that have been running for four weeks."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from benchmarks.coached import Lived
from contract.stamping import DAY_MS
from ingestor.metrics import IngestorMetrics
from tests.servers.prometheus import Past

_DAYS = 28
_SELDOM_MS = 300_000


class Services(Protocol):
    """The registries of an installation, which fill as it lives."""

    registry: CollectorRegistry
    ingestor: IngestorMetrics

    def live(self, batches: int) -> None:
        """So many batches came, and what comes with them."""


@dataclass(frozen=True, slots=True)
class Scraping:
    """How closely the last hours are looked at; of the weeks before, the ingestor's batches every five minutes.

    Attributes:
        labels: with which Prometheus marks it all.
        hours: so many at the end are whole.
        often_ms: then each sample comes after so many milliseconds.
    """

    labels: Mapping[str, Any]
    hours: int
    often_ms: int

    def past(self, services: Services, lives: Sequence[Lived], now_ms: int) -> Past:
        """All that people published came to the services in time."""
        past, before_ms = Past(), 0
        dues = sorted(due.due_ms for lived in lives for due in lived.batches)
        labels, closely_ms = dict(self.labels), now_ms - self.hours * 3_600_000
        for at_ms in self._moments(now_ms, closely_ms):
            services.live(bisect_left(dues, at_ms) - bisect_left(dues, before_ms))
            seldom = (services.ingestor.messages, services.ingestor.ahead)
            for counted in (services.registry,) if at_ms >= closely_ms else seldom:
                past.note(counted, at_ms / 1_000, labels)
            before_ms = at_ms
        return past

    def _moments(self, now_ms: int, closely_ms: int) -> Iterator[int]:
        at_ms = now_ms // _SELDOM_MS * _SELDOM_MS - _DAYS * DAY_MS
        while at_ms <= now_ms:
            yield at_ms
            at_ms += self.often_ms if at_ms >= closely_ms else _SELDOM_MS
