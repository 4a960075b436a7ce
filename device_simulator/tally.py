"""What is counted and timed while devices publish."""

from collections import Counter
from dataclasses import dataclass, field

from mqtt5 import PubAckReasonCode

from contract.reason_codes import NO_MATCHING_SUBSCRIBERS, REFUSED, SUCCESS
from contract.receipts import Receipt
from device_simulator.histogram import Histogram

OVERRUN_S = 0.01
"""A send that leaves later than this after its intended moment is an overrun."""


@dataclass(slots=True)
class Tally:
    """Counts of one run, of all its devices. Times count from the moment that was intended, in microseconds.

    Attributes:
        published: batches, each once however often it was repeated.
        back_filled: those of them that were told of the past, at the pace of receipts: they have no moment, so no time
            is taken of them.
        repeated: further publishes of them.
        acknowledged: batches with a PUBACK of success: the broker has it, which is no proof of anything.
        not_delivered: batches whose PUBACK said reason 16: nobody had subscribed, so nobody will store it. One that
            got through when it was repeated is taken off again.
        receipted: batches with a receipt, stored or rejected.
        stored_items, rejected_items: as the receipts say.
        attacks: publishes that are meant to be refused.
        overruns: batches that left later than `OVERRUN_S` after their moment.
        unsent: batches that were due and had not left when the run ended; known at its end.
        unsettled: batches that had left and had no answer when the run ended; known at its end.
        errors: failures by reason: connections that failed or were lost, and PUBACKs of 128 and above.
        refused: PUBACKs of 128 and above that attacks got, by reason.
        connect: until CONNACK and SUBACK.
        puback: until PUBACK, of first publishes.
        receipt: until the receipt, repeats included.
        lateness: of our own timer; what it loses is not the broker's fault.
        newest_s: when the newest batch left for the first time (`time.monotonic`).
    """

    published: int = 0
    back_filled: int = 0
    repeated: int = 0
    acknowledged: int = 0
    not_delivered: int = 0
    receipted: int = 0
    stored_items: int = 0
    rejected_items: int = 0
    attacks: int = 0
    overruns: int = 0
    unsent: int = 0
    unsettled: int = 0
    newest_s: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    connect: Histogram = field(default_factory=Histogram)
    puback: Histogram = field(default_factory=Histogram)
    receipt: Histogram = field(default_factory=Histogram)
    lateness: Histogram = field(default_factory=Histogram)

    @property
    def failures(self) -> int:
        """All errors together."""
        return self.errors.total()

    def count_receipt(self, receipt: Receipt, items: int, seconds: float | None) -> None:
        """A batch of so many items has its receipt, so long after it was due; None: it had no moment."""
        self.receipted += 1
        self.stored_items += receipt.stored
        self.rejected_items += items - receipt.stored
        if seconds is not None:
            self.receipt.record_s(seconds)

    def count_puback(self, before: int | None, code: int, seconds: float | None) -> None:
        """A batch has a PUBACK, so long after it was due; `before` is the code that it had from an earlier publish."""
        if before is None and seconds is not None:
            self.puback.record_s(seconds)
        if code >= REFUSED:
            self.errors[f"PUBACK {puback_reason(code)}"] += 1
            return
        self.not_delivered += (code == NO_MATCHING_SUBSCRIBERS) - (before == NO_MATCHING_SUBSCRIBERS)
        self.acknowledged += code == SUCCESS


def puback_reason(code: int) -> str:
    """`135 not authorized`."""
    try:
        return f"{code} {PubAckReasonCode(code).name.lower().replace('_', ' ')}"
    except ValueError:
        return str(code)
