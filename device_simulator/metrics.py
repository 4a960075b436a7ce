"""A run's figures for Prometheus."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from contract.errors import Misconfigured
from device_simulator.histogram import Histogram
from device_simulator.watching import Watched

_PREFIX = "paceline_simulator_"
_COUNTS = {
    "published": "Batches published, each once.",
    "back_filled": "Those of them that were told of the past, and are not timed.",
    "repeated": "Further publishes of them.",
    "acknowledged": "Batches with a PUBACK of success.",
    "receipted": "Batches with a receipt.",
    "overruns": "Batches that left late.",
    "attacks": "Publishes that are meant to be refused.",
}
_TIMES = ("connect", "puback", "receipt", "lateness")


class RunCollector(Collector):
    """Reads a run when it is asked."""

    def __init__(self, run: Watched) -> None:
        self._run = run

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        tally, now = self._run.tally, self._run.moment()
        for name, about in _COUNTS.items():
            yield CounterMetricFamily(_PREFIX + name, about, value=getattr(tally, name))
        for name, value in (("connected", now.connected), ("in_flight", now.in_flight), ("owed", now.owed)):
            yield GaugeMetricFamily(_PREFIX + name, f"{name.replace('_', ' ').capitalize()} just now.", value=value)
        yield GaugeMetricFamily(
            f"{_PREFIX}not_delivered", "Batches whose PUBACK said reason 16.", value=tally.not_delivered
        )
        failures = CounterMetricFamily(f"{_PREFIX}errors", "Failures by reason.", labels=["reason"])
        for reason, count in list(tally.errors.items()):
            failures.add_metric([reason], count)
        yield failures
        yield from (_summary(name, getattr(tally, name)) for name in _TIMES)


def _summary(name: str, times: Histogram) -> Metric:
    metric = SummaryMetricFamily(
        f"{_PREFIX}{name}_seconds",
        "Since the intended moment.",
        count_value=times.count,
        sum_value=times.total / 1e6,
    )
    for percent, value in zip((50, 90, 99, 99.9), times.percentiles(50, 90, 99, 99.9), strict=True):
        metric.add_sample(f"{_PREFIX}{name}_seconds", {"quantile": f"{percent / 100:g}"}, value / 1e6)
    return metric


@contextmanager
def served(run: Watched, port: int | None) -> Iterator[None]:
    """Serve a run's figures at a port of this machine while this context lasts; None: don't.

    Raises:
        Misconfigured: the port is taken.
    """
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(RunCollector(run))
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        raise Misconfigured(f"the metrics can't be served at port {port}: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
