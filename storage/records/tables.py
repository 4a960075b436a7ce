"""The tables of the records. One that is added here needs a migration; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
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

STANDING_COLUMNS = ("energy_in_kcal", "protein_g", "session_load", "resting_heart_rate_bpm", "hrv_ms", "sleep_min")
"""Columns of the daily summary of which a standing tells the last week's mean and what is usual."""

STANDINGS = Table(
    "standings",
    METADATA,
    Column("user_id", String(64), primary_key=True),
    # Who works on the user's days takes the next turn, and sees at the end whether another has begun meanwhile.
    Column("turn", BigInteger, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("checked_at", Moment),
    # What the user's days were last made with, as it was in `people`.
    Column("time_zone", String(64)),
    Column("sex", String(8)),
    Column("birth_date", Date),
    Column("max_heart_rate_bpm", Float),
    Column("computed_at", Moment),
    Column("last_seen_at", Moment),
    Column("day", Date),
    Column("status", String(16)),
    Column("score", Float),
    Column("reasons", JSON),
    *(Column(f"{name}_{what}", Float) for name in STANDING_COLUMNS for what in ("week", "usual")),
    Column("wear_share", Float),
    Column("logging_share", Float),
    Column("sparklines", JSON),
    Column("adherence", JSON),
    Index("ix_standings_due_at", "due_at"),
    Index("ix_standings_computed_at", "computed_at"),
)
"""Where each user stands, and how far the work on their days is."""

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("user_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("author_id", ForeignKey("people.id", ondelete="SET NULL")),
    Column("author_role", String(16), nullable=False),
    Column("sent_at", Moment, nullable=False),
    # Where boards show it: noon UTC of the day that it is about, as the summaries of days are, else when it was sent.
    Column("about_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("tags", String(120), nullable=False),
    Column("day", Date),
    Column("kind", String(64)),
    Column("item_id", String(64)),
    Column("targets", JSON, nullable=False),
    Column("has_targets", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("read_at", Moment),
    Index("ix_feedback_of_user", "user_id", "sent_at"),
    Index("ix_feedback_author_id", "author_id"),
    Index(
        "ix_feedback_undelivered",
        "next_try_at",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
)
"""What coaches and nutritionists wrote to clients. Tags are separated by commas."""

FEEDBACK_ANSWERS = Table(
    "feedback_answers",
    METADATA,
    Column("feedback_id", ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("batch_id", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
)
"""What clients answered; sent again under the same id of theirs, it is the same answer."""

ALERTS = Table(
    "alerts",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("user_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("rule", String(16), nullable=False),
    Column("cause", String(64), nullable=False),
    Column("day", Date, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    # When it is to be published next; null once it was, and when it is too late for that.
    Column("due_at", Moment),
    Column("published_at", Moment),
    UniqueConstraint("user_id", "cause", "rule", "day"),
    Index("ix_alerts_of_user", "user_id", "raised_at"),
    Index("ix_alerts_due_at", "due_at"),
)
"""What people were alerted to: one for each cause and day."""

ALERT_SWITCHES = Table(
    "alert_switches",
    METADATA,
    Column("user_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(16), primary_key=True),
)
"""Rules that somebody has switched off for themselves."""

ANNOTATIONS_VIEW = "annotations"
"""A view for boards, made by its migration: what was written to clients, what they answered, and alerts."""
