"""What Mosquitto says of itself (`$SYS`), for Prometheus."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from broker.session import Delivery, Session, SessionOptions, Subscription

ROOT = "$SYS/broker"


@dataclass(frozen=True, slots=True)
class Figure:
    """One of its figures.

    Attributes:
        name: for Prometheus.
        about: in words.
        counts: only grows, until the broker starts again.
    """

    name: str
    about: str
    counts: bool = False


FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "clients/connected": Figure("paceline_broker_clients_connected", "Clients that are connected."),
        "clients/disconnected": Figure("paceline_broker_clients_away", "Clients that are away, but have a session."),
        "clients/expired": Figure(
            "paceline_broker_sessions_expired", "Sessions that ended by themselves.", counts=True
        ),
        "subscriptions/count": Figure("paceline_broker_subscriptions", "Subscriptions."),
        "retained messages/count": Figure("paceline_broker_retained_messages", "Messages that are retained."),
        "store/messages/count": Figure(
            "paceline_broker_queued_messages", "Messages that it holds, retained or waiting."
        ),
        "store/messages/bytes": Figure("paceline_broker_queued_bytes", "Payload bytes of those."),
        "publish/messages/received": Figure(
            "paceline_broker_messages_received", "Messages that clients have published.", counts=True
        ),
        "publish/messages/sent": Figure("paceline_broker_messages_sent", "Messages sent to subscribers.", counts=True),
        "publish/messages/dropped": Figure(
            "paceline_broker_messages_dropped", "Messages thrown away, since a queue was full.", counts=True
        ),
        "publish/bytes/received": Figure("paceline_broker_bytes_received", "Payload bytes published.", counts=True),
        "heap/current": Figure("paceline_broker_heap_bytes", "Memory in use."),
    }
)
"""By topic below `ROOT`; a Mosquitto that does not know one just doesn't say it."""

_logger = logging.getLogger(__name__)


class Figures(Collector):
    """Follows `$SYS`, and shows what was said last; nothing while the broker is away.

    Args:
        options: of its session; the subscription is added here.
        registry: where it is collected.
    """

    def __init__(self, options: SessionOptions, registry: CollectorRegistry) -> None:
        wanted = tuple(Subscription(f"{ROOT}/{topic}", 0) for topic in FIGURES)
        self.session = Session(replace(options, clean_start=True, session_expiry_s=0, subscriptions=wanted), self._hear)
        self._said: dict[str, float] = {}
        registry.register(self)

    async def run(self) -> None:
        """Follow until cancelled.

        Raises:
            Misconfigured: the broker refuses us for a reason that a person must put right.
        """
        try:
            await self.session.run()
        finally:
            await self.session.close()

    def collect(self) -> list[Metric]:
        """What Prometheus is told now."""
        up = GaugeMetricFamily("paceline_broker_up", "Whether the broker is there.", value=self.session.connected)
        return [up, *(_metric(FIGURES[topic], value) for topic, value in self._said.items() if self.session.connected)]

    def _hear(self, delivery: Delivery) -> None:
        topic = delivery.topic.removeprefix(f"{ROOT}/")
        try:
            self._said[topic] = float(delivery.payload)
        except ValueError:
            _logger.warning("the broker's %s is no number", topic)


def _metric(figure: Figure, value: float) -> Metric:
    family = CounterMetricFamily if figure.counts else GaugeMetricFamily
    return family(figure.name, figure.about, value=value)
