"""Takes what coaches and nutritionists write to their clients' devices, and notes what those say to it.

The rules of this file:

1. A message goes out as soon as it is kept, and again until a device has confirmed it (`storage.records.feedback`):
   when it is due, when a device of its client comes online, and to everybody when the broker comes back.
2. The broker keeps a copy for a device that is away for only a little longer than until the next one comes. So a device
   that was away for weeks finds a few copies of it, not a thousand.
3. A confirmation that has a `batch_id` gets a receipt, as a batch does; one that can't be noted gets one in any case.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import structlog

from api.listening import listening, stay_connected
from api.options import BrokerAddress
from api.uplink import Uplink
from broker.session import Delivery, Subscription
from contract import topics
from contract.errors import BrokerUnavailable, PacelineError, StoreUnavailable
from contract.feedback import Confirmation, Feedback, read_confirmation
from contract.receipts import Receipt
from contract.status import read_status
from contract.taking_apart import find_batch_id
from storage.records.feedback import LONGEST_PAUSE, Confirmed, Feedbacks, Message

log = structlog.get_logger(__name__)

SWEEP_S = 1.0
_RETRY_S = 2.0
_MANY = 100
_NO_CONFIRMATION = "is no confirmation: it takes feedback_id, state (delivered or read), and with an answer a batch_id"
_KEPT_S = math.ceil(2 * LONGEST_PAUSE.total_seconds())
"""Rule 2."""
_MOST_WAITING = 1_000
_MOST_WAITING_OF_A_USER = 50


class Courier:
    """See the rules above; works while `run` runs.

    Args:
        address: the broker's.
        uplink: publishes.
        feedback: the records.
        reconnect: first and longest pause before the connection is tried again, in seconds.
    """

    def __init__(
        self, address: BrokerAddress, uplink: Uplink, feedback: Feedbacks, reconnect: tuple[float, float] = (0.1, 5.0)
    ) -> None:
        self._uplink = uplink
        self._feedback = feedback
        heard = (Subscription(topics.STATUS_FILTER, 0, retained=False), Subscription(topics.CONFIRMATIONS_FILTER, 1))
        self._session = listening(address, heard, self._hear, self._on_connect, reconnect)
        self._new: asyncio.Queue[Message] = asyncio.Queue()
        self._woken: set[str] = set()
        self._all_woken = True
        self._said: list[Delivery] = []
        self._saying: Counter[str] = Counter()
        self._anything_said = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(stay_connected(self._session))
                tasks.create_task(self._deliver_new())
                tasks.create_task(self._deliver_due())
                tasks.create_task(self._note())
        finally:
            await self._session.close()

    async def wait_connected(self) -> None:
        """Return when confirmations are heard."""
        await self._session.wait_connected()

    def take(self, message: Message) -> None:
        """Deliver a message that has just been kept."""
        self._new.put_nowait(message)

    # To devices

    async def _deliver_new(self) -> None:
        while True:
            message = await self._new.get()
            with suppress(BrokerUnavailable):  # it is due again soon
                await self._publish(message)

    async def _deliver_due(self) -> None:
        while True:
            await self._uplink.wait_connected()
            try:
                await self._wake()
                due = await self._feedback.take_due(datetime.now(UTC), _MANY)
                for message in due:
                    await self._publish(message)
            except PacelineError as error:
                log.warning("feedback has to wait", error=type(error).__name__)
                self._all_woken = True
                await asyncio.sleep(_RETRY_S)
            else:
                await asyncio.sleep(0 if len(due) == _MANY else SWEEP_S)

    async def _wake(self) -> None:
        user_ids, everybody = self._woken, self._all_woken
        self._woken, self._all_woken = set(), False
        try:
            if everybody or user_ids:
                await self._feedback.wake(datetime.now(UTC), None if everybody else user_ids)
        except StoreUnavailable:
            self._all_woken = True
            raise

    async def _publish(self, message: Message) -> None:
        topic, payload = topics.feedback(message.user_id), told(message).encode()
        await self._uplink.send(topic, payload, expiry_s=_KEPT_S)

    # From devices

    def _on_connect(self, _session_present: bool) -> None:
        self._all_woken = True

    def _hear(self, delivery: Delivery) -> None:
        user_id = delivery.topic.split("/")[2]
        if delivery.topic != topics.confirmations(user_id):
            self._session.acknowledge((delivery,))
            if _is_online(delivery.payload):
                self._woken.add(user_id)
        elif delivery.retain or len(self._said) >= _MOST_WAITING or self._saying[user_id] >= _MOST_WAITING_OF_A_USER:
            # Nobody can fill this up for others. A device that gets no receipt says it again.
            self._session.acknowledge((delivery,))
        else:
            self._said.append(delivery)
            self._saying[user_id] += 1
            self._anything_said.set()

    async def _note(self) -> None:
        while True:
            await self._anything_said.wait()
            self._anything_said.clear()
            said, self._said = self._said, []
            self._saying.clear()
            try:
                await self._note_all(said)
            except PacelineError as error:
                log.warning("confirmations could not be noted", error=type(error).__name__)
                self._said = said + self._said
                self._anything_said.set()
                await asyncio.sleep(_RETRY_S)
            except Exception as error:  # noqa: BLE001  # what one device said must not end the work for all others
                log.error("confirmations are lost", number=len(said), error=type(error).__name__)  # noqa: TRY400
                self._session.acknowledge(said)

    async def _note_all(self, said: Sequence[Delivery]) -> None:
        now = datetime.now(UTC)
        read = [(delivery, confirmation) for delivery in said if (confirmation := self._read(delivery)) is not None]
        found = [_confirmed(delivery.topic.split("/")[2], confirmation, now) for delivery, confirmation in read]
        reasons = await self._feedback.confirm(found, now) if found else []
        for (delivery, confirmation), reason in zip(read, reasons, strict=True):
            if reason or confirmation.batch_id:
                self._answer(delivery, confirmation.batch_id, reason)
        self._session.acknowledge(said)

    def _read(self, delivery: Delivery) -> Confirmation | None:
        try:
            return read_confirmation(delivery.payload)
        except msgspec.MsgspecError:
            self._answer(delivery, find_batch_id(delivery.payload), _NO_CONFIRMATION)
            return None

    def _answer(self, delivery: Delivery, batch_id: str | None, reason: str | None) -> None:
        """Rule 3."""
        receipt = Receipt(batch_id, "rejected" if reason else "stored", 0 if reason else 1, [], reason)
        with suppress(PacelineError):  # as lost as any receipt
            self._session.publish_nowait(topics.receipts(delivery.topic.split("/")[2]), receipt.encode())


def told(message: Message) -> Feedback:
    """A message as it goes to a device."""
    return Feedback(
        feedback_id=message.id,
        sent_at=message.sent_at,
        author_name=message.author_name,
        author_role=message.author_role,
        text=message.text,
        tags=list(message.tags),  # type: ignore[arg-type]  # they were tags when it was accepted
        day=message.day,
        kind=message.kind,
        item_id=message.item_id,
        targets=dict(message.targets),
    )


def _confirmed(user_id: str, confirmation: Confirmation, now: datetime) -> Confirmed:
    is_read = confirmation.state == "read" or confirmation.answer is not None
    at = (confirmation.at or now) if is_read else None
    answer_id = confirmation.batch_id or ""
    return Confirmed(user_id, confirmation.feedback_id, at, confirmation.answer, answer_id)


def _is_online(payload: bytes) -> bool:
    try:
        return read_status(payload).state == "online"
    except msgspec.MsgspecError:
        return False
