"""Raising alerts, and telling devices of them; no broker here: what publishes is given.

The rules of this file:

1. What is found goes to the records first, where a coach sees it at once, and only once (`storage.records.alerts`).
2. Devices are told when it is not night in their person's zone, and while somebody listens; a day later it is too late.
3. An alert that is published twice, since its process was killed in between, has the same id.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from contract import topics
from contract.alerts import Alert
from contract.errors import PacelineError
from contract.reason_codes import NO_MATCHING_SUBSCRIBERS
from insights.alerts import REPEAT_DAYS, AlertOptions, Found, not_before, of_device
from insights.metrics import InsightsMetrics
from insights.scope import zone_of
from storage.records.alerts import Alerts, KeptAlert, NewAlert, SeenDevice
from storage.records.database import Database

log = structlog.get_logger(__name__)

Publish = Callable[[str, bytes], Awaitable[int]]
"""Publishes at QoS 1; the PUBACK's reason code. Raises `contract.errors.BrokerUnavailable`."""

_SWEEP_S = 1.0
_RETRY_S = 5.0
_PATIENCE_S = 10.0
_LEASE = timedelta(minutes=1)
_MANY = 100


class Alerting:
    """See the rules above; devices are looked at, and told, while `run` runs.

    Args:
        options: which rules, and when.
        records: where alerts and devices are.
        publish: says it to the broker.
        metrics: counts what is raised.
        clock: the present moment.
    """

    def __init__(
        self,
        options: AlertOptions,
        records: Database,
        publish: Publish,
        metrics: InsightsMetrics,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._options = options
        self._alerts = Alerts(records)
        self._publish = publish
        self._metrics = metrics
        self._clock = clock
        self._look_at_s = 0.0

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                await self._look_at_devices()
                due = await self._tell()
            except (PacelineError, TimeoutError) as error:
                log.warning("alerts have to wait", error=type(error).__name__)
                await asyncio.sleep(_RETRY_S)
            else:
                await asyncio.sleep(0 if due == _MANY else _SWEEP_S)

    async def raise_for(self, found: Mapping[tuple[str, str], Sequence[Found]]) -> None:
        """Raise what was found (rule 1).

        Args:
            found: by user id and name of their time zone.

        Raises:
            StoreUnavailable: say it again.
        """
        now = self._clock()
        new = [
            NewAlert(
                user_id=user_id,
                rule=each.rule,
                cause=each.cause,
                day=each.day,
                text=each.text,
                due_at=not_before(now, zone_of(zone), self._options),
                repeat_days=REPEAT_DAYS[each.rule],
            )
            for (user_id, zone), some in found.items()
            for each in some
        ]
        for raised in await self._alerts.add(new, now):
            self._metrics.alerts.labels(raised.rule).inc()

    async def _look_at_devices(self) -> None:
        if time.monotonic() < self._look_at_s:
            return
        now, options = self._clock(), self._options
        # One that has been silent for twice as long is no news any more.
        silent = now - 2 * options.silent_after, now - options.silent_after
        devices = await self._alerts.devices_to_look_at(options.low_battery_pct, now - timedelta(days=1), silent)
        found: dict[tuple[str, str], list[Found]] = {}
        for device in devices:
            found.setdefault((device.user_id, device.time_zone), []).extend(_of(device, now, options))
        await self.raise_for(found)
        self._look_at_s = time.monotonic() + options.look_every.total_seconds()

    async def _tell(self) -> int:
        now = self._clock()
        due = await self._alerts.take_due(now, now + _LEASE, _MANY)
        for alert in due:
            await self._tell_of(alert, now)
        return len(due)

    async def _tell_of(self, alert: KeptAlert, now: datetime) -> None:
        """Rule 2."""
        zone, options = zone_of(alert.time_zone), self._options
        if now - alert.raised_at > options.too_late_after:
            await self._alerts.put_off(alert.id, None)
        elif (morning := not_before(now, zone, options)) > now:
            await self._alerts.put_off(alert.id, morning)
        else:
            async with asyncio.timeout(_PATIENCE_S):
                code = await self._publish(topics.alerts(alert.user_id), _said(alert).encode())
            if code < NO_MATCHING_SUBSCRIBERS:
                await self._alerts.note_published(alert.id, now)
            else:
                await self._alerts.put_off(alert.id, now + options.again_after)


def _of(device: SeenDevice, now: datetime, options: AlertOptions) -> list[Found]:
    local = now.astimezone(zone_of(device.time_zone))
    return of_device((device.id, device.name), device.last_seen_at, device.battery_pct, local, options)


def _said(alert: KeptAlert) -> Alert:
    return Alert(alert.id, alert.rule, alert.cause, alert.day, alert.raised_at, alert.text)
