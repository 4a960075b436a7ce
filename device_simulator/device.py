"""What a person's phone and watch do together: one MQTT connection, and the batches on their way through it.

The rules of this file:

1. A batch is on its way from its first publish to its receipt. The broker's PUBACK does not end it, unless the run
   asks for no receipts.
2. Without a receipt it is published again after a while that doubles each time, and at each new connection.
3. At most `in_flight` are on their way. What becomes due meanwhile is owed, and leaves late: all times count from the
   moment that was intended.
4. There is no task and no timer for a device or a batch; the fleet's own timer looks after them all.
"""

import asyncio
import random
from collections import deque
from time import monotonic
from typing import Protocol

import msgspec

from broker.events import Acknowledged, Delivery, Event, Ready
from broker.link import Link
from broker.options import SessionOptions
from contract import topics
from contract.errors import PacelineError, Rejected
from contract.receipts import read_receipt
from device_simulator.flight import Dropped, Flight, Habits
from device_simulator.ledger import Ledger
from device_simulator.parcel import Parcel
from device_simulator.tally import OVERRUN_S, PUBACK_NOBODY_LISTENS, PUBACK_REFUSED, PUBACK_SUCCESS, Tally


class Keeper(Protocol):
    """Who looks after a device."""

    tally: Tally
    ledger: Ledger | None
    habits: Habits

    def options(self, device: "Device") -> SessionOptions:
        """Of its next connection."""

    def next_parcel(self, device: "Device") -> Parcel | None:
        """What it publishes next, when only the moment was set; None: nothing more."""

    def on_open(self, device: "Device") -> None:
        """It has a connection."""

    def on_lost(self, device: "Device", error: Exception, *, was_open: bool) -> None:
        """It has none any more, or could not get one."""


