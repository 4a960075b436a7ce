"""What a person's phone and watch do together: one MQTT connection, and the batches on their way through it.

The rules of this file:

1. A batch is on its way from its first publish to its receipt. The broker's PUBACK does not end it, unless the run
   asks for no receipts.
2. Without a receipt it is published again after a while that doubles each time, and at each new connection.
3. At most `in_flight` are on their way. What becomes due meanwhile is owed, and leaves late: all times count from the
   moment that was intended.
4. There is no task and no timer for a device or a batch; the fleet's own timer looks after them all.
"""

import random
from contextlib import suppress
from time import monotonic

import msgspec
from mqtt5 import PublishPacket

from broker.events import Acknowledged, Delivery, Event, Ready
from broker.link import Link
from broker.options import Subscription
from contract import topics
from contract.errors import BrokerUnavailable, PacelineError, Rejected
from contract.reason_codes import REFUSED, SUCCESS
from contract.receipts import read_receipt
from device_simulator.battery import is_low, online, status_topic
from device_simulator.flight import Dropped, Flight
from device_simulator.keeper import Keeper
from device_simulator.outbound import Outbound
from device_simulator.parcel import Parcel
from device_simulator.tally import OVERRUN_S, puback_reason


class Device(Outbound):
    """See the rules above.

    Args:
        keeper: the fleet.
        index: the person's.
        user_id: the person's.

    Attributes:
        cursor: which batch of its life comes next; failures: attempts to connect since the last good one; wanted_s:
            since when it wants a connection (`time.monotonic`). All three are the keeper's to use.
        is_open: connected, and subscribed to its receipts.
        battery_pct: what it tells of its battery; None: nothing.
    """

    __slots__ = ("_connections", "_keeper", "_link", "battery_pct", "cursor", "failures", "index", "is_open", "user_id",
                 "wanted_s")  # fmt: skip

    def __init__(self, keeper: Keeper, index: int, user_id: str) -> None:
        super().__init__(keeper.habits.in_flight)
        self.index, self.user_id = index, user_id
        self.cursor = self.failures = 0
        self.wanted_s: float | None = None
        self.is_open = False
        self.battery_pct: int | None = None
        self._keeper = keeper
        self._link: Link | None = None
        self._connections = 0

    # Batches

    def owe(self, due_s: float, parcel: Parcel | None = None) -> None:
        """A batch is due (the next of its life, or this one): publish it as soon as it may leave."""
        if self.is_open and not self._owed and len(self.flights) < self._limit:
            self._begin(due_s, parcel)
        else:
            self._postpone(due_s, parcel)

    def send(self, due_s: float | None, parcel: Parcel) -> None:
        """Have a batch on its way at once, with or without a connection; None: it is of the past, and is not timed."""
        self._keeper.tally.back_filled += due_s is None
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

    # What is no batch of its own, and is not repeated

    def attack(self, topic: str, payload: bytes) -> bool:
        """Publish something that is to be refused; whether it left."""
        if self._link is None or not self.is_open:
            return False
        try:
            self._link.publish(topic, payload, qos=1, retain=False, token=self)
        except Rejected:
            # Larger than the broker says it takes: whoever attacks it does not mind.
            self._link.write(PublishPacket(topic, payload).write())
        except (PacelineError, ValueError):
            return False
        return True

    def tell_battery(self, percent: int) -> None:
        """Tell the retained status. Who gets low connects anew, with a last will that says so: the end may be near."""
        was_low, self.battery_pct = is_low(self.battery_pct), percent
        self._tell_status()
        if self.is_open and is_low(percent) and not was_low:
            self.is_open = False
            self._keeper.renew(self)

    # The connection

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What it hears."""
        return (Subscription(topics.receipts(self.user_id), 0),) if self._keeper.habits.receipts else ()

    async def connect(self) -> None:
        """One attempt, after a farewell to a connection that there is; the keeper hears of its end either way."""
        await self.close()
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

    def _tell_status(self) -> None:
        if self.battery_pct is not None and self.is_open and self._link is not None:
            with suppress(BrokerUnavailable):  # told again over the next connection
                self._link.publish(status_topic(self.user_id), online(self.battery_pct), qos=0, retain=True)

    def _begin(self, due_s: float, parcel: Parcel | None) -> None:
        parcel = parcel or self._keeper.next_parcel(self)
        if parcel is not None:
            self._say(self._launch(due_s, parcel))

    def _launch(self, due_s: float | None, parcel: Parcel) -> Flight:
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
        else:
            tally.newest_s = now
            tally.overruns += flight.due_s is not None and now > flight.due_s + OVERRUN_S
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
            elif event.reason_code >= REFUSED:
                self._keeper.tally.refused[f"PUBACK {puback_reason(event.reason_code)}"] += 1
        elif type(event) is Ready:
            self._opened()

    def _answered(self, flight: Flight, code: int) -> None:
        if flight.answer == SUCCESS:
            return  # of a repeat: the broker had it before
        keeper = self._keeper
        seconds = None if flight.due_s is None else monotonic() - flight.due_s
        keeper.tally.count_puback(flight.answer, code, seconds)
        flight.answer = code
        if keeper.ledger is not None:
            keeper.ledger.acknowledged(flight.number, code)
        if not keeper.habits.receipts:
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
        seconds = None if flight.due_s is None else monotonic() - flight.due_s
        keeper.tally.count_receipt(receipt, flight.parcel.items, seconds)
        if keeper.ledger is not None:
            keeper.ledger.receipted(flight.number, receipt)
        self._settle(flight.parcel.batch_id)

    def _settle(self, batch_id: str) -> None:
        self.flights.pop(batch_id, None)
        if self._owed and self.is_open and not self.is_full:
            self._begin(*self._owed.popleft())
        self._tell_freed()

    def _opened(self) -> None:
        self.is_open, self.failures = True, 0
        self._keeper.on_open(self)
        self._tell_status()
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
