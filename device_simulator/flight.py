"""How devices behave, and a batch on its way."""

from dataclasses import dataclass

from broker.options import Backoff
from contract.errors import BrokerUnavailable
from device_simulator.parcel import Parcel

DEFAULT_REPEAT = Backoff(first_s=15.0, most_s=120.0)
"""A database may be away for a while; repeating sooner would only fill the broker's queue with the same."""


class Dropped(BrokerUnavailable):
    """A connection that we gave up on purpose.

    Attributes:
        away_s: seconds until the device comes back.
    """

    def __init__(self, away_s: float) -> None:
        super().__init__("the connection was dropped on purpose")
        self.away_s = away_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How all devices of a run behave.

    Attributes:
        in_flight: most batches of one device on their way.
        repeat: how long to wait for a receipt.
        receipts: wait for them; else the PUBACK is the end.
    """

    in_flight: int = 64
    repeat: Backoff = DEFAULT_REPEAT
    receipts: bool = True


class Flight:
    """A batch on its way.

    Args:
        parcel: what it is.
        due_s: when it should have left (`time.monotonic`); None: it is told of the past, and had no moment.
        number: in the ledger.
    """

    __slots__ = ("again_at", "answer", "attempts", "due_s", "number", "parcel")

    def __init__(self, parcel: Parcel, due_s: float | None, number: int) -> None:
        self.parcel = parcel
        self.due_s = due_s
        self.number = number
        self.attempts = 0
        self.again_at = 0.0
        self.answer: int | None = None
