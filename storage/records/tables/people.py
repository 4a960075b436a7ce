"""Tables of people: who they are, whom they let see what, how they log in, and who did what with whose data."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.records.tables.base import METADATA, Moment

PEOPLE = Table(
    "people",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("name", String(120), nullable=False),
    Column("email", String(254)),
    Column("mobile", String(16)),
    Column("password_hash", String(255)),
    Column("time_zone", String(64), nullable=False),
    Column("sex", String(8)),
    Column("birth_date", Date),
    Column("height_cm", Float),
    Column("max_heart_rate_bpm", Float),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("role IN ('athlete', 'nutritionist', 'coach', 'administrator')", name="role"),
    CheckConstraint("sex IN ('female', 'male')", name="sex"),
    UniqueConstraint("email"),
    UniqueConstraint("mobile"),
)
"""Everybody with an account. `id` is the user id of topics, series and certificates."""

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("client_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("professional_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("scope", String(16), nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    CheckConstraint("scope IN ('nutrition', 'training')", name="scope"),
    Index(
        "ix_consents_in_force",
        "client_id",
        "professional_id",
        unique=True,
        sqlite_where=text("withdrawn_at IS NULL"),
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    Index("ix_consents_professional_id", "professional_id"),
)
"""Who may see whose data, and how much: in force while `withdrawn_at` is null. Training includes nutrition."""

ONE_TIME_CODES = Table(
    "one_time_codes",
    METADATA,
    Column("mobile", String(16), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("sends", Integer, nullable=False),
    Column("first_sent_at", Moment, nullable=False),
)
"""The code that a mobile number was sent last. `sends` counts from `first_sent_at` on."""

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Index("ix_sessions_person_id", "person_id"),
    Index("ix_sessions_expires_at", "expires_at"),
)
"""Logins, each with the family of refresh tokens that came of it."""

REFRESH_TOKENS = Table(
    "refresh_tokens",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("session_id", ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index("ix_refresh_tokens_session_id", "session_id"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(64)),
    Column("actor_role", String(16)),
    Column("subject", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("detail", String(200), nullable=False),
    Index("ix_audit_subject", "subject", "id"),
    Index("ix_audit_actor", "actor"),
)
"""Who did what to whose data, and when. Triggers refuse changes but for what a deletion needs."""

DELETIONS = Table(
    "deletions",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("asked_by_role", String(16), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("erased_at", Moment),
    UniqueConstraint("person_id"),
)
"""Erasures under way, so that one goes on after a crash. A row goes when nothing of the person is left."""
