"""The dead letter of a parcel: what could not be stored, and why."""

from datetime import UTC, datetime

from ingestor.parcel import Parcel
from storage.records.letters import DeadLetter


def letter(parcel: Parcel) -> DeadLetter:
    """What is kept of a message that was not stored in full."""
    return DeadLetter(
        topic=parcel.delivery.topic,
        payload=parcel.delivery.payload,
        reason=parcel.reason,
        received_at=datetime.now(UTC),
        user_id=parcel.user_id,
        kind=parcel.kind_name,
        batch_id=parcel.batch_id,
        detail=parcel.rejected,
    )
