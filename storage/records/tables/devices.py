"""Tables of registered devices and their certificates."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.records.tables.base import METADATA, Moment

DEVICES = Table(
    "devices",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("client_id", String(64), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("last_seen_at", Moment),
    Column("state", String(16)),
    Column("battery_pct", Float),
    Column("firmware", String(64)),
    Index("ix_devices_user_id", "user_id"),
)
"""Devices that have a certificate. From `last_seen_at` on: what they say of themselves."""

CERTIFICATES = Table(
    "certificates",
    METADATA,
    Column("serial", String(40), primary_key=True),
    Column("device_id", ForeignKey("devices.id", ondelete="CASCADE"), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("pem", Text, nullable=False),
    Index("ix_certificates_device_id", "device_id"),
)

REVOCATIONS = Table(
    "revocations",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("serial", String(40), nullable=False),
    Column("user_id", String(64)),
    Column("revoked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("enforced", Boolean, nullable=False),
    UniqueConstraint("serial"),
    Index("ix_revocations_user_id", "user_id"),
)
"""Certificates that are good no more and have not ended by themselves. The highest number is the list's."""
