"""What is counted while devices publish."""

from dataclasses import dataclass

from contract.receipts import Receipt

PUBACK_SUCCESS = 0
PUBACK_NOBODY_LISTENS = 16


@dataclass(slots=True)
class Tally:
    """Counts of one run, of all its devices.

    Attributes:
        published: batches, each once however often it was repeated.
        repeated: further publishes of them.
        acknowledged: PUBACKs with success: the broker has it, which is no proof of anything.
        not_delivered: PUBACKs with reason 16: nobody has subscribed, so nobody will store it.
        refused: PUBACKs with another reason.
        receipted: batches with a receipt, stored or rejected.
        stored_items, rejected_items: as the receipts say.
    """

    published: int = 0
    repeated: int = 0
    acknowledged: int = 0
    not_delivered: int = 0
    refused: int = 0
    receipted: int = 0
    stored_items: int = 0
    rejected_items: int = 0

    def count_puback(self, reason_code: int) -> None:
        """The broker answered a publish."""
        if reason_code == PUBACK_SUCCESS:
            self.acknowledged += 1
        elif reason_code == PUBACK_NOBODY_LISTENS:
            self.not_delivered += 1
        else:
            self.refused += 1

    def count_receipt(self, receipt: Receipt, items: int) -> None:
        """A batch of so many items has its receipt."""
        self.receipted += 1
        self.stored_items += receipt.stored
        self.rejected_items += items - receipt.stored
