"""All devices of a run: connects them, connects them again, has them repeat what is not answered, says farewell."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic
from types import TracebackType
from typing import Self

from broker.options import Backoff, SessionOptions
from broker.session import Session
from contract.errors import Misconfigured, PacelineError
from device_simulator.address import Address
from device_simulator.battery import last_will
from device_simulator.device import Device
from device_simulator.flight import Dropped, Habits
from device_simulator.ledger import Ledger
from device_simulator.parcel import Parcel
from device_simulator.tally import Tally

_RECONNECT = Backoff(first_s=1.0, most_s=30.0)
_SWEEP_S = 1.0
_SLICES = 10
"""Devices are looked after slice by slice, so that thousands of them hold up no timer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How devices reach the broker.

    Attributes:
        address: where it is, and who they are there.
        reconnect: between attempts.
        keep_alive_s: of their connections, seconds.
        connect_timeout_s: of one attempt, seconds.
    """

    address: Address
    reconnect: Backoff = _RECONNECT
    keep_alive_s: int = 60
    connect_timeout_s: float = 30.0


class Fleet:
    """Devices while they run; a context, at whose end all have said farewell.

    Args:
        ways: to the broker.
        habits: of the devices.
        tally: gets all counts.
        ledger: gets all batches.
        next_parcel: what a device publishes next, if only the moment was set.

    Attributes:
        devices: all of them.
        connected: how many have a connection just now.
    """

    def __init__(
        self,
        ways: Ways,
        habits: Habits,
        tally: Tally,
        *,
        ledger: Ledger | None = None,
        next_parcel: Callable[[Device], Parcel | None] = lambda _: None,
    ) -> None:
        self.habits, self.tally, self.ledger = habits, tally, ledger
        self.next_parcel = next_parcel
        self.devices: list[Device] = []
        self.connected = 0
        self._ways = ways
        # Who could tell a device's client id could throw it off.
        self._token = token_hex(16)
        self._group = asyncio.TaskGroup()
        self._connecting: set[asyncio.Task[None]] = set()
        self._closing = self._anybody = False
        self._unwelcome = 0
        self._all_came = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._care = self._group.create_task(self._look_after())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        for task in (self._care, *self._connecting):
            task.cancel()
        try:
            await asyncio.gather(*(device.close() for device in self.devices))
        finally:
            await self._end_tasks(kind, error, trace)

    async def _end_tasks(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._group.__aexit__(kind, error, trace)
        except ExceptionGroup as group:
            # All connections fail for the same reason, which the caller should see plainly.
            raise next((each for each in group.exceptions if isinstance(each, PacelineError)), group) from None

    # Connecting

    async def probe(self) -> None:
        """Connect once as the first device, and say farewell: better one clear error than thousands.

        Raises:
            BrokerUnavailable: the broker is not there.
            Misconfigured: it does not want us.
        """
        session = Session(self.options(self.devices[0]))
        try:
            await session.connect()
            self._anybody = True
        finally:
            await session.close()

    def add(self, index: int, user_id: str) -> Device:
        """One more device, not yet connected."""
        device = Device(self, index, self.known_as(index, user_id))
        self.devices.append(device)
        return device

    def known_as(self, index: int, user_id: str) -> str:
        """A person's user id where the devices come to; an installation may have given them another one."""
        return self._ways.address.user_ids.get(index, user_id)

    async def connect(self, rate: float) -> None:
        """Have every device connect: so many a second, 0 for all at once. Returns when the last has begun to."""
        began = monotonic()
        for number, device in enumerate(self.devices):
            due = began + number / rate if rate else began
            if (wait_s := due - monotonic()) > 0:
                await asyncio.sleep(wait_s)
            self._connect(device, due)

    async def wait_connected(self, timeout_s: float) -> None:
        """Wait until all are connected but those that the broker doesn't want; no longer than this."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.connected + self._unwelcome < len(self.devices):
                    self._all_came.clear()
                    await self._all_came.wait()
        except TimeoutError:
            pass  # the report says how many are missing

    async def wait_empty(self) -> None:
        """Wait until every batch has its receipt, but those of devices that the broker doesn't want."""
        for device in self.devices:
            await device.wait_empty()

    def drop_all(self, away_s: float = 0.0) -> None:
        """Have every connection lost at the same moment."""
        for device in self.devices:
            device.drop(away_s)

    # For the devices

    def options(self, device: Device) -> SessionOptions:
        """Of a device's next connection. Nothing of an old one is needed: what has no receipt is said again."""
        endpoint, username, password = self._ways.address.of(device.user_id)
        return SessionOptions(
            client_id=f"simulator-{device.user_id}-{self._token}",
            endpoint=endpoint,
            username=username,
            password=password,
            clean_start=True,
            session_expiry_s=0,
            keep_alive_s=self._ways.keep_alive_s,
            subscriptions=device.subscriptions(),
            will=last_will(device.user_id, device.battery_pct),
            connect_timeout_s=self._ways.connect_timeout_s,
        )

    def renew(self, device: Device) -> None:
        """Have a device say farewell and connect anew, since its last will has changed."""
        self.connected -= 1
        self._connect(device, monotonic())

    def on_open(self, device: Device) -> None:
        """A device has its connection."""
        self.connected += 1
        self._anybody = True
        if device.wanted_s is not None:
            self.tally.connect.record_s(monotonic() - device.wanted_s)
            device.wanted_s = None
        self._all_came.set()

    def on_lost(self, device: Device, error: Exception, *, was_open: bool) -> None:
        """A device has lost its connection, or did not get one.

        Raises:
            Misconfigured: nobody has ever been accepted, and for a reason that a person must put right.
        """
        self.connected -= was_open
        if self._is_ending:
            return
        if isinstance(error, Dropped):
            delay_s = error.away_s
        else:
            self.tally.errors[f"{'connection lost' if was_open else 'connect'}: {error}"] += 1
            if isinstance(error, Misconfigured):
                if not self._anybody:
                    raise error
                self._unwelcome += 1
                device.dismiss()  # the others go on
                self._all_came.set()
                return
            delay_s = self._ways.reconnect.delay_s(device.failures, random.random())  # noqa: S311  # spreads load
            device.failures += 1
        asyncio.get_running_loop().call_later(delay_s, self._connect, device, monotonic() + delay_s)

    # Inside

    @property
    def _is_ending(self) -> bool:
        """At the wish of who runs it, or since one of its tasks has failed, and so all are cancelled."""
        return self._closing or self._care.done() or self._care.cancelling() > 0

    def _connect(self, device: Device, due: float) -> None:
        if not self._is_ending:
            if device.wanted_s is None:
                device.wanted_s = due
            task = self._group.create_task(device.connect())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _look_after(self) -> None:
        period_s = min(_SWEEP_S, self.habits.repeat.first_s / 2) / _SLICES
        while True:
            for number in range(_SLICES):
                await asyncio.sleep(period_s)
                self._sweep(self.devices[number::_SLICES])

    def _sweep(self, devices: Sequence[Device]) -> None:
        now = monotonic()
        if self.habits.receipts:
            for device in devices:
                if device.flights:
                    device.repeat_due(now)
        if self.ledger is not None:
            self.ledger.flush()