class Device:
    """See the rules above.

    Args:
        keeper: the fleet.
        index: the person's.
        user_id: the person's.

    Attributes:
        cursor: which batch of its life comes next; failures: attempts to connect since the last good one; wanted_s:
            since when it wants a connection (`time.monotonic`). All three are the keeper's to use.
        flights: batches on their way, by batch id, in the order of their first publish.
        is_open: connected, and subscribed to its receipts.
    """

    __slots__ = ("_connections", "_freed", "_keeper", "_link", "_owed", "cursor", "failures", "flights", "index",
                 "is_open", "user_id", "wanted_s")  # fmt: skip

    def __init__(self, keeper: Keeper, index: int, user_id: str) -> None:
        self.index, self.user_id = index, user_id
        self.flights: dict[str, Flight] = {}
        self.cursor = self.failures = 0
        self.wanted_s: float | None = None
        self.is_open = False
        self._keeper = keeper
        self._owed: deque[tuple[float, Parcel | None]] | None = None  # made when needed: most are never late
        self._link: Link | None = None
        self._connections = 0
        self._freed: asyncio.Future[None] | None = None

    # Batches

    @property
    def is_full(self) -> bool:
        """No more may be on their way just now."""
        return len(self.flights) >= self._keeper.habits.in_flight

    @property
    def owed(self) -> int:
        """Batches whose moment has passed, and that could not leave yet."""
        return len(self._owed) if self._owed else 0

    @property
    def unsettled(self) -> int:
        """Batches that are owed or on their way."""
        return len(self.flights) + self.owed

    @property
    def oldest(self) -> Parcel | None:
        """The first published of those on their way."""
        return next((flight.parcel for flight in self.flights.values()), None)

    def owe(self, due_s: float, parcel: Parcel | None = None) -> None:
        """A batch is due (the next of its life, or this one): publish it as soon as it may leave."""
        if self.is_open and not self._owed and len(self.flights) < self._keeper.habits.in_flight:
            self._begin(due_s, parcel)
        else:
            if self._owed is None:
                self._owed = deque()
            self._owed.append((due_s, parcel))

    def send(self, due_s: float, parcel: Parcel) -> None:
        """Have a batch on its way at once, with or without a connection."""
        self._say(self._launch(due_s, parcel))

    def repeat_last(self) -> None:
        """Publish the newest batch a second time, as phones do that have missed the PUBACK."""
        if self.flights:
            self._say(next(reversed(self.flights.values())))

    def repeat_due(self, now: float) -> None:
        """Publish again what has waited too long for its receipt."""
        if self.is_open:
            for flight in list(self.flights.values()):
                if flight.again_at <= now:
                    self._say(flight)

    def forget(self) -> None:
        """Give up what is owed: the run is over."""
        self._owed = None

    async def wait_room(self) -> None:
        """Wait until another batch may be on its way."""
        while self.is_full:
            await self._wait_freed()

    async def wait_empty(self) -> None:
        """Wait until every batch has its receipt, those that are owed too."""
        while self.unsettled:
            await self._wait_freed()

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> bool:
        """Publish something that is no batch of its own, and is not repeated; whether it left."""
        if self._link is None or not self.is_open:
            return False
        try:
            self._link.publish(topic, payload, qos=qos, retain=retain, token=self)
        except (PacelineError, ValueError):
            return False
        return True

    # The connection

    async def connect(self) -> None:
        """One attempt; the keeper hears of its end either way."""
        self._connections += 1
        try:
            options = self._keeper.options(self)
        except PacelineError as error:
            self._keeper.on_lost(self, error, was_open=False)
            return
        link = Link(options, self._connections, deliver=self._hear, tell=self._told, end=self._ended)
        self._link = link
        try:
            await link.open()
        except PacelineError as error:
            link.abort()
            if self._link is link:
                self._link = None
                self._keeper.on_lost(self, error, was_open=False)
        except BaseException:
            link.abort()
            raise

    def drop(self, away_s: float) -> None:
        """Lose the connection without a word, as a crash or a dead spot does, for so long."""
        if self._link is not None and self.is_open:
            self._link.abort(Dropped(away_s))

    async def close(self) -> None:
        """Say farewell; what has no receipt yet is left as it is."""
        link, self._link, self.is_open = self._link, None, False
        if link is not None:
            await link.close()

    # Inside

    def _begin(self, due_s: float, parcel: Parcel | None) -> None:
        parcel = parcel or self._keeper.next_parcel(self)
        if parcel is not None:
            self._say(self._launch(due_s, parcel))

    def _launch(self, due_s: float, parcel: Parcel) -> Flight:
        keeper = self._keeper
        keeper.tally.published += 1
        number = keeper.ledger.published(self.index, self.user_id, parcel) if keeper.ledger is not None else 0
        flight = self.flights[parcel.batch_id] = Flight(parcel, due_s, number)
        return flight

    def _say(self, flight: Flight) -> None:
        if not self.is_open or self._link is None:
            return  # it is said when there is a connection
        now = monotonic()
        tally, parcel = self._keeper.tally, flight.parcel
        if flight.attempts:
            tally.repeated += 1
        elif now > flight.due_s + OVERRUN_S:
            tally.overruns += 1
        if self._keeper.habits.receipts:
            flight.again_at = now + self._keeper.habits.repeat.delay_s(flight.attempts, random.random())  # noqa: S311
        flight.attempts += 1
        topic = topics.telemetry(self.user_id, parcel.kind)
        try:
            self._link.publish(topic, parcel.payload(self.user_id), qos=1, retain=False, token=flight)
        except (PacelineError, ValueError) as error:
            tally.errors[f"publish: {error}"] += 1
            if isinstance(error, Rejected):
                self._settle(parcel.batch_id)

    def _told(self, event: Event) -> None:
        if type(event) is Acknowledged:
            if type(event.token) is Flight:
                self._answered(event.token, event.reason_code)
            elif event.reason_code >= PUBACK_REFUSED:
                self._keeper.tally.count_refusal(event.reason_code)
        elif type(event) is Ready:
            self._opened()

    def _answered(self, flight: Flight, code: int) -> None:
        tally, ledger = self._keeper.tally, self._keeper.ledger
        if flight.answer == PUBACK_SUCCESS:
            return  # of a repeat: the broker had it before
        if flight.answer is None:
            tally.puback.record_s(monotonic() - flight.due_s)
        if code >= PUBACK_REFUSED:
            tally.count_refusal(code)
        else:
            tally.not_delivered += (code == PUBACK_NOBODY_LISTENS) - (flight.answer == PUBACK_NOBODY_LISTENS)
            tally.acknowledged += code == PUBACK_SUCCESS
        flight.answer = code
        if ledger is not None:
            ledger.acknowledged(flight.number, code)
        if not self._keeper.habits.receipts:
            self._settle(flight.parcel.batch_id)

    def _hear(self, delivery: Delivery) -> None:
        if delivery.packet_id is not None and self._link is not None:
            self._link.acknowledge((delivery,))
        try:
            receipt = read_receipt(delivery.payload)
        except msgspec.MsgspecError:
            return  # whoever writes such things into the inbox: the batch is repeated all the same
        flight = self.flights.get(receipt.batch_id or "")
        if flight is None:
            return  # the second receipt of a batch that was repeated
        keeper = self._keeper
        seconds = monotonic() - flight.due_s
        keeper.tally.count_receipt(receipt, flight.parcel.items, seconds)
        if keeper.ledger is not None:
            keeper.ledger.receipted(flight.number, receipt)
        self._settle(flight.parcel.batch_id)

    def _settle(self, batch_id: str) -> None:
        self.flights.pop(batch_id, None)
        if self._owed and self.is_open and not self.is_full:
            self._begin(*self._owed.popleft())
        if self._freed is not None:
            self._freed.set_result(None)
            self._freed = None

    def _opened(self) -> None:
        self.is_open, self.failures = True, 0
        self._keeper.on_open(self)
        for flight in list(self.flights.values()):
            self._say(flight)
        while self._owed and not self.is_full:
            self._begin(*self._owed.popleft())

    def _ended(self, link: Link, error: Exception | None) -> None:
        if self._link is not link:
            return
        was_open, self.is_open = self.is_open, False
        if was_open:
            self._link = None
            self._keeper.on_lost(self, error or Dropped(0.0), was_open=True)

    async def _wait_freed(self) -> None:
        if self._freed is None:
            self._freed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._freed)
