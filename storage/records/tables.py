"""The tables of the records. One that is added here needs a migration; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond: `timestamptz` in PostgreSQL, a text that sorts by time in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """To UTC; a time without a zone is a mistake of ours."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs a zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """SQLite gives back what it was given, less the zone."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


METADATA = MetaData(
    # Every constraint has a name, so that a later migration can change it in either database.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
