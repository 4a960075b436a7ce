"""Dead letters sent on their way again, after what was wrong has been put right.

A letter goes through the one door for telemetry, like an upload: published to its user's topic, stored by the ingestor,
answered by a receipt. Storing is idempotent, so replaying a letter twice, or one whose batch the device has sent
again meanwhile, changes nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from api.addressing import Upload, address
from api.uplink import Uplink
from contract.errors import BatchRejected, BrokerUnavailable
from contract.reading import find_kind, read_batch
from contract.receipts import Receipt
from contract.stamping import Horizon, RetentionDays
from storage.records.dead_letters import DeadLetters
from storage.records.letters import KeptLetter


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter.

    Attributes:
        letter_id: which.
        receipt: the ingestor's answer; None if it was not asked.
        reason: why nothing of it was stored; None if something was.
    """

    letter_id: str
    receipt: Receipt | None = None
    reason: str | None = None


class Replay:
    """Sends letters again.

    Args:
        letters: where they are kept.
        uplink: a connection to the broker.
        retention: as the ingestor's.
    """

    def __init__(self, letters: DeadLetters, uplink: Uplink, retention: int | RetentionDays) -> None:
        self._letters = letters
        self._uplink = uplink
        self._retention = retention

    async def all(self, letter_ids: Iterable[str]) -> AsyncIterator[Outcome]:
        """Send these again, one after the other, telling of each."""
        for letter_id in letter_ids:
            yield await self.one(letter_id)

    async def one(self, letter_id: str) -> Outcome:
        """Send this one again."""
        letter = await self._letters.get(letter_id)
        if letter is None:
            return Outcome(letter_id, reason="there is no such letter")
        try:
            receipt = await self._uplink.deliver(self._address(letter))
        except (BatchRejected, BrokerUnavailable) as error:
            return Outcome(letter_id, reason=str(error))
        if receipt.stored and not receipt.rejected:
            # Else the next fix may bring the rest: it stays among those that are not replayed.
            await self._letters.mark_replayed(letter_id, datetime.now(UTC))
        return Outcome(
            letter_id, receipt, receipt.reason or "all its items were rejected again" if not receipt.stored else None
        )

    def _address(self, letter: KeptLetter) -> Upload:
        if letter.truncated or letter.payload is None or letter.user_id is None or letter.kind is None:
            raise BatchRejected("it was not kept whole, or its topic can't be read")
        kind = find_kind(letter.kind)
        # Its own id for a batch without one: replayed again, it is the same letter again.
        upload = address(kind, letter.payload, letter.id)
        if upload.user_id != letter.user_id:
            # Or a device could have an operator store its batch as another user's.
            raise BatchRejected("must equal the user of the topic", field="user_id")
        horizon = Horizon.at(time.time_ns() // 1_000_000, self._retention)
        reading = read_batch(kind, letter.user_id, letter.payload, horizon)
        if not reading.stamped.items:
            raise BatchRejected(f"still rejected: {reading.rejected[0].reason}")
        return upload


@asynccontextmanager
async def connected(uplink: Uplink, patience_s: float) -> AsyncIterator[None]:
    """Hold the uplink's connection.

    Raises:
        BrokerUnavailable: there is none within this time, in seconds.
    """
    link = asyncio.create_task(uplink.run())
    try:
        async with asyncio.timeout(patience_s):
            await uplink.wait_connected()
        yield
    except TimeoutError:
        raise BrokerUnavailable("the broker does not answer: is PACELINE_BROKER_URL right?") from None
    finally:
        link.cancel()
        await asyncio.wait([link])
