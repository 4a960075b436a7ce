"""Tables beside the telemetry: what could not be stored, and from which devices a user may publish."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from storage.records.tables.base import METADATA, Moment

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(64)),
    Column("received_at", Moment, nullable=False),
    Column("last_received_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("kept_bytes", Integer, nullable=False),
    Column("kind", String(64)),
    Column("batch_id", String(64)),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("replayed_at", Moment),
    Column("payload_bytes", BigInteger, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("detail", JSON, nullable=False),
    # Last: what stands before it is read without it.
    Column("payload", LargeBinary, nullable=False),
    # Holds all that the bounds on a user's letters need, so that keeping them reads no payload.
    Index("ix_dead_letters_of_user", "user_id", "last_received_at", "id", "kept_bytes"),
    Index("ix_dead_letters_newest", "last_received_at", "id"),
)

SOURCE_DEVICES = Table(
    "source_devices",
    METADATA,
    Column("user_id", String(64), primary_key=True),
    Column("name", String(64), primary_key=True),
)
"""The names that a user's batches have had as their source device."""
