"""One user's receipts: the subscription while uploads of theirs are under way, and who waits for which receipt."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import structlog

from api.addressing import Upload
from api.link import Link
from contract import topics
from contract.errors import BatchRejected
from contract.receipts import Receipt, read_receipt

log = structlog.get_logger(__name__)

Answer = asyncio.Future[Receipt]


@dataclass(slots=True)
class _Expected:
    """A batch under way, and the requests that wait for its receipt: it may have been uploaded twice at once."""

    upload: Upload
    answers: set[Answer] = field(default_factory=set)


class Inbox:
    """What becomes of one user's batches.

    Attributes:
        uploads: how many are under way; the subscription is wanted while there are any.
    """

    def __init__(self, user_id: str, link: Link) -> None:
        self.uploads = 0
        self._topic = topics.receipts(user_id)
        self._link = link
        self._expected: dict[str, _Expected] = {}
        self._asked = False
        self._subscribed = False
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Return when the broker has confirmed the subscription."""
        async with self._turn:
            if not self._subscribed:
                self._asked = True
                await self._link.follow(self._topic)
                self._subscribed = True

    async def close_if_idle(self) -> None:
        """End the subscription unless an upload has begun."""
        async with self._turn:
            # Asked for is enough: who asked may have left before the SUBACK came.
            if self._asked and not self.uploads:
                self._asked = self._subscribed = False
                await self._link.unfollow(self._topic)

    @contextmanager
    def expecting(self, upload: Upload) -> Iterator[Answer]:
        """The future receipt of a batch.

        Raises:
            BatchRejected: a batch of the same id but with another content is under way, and a receipt could not tell
                which of the two it answers.
        """
        expected = self._expected.setdefault(upload.batch_id, _Expected(upload))
        if expected.upload != upload:
            reason = "is in use by another batch that is under way: give each batch its own"
            raise BatchRejected(reason, field="batch_id", batch_id=upload.batch_id)
        answer: Answer = asyncio.get_running_loop().create_future()
        expected.answers.add(answer)
        try:
            yield answer
        finally:
            expected.answers.discard(answer)
            if not expected.answers:
                del self._expected[upload.batch_id]

    def take(self, payload: bytes) -> None:
        """Give a receipt to all who wait for it; most are of batches that devices published, and awaited there."""
        try:
            receipt = read_receipt(payload)
        except msgspec.MsgspecError:
            log.warning("a receipt can't be read", topic=self._topic)
            return
        expected = self._expected.get(receipt.batch_id or "")
        for answer in expected.answers if expected else ():
            if not answer.done():
                answer.set_result(receipt)
