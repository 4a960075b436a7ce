"""Tables of what passes between people and who coaches them: standings, feedback, alerts."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.records.tables.base import METADATA, Moment

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
