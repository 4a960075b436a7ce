"""Circuit breakers around what can be away: after a few failures in a row nobody waits for it any more, for a while.

The rules of this file:

1. Three failures (`BreakerOptions.failures`) without a success between them, each within the window after the one
   before, open a circuit. While it is open, calls fail at once, and say when to come back.
2. After the pause one call is let through, with those that begin together with it, since one answer may take several.
   If it succeeds the circuit closes, else the next pause begins. If it takes long, another one tries.
3. What answers has not failed, though the answer be no. Who gives up early says nothing about it; who gives up after
   half of the patience has met something that hangs, which is a failure.
4. Each opening and closing is logged and counted; `/health` tells the states.

The states and their changes are purgatory's; the window and the single call of rule 2 are ours.
"""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import structlog
from aiomqtt import MqttError
from prometheus_client import CollectorRegistry, Counter, Gauge
from purgatory import ContextChanged, SyncCircuitBreakerFactory
from purgatory.domain.model import HalfOpenedState

from contract.errors import BrokerUnavailable, Retryable, StoreUnavailable

log = structlog.get_logger(__name__)

State = Literal["closed", "open", "half-open"]

_TOGETHER_S = 0.1
_STATES: Mapping[str, State] = {"closed": "closed", "opened": "open", "half-opened": "half-open"}


@dataclass(frozen=True, slots=True)
class BreakerOptions:
    """When circuits open, and for how long.

    Attributes:
        failures: so many open a circuit.
        window_s: no longer apart from each other than this, in seconds.
        pause_s: until one call is let through, in seconds.
    """

    failures: int = 3
    window_s: float = 60.0
    pause_s: float = 5.0


class BreakerMetrics:
    """What circuits tell Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.is_open = Gauge(
            "paceline_circuit_open", "1 while calls fail at once, or one tries.", ["circuit"], registry=registry
        )
        self.opened = Counter("paceline_circuit_opened", "Times a circuit opened.", ["circuit"], registry=registry)
        self.refused = Counter("paceline_circuit_refused", "Calls that failed at once.", ["circuit"], registry=registry)


class Breaker:
    """One circuit. Not for threads.

    Args:
        name: what is behind it.
        options: rules 1 and 2.
        refusal: the error of calls that fail at once.
        failures: errors that count as failures; others are answers.
        patience_s: of those who call, in seconds (rule 3).
        metrics: None: none.
    """

    def __init__(
        self,
        name: str,
        options: BreakerOptions,
        *,
        refusal: type[Retryable] = Retryable,
        failures: tuple[type[Exception], ...] = (Retryable,),
        patience_s: float = math.inf,
        metrics: BreakerMetrics | None = None,
    ) -> None:
        self.name = name
        self._options = options
        self._refusal = refusal
        self._failures = failures
        self._patience_s = patience_s
        self._metrics = metrics
        factory = SyncCircuitBreakerFactory(default_threshold=options.failures, default_ttl=options.pause_s)
        self._context = factory.get_breaker(name).context
        self._failed_at_s = -math.inf  # the last failure is also the moment at which an open circuit opened
        self._tried_at_s = -math.inf
        if metrics:
            metrics.is_open.labels(name).set(0)

    @property
    def state(self) -> State:
        """As it is now; it turns half-open with the next call."""
        return _STATES[self._context.state]

    @contextmanager
    def guarding(self) -> Iterator[None]:
        """A call, which is made within.

        Raises:
            Retryable: of the kind that this circuit refuses with; `retry_after_s` says when to come back.
        """
        self._enter()
        began_s = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._note(error, time.monotonic() - began_s)
            raise
        else:
            self._context.handle_end_request()
        finally:
            self._tell()

    def _enter(self) -> None:
        """Rules 1 and 2."""
        since_s = time.monotonic() - self._failed_at_s
        if self.state == "closed":
            if since_s > self._options.window_s:
                self._context.handle_end_request()  # forgets failures of long ago
            return
        trying_s = time.monotonic() - self._tried_at_s
        if self.state == "half-open" and trying_s <= _TOGETHER_S:
            return
        if min(since_s, trying_s) < self._options.pause_s:
            raise self._refused(self._options.pause_s - min(since_s, trying_s))
        # Not by purgatory's own look at the time, which is of a clock that may be set back.
        self._context.set_state(HalfOpenedState())
        self._tried_at_s = time.monotonic()

    def _refused(self, wait_s: float) -> Retryable:
        if self._metrics:
            self._metrics.refused.labels(self.name).inc()
        error = self._refusal(f"{self.name} is away just now")
        error.retry_after_s = max(math.ceil(wait_s), 1)
        return error

    def _note(self, error: BaseException, took_s: float) -> None:
        """Rule 3."""
        hung = isinstance(error, asyncio.CancelledError) and took_s >= self._patience_s / 2
        if hung or isinstance(error, self._failures):
            self._failed_at_s = time.monotonic()
            self._context.handle_exception(error)
        elif isinstance(error, Exception):
            self._context.handle_end_request()

    def _tell(self) -> None:
        """Rule 4."""
        changes = [each for each in self._context.messages if isinstance(each, ContextChanged)]
        self._context.messages.clear()
        for change in changes:
            state = _STATES[change.state]
            if state == "open":
                log.warning("a circuit is open: calls fail at once", circuit=self.name, pause_s=self._options.pause_s)
            elif state == "closed":
                log.info("a circuit is closed again", circuit=self.name)
            if self._metrics:
                self._metrics.is_open.labels(self.name).set(state != "closed")
                self._metrics.opened.labels(self.name).inc(state == "open")


@dataclass(frozen=True, slots=True)
class Breakers:
    """The API's circuits.

    Attributes:
        series: the series store.
        broker: publishing.
        codes: what takes one-time codes to phones.
    """

    series: Breaker
    broker: Breaker
    codes: Breaker

    @property
    def states(self) -> dict[str, State]:
        """By name."""
        return {each.name: each.state for each in (self.series, self.broker, self.codes)}


def breakers(
    options: BreakerOptions, registry: CollectorRegistry, *, store_timeout_s: float, publish_timeout_s: float
) -> Breakers:
    """The API's circuits, all closed."""
    metrics = BreakerMetrics(registry)
    return Breakers(
        series=Breaker(
            "series",
            options,
            refusal=StoreUnavailable,
            failures=(StoreUnavailable,),
            patience_s=store_timeout_s,
            metrics=metrics,
        ),
        broker=broker_breaker(options, publish_timeout_s, metrics),
        codes=Breaker("codes", options, failures=(Exception,), metrics=metrics),
    )


def broker_breaker(
    options: BreakerOptions, patience_s: float = math.inf, metrics: BreakerMetrics | None = None
) -> Breaker:
    """The circuit around publishing."""
    failures = (BrokerUnavailable, OSError, MqttError)
    return Breaker(
        "broker", options, refusal=BrokerUnavailable, failures=failures, patience_s=patience_s, metrics=metrics
    )
