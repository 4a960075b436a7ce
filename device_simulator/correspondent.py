"""A device whose person reads what a coach writes to them.

The rules of this file:

1. That it has a message is said each time it comes: it comes until somebody of the house has heard that.
2. That it was read is said when the person has read it, and again until that has its receipt: nothing else asks for it.
3. Only people who live beside an installation have such a device. Those of a load hear their receipts and no more, and
   nothing of this is on the way of a batch.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import msgspec

from broker.events import Acknowledged, Delivery, Event
from broker.options import Subscription
from contract import topics
from contract.errors import PacelineError
from contract.feedback import Confirmation, read_feedback
from contract.reason_codes import REFUSED
from contract.receipts import read_receipt
from device_simulator.battery import online, status_topic
from device_simulator.device import Device
from device_simulator.keeper import Keeper
from device_simulator.people.person import Person
from device_simulator.people.reading import reads_at_ms
from device_simulator.tally import puback_reason

MOST_UNREAD = 1_000
_READ = "read/"
"""Before the id of a message, this is the `batch_id` of having read it."""
_CONFIRMATION = object()
"""Token of what is no batch."""


class Correspondent(Device):
    """See the rules above.

    Args:
        keeper: the fleet.
        user_id: under which the installation knows the person.
        person: who reads.
        now_ms: simulated time, milliseconds since 1970 UTC.

    Attributes:
        unread: messages by id, with the simulated moment at which they are read; one stays until the house has noted
            that it was.
    """

    __slots__ = ("_now_ms", "_person", "_say_again", "unread")

    def __init__(self, keeper: Keeper, user_id: str, person: Person, now_ms: Callable[[], int]) -> None:
        super().__init__(keeper, person.index, user_id)
        self.unread: dict[str, int] = {}
        self._person = person
        self._now_ms = now_ms
        self._say_again: dict[str, float] = {}

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Receipts, and what coaches write."""
        return (*super().subscriptions(), Subscription(topics.feedback(self.user_id), 1))

    def read_due(self) -> None:
        """Read what it is time for, and say so (rule 2)."""
        now = monotonic()
        for message_id, at_ms in self.unread.items():
            if self.is_open and at_ms <= self._now_ms() and self._say_again.get(message_id, 0.0) <= now:
                pause_s = self._keeper.habits.repeat.delay_s(0, random.random())  # noqa: S311  # spreads load
                self._say_again[message_id] = now + pause_s
                self._confirm(Confirmation(message_id, "read", batch_id=_READ + message_id))

    def _opened(self) -> None:
        super()._opened()
        # What waits for this person comes at once then. Not retained, as no last will takes it back.
        self._publish(status_topic(self.user_id), online(None), qos=0)

    def _hear(self, delivery: Delivery) -> None:
        if delivery.topic == topics.feedback(self.user_id):
            self._take(delivery)
        elif not (self._say_again and self._is_noted(delivery.payload)):
            super()._hear(delivery)

    def _take(self, delivery: Delivery) -> None:
        if delivery.packet_id is not None and self._link is not None:
            self._link.acknowledge((delivery,))
        try:
            message_id = read_feedback(delivery.payload).feedback_id
        except msgspec.MsgspecError:
            return  # whoever writes such things into the inbox
        self._confirm(Confirmation(message_id, "delivered"))
        if message_id not in self.unread and len(self.unread) < MOST_UNREAD:
            self.unread[message_id] = reads_at_ms(self._person, message_id, self._now_ms())

    def _is_noted(self, payload: bytes) -> bool:
        """Whether this is the receipt of having read something, whatever it says."""
        with suppress(msgspec.MsgspecError):
            message_id = (read_receipt(payload).batch_id or "").removeprefix(_READ)
            if self._say_again.pop(message_id, None) is not None:
                self.unread.pop(message_id, None)
                return True
        return False

    def _told(self, event: Event) -> None:
        if type(event) is Acknowledged and event.token is _CONFIRMATION:
            if event.reason_code >= REFUSED:
                self._keeper.tally.errors[f"feedback: PUBACK {puback_reason(event.reason_code)}"] += 1
        else:
            super()._told(event)

    def _confirm(self, said: Confirmation) -> None:
        self._publish(topics.confirmations(self.user_id), said.encode(), qos=1)

    def _publish(self, topic: str, payload: bytes, *, qos: int) -> None:
        if self.is_open and self._link is not None:
            with suppress(PacelineError, ValueError):  # said again: rules 1 and 2
                self._link.publish(topic, payload, qos=qos, retain=False, token=_CONFIRMATION)
