"""What a person's phone and watch do together: publish each batch at QoS 1 until its receipt."""

import asyncio

import msgspec

from broker.session import Backoff, Delivery, Session, SessionOptions
from contract.receipts import read_receipt
from device_simulator.outbox import Outbox
from device_simulator.people.uploads import DueBatch
from device_simulator.tally import Tally

DEFAULT_REPEAT = Backoff(first_s=15.0, most_s=120.0)
"""A database may be away for a while; repeating sooner would only fill the broker's queue with the same."""


class Device:
    """One MQTT session, and the batches on their way through it.

    No task, and no timer while nothing is on its way. Everything runs in the event loop of `session.run`.

    Args:
        options: of the session; its subscriptions must have the user's receipts.
        tally: counts, shared with other devices.
        in_flight: most batches on their way.
        repeat: how long to wait for a receipt.
    """

    __slots__ = ("_freed", "_open", "_tally", "_tick_s", "_timer", "outbox", "session")

    def __init__(
        self, options: SessionOptions, tally: Tally, *, in_flight: int = 64, repeat: Backoff = DEFAULT_REPEAT
    ) -> None:
        self.session = Session(options, self._hear, on_connect=self._say_all_again, on_disconnect=self._fall_silent)
        self.outbox = Outbox(in_flight, repeat)
        self._tally = tally
        self._tick_s = repeat.first_s / 2
        self._open = False
        self._freed: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def send(self, batch: DueBatch) -> None:
        """Publish a batch, now or as soon as there is a connection, and again until its receipt."""
        self.outbox.add(batch)
        self._tally.published += 1
        if self._open:
            self._publish(batch)
            self._wind()

    async def wait_room(self) -> None:
        """Wait until another batch may be sent."""
        while self.outbox.is_full:
            await self._wait_freed()

    async def wait_empty(self) -> None:
        """Wait until every batch has its receipt."""
        while len(self.outbox):
            await self._wait_freed()

    async def close(self) -> None:
        """Say farewell to the broker; what has no receipt yet is left as it is."""
        self._stop()
        await self.session.close()

    async def _wait_freed(self) -> None:
        if self._freed is None:
            self._freed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._freed)

    def _publish(self, batch: DueBatch) -> None:
        self._tally.repeated += self.outbox.say(batch, asyncio.get_running_loop().time()) > 0
        self.session.publish(batch.topic, batch.payload()).add_done_callback(self._count_puback)

    def _count_puback(self, answer: "asyncio.Future[int]") -> None:
        # Without an answer the connection has ended; over the next, everything is said again.
        if not answer.cancelled() and answer.exception() is None:
            self._tally.count_puback(answer.result())

    def _hear(self, delivery: Delivery) -> None:
        self.session.acknowledge((delivery,))
        try:
            receipt = read_receipt(delivery.payload)
        except msgspec.MsgspecError:
            return  # whoever writes such things into the inbox: the batch is repeated all the same
        batch = self.outbox.settle(receipt.batch_id)
        if batch is None:
            return  # the second receipt of a batch that was repeated
        self._tally.count_receipt(receipt, len(batch.batch.items))
        if self._freed is not None:
            self._freed.set_result(None)
            self._freed = None

    def _say_all_again(self, _session_present: bool) -> None:
        # Nothing of ours can overtake the subscription to receipts, which the session has just written.
        self._open = True
        self.outbox.start_over()
        self._repeat()

    def _fall_silent(self, _error: Exception | None) -> None:
        self._open = False
        self._stop()

    def _repeat(self) -> None:
        self._timer = None
        for batch in self.outbox.due(asyncio.get_running_loop().time()):
            self._publish(batch)
        if len(self.outbox):
            self._wind()

    def _wind(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._repeat)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
