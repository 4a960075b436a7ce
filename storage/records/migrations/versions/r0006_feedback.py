"""Let coaches write to their clients, alert people, and show both on boards."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"

_MOMENT = sa.DateTime(timezone=True)
_UNDELIVERED = sa.text("delivered_at IS NULL")

# The same on both databases: what they spell differently is kept in columns of its own.
_ANNOTATIONS = """
CREATE VIEW annotations AS
SELECT about_at AS time, user_id, author_id, 'feedback' AS source, author_role AS title, text, tags
FROM feedback
UNION ALL
SELECT a.at, f.user_id, f.author_id, 'answer', 'answer', a.text, 'answer'
FROM feedback_answers a JOIN feedback f ON f.id = a.feedback_id
UNION ALL
SELECT raised_at, user_id, NULL, 'alert', rule, text, 'alert,' || rule
FROM alerts
"""


def upgrade() -> None:
    """Make the tables, and the view over them."""
    _make_feedback()
    _make_alerts()
    op.add_column("standings", sa.Column("adherence", sa.JSON))
    op.execute(_ANNOTATIONS)


def downgrade() -> None:
    """Remove all of it."""
    op.execute("DROP VIEW annotations")
    with op.batch_alter_table("standings") as standings:
        standings.drop_column("adherence")
    for table in ("alert_switches", "alerts", "feedback_answers", "feedback"):
        op.drop_table(table)


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("author_id", sa.String(64)),
        sa.Column("author_role", sa.String(16), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
        sa.Column("about_at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tags", sa.String(120), nullable=False),
        sa.Column("day", sa.Date),
        sa.Column("kind", sa.String(64)),
        sa.Column("item_id", sa.String(64)),
        sa.Column("targets", sa.JSON, nullable=False),
        sa.Column("has_targets", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", _MOMENT, nullable=False),
        sa.Column("delivered_at", _MOMENT),
        sa.Column("read_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name="fk_feedback_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name="fk_feedback_author_id", ondelete="SET NULL"),
    )
    op.create_index("ix_feedback_of_user", "feedback", ["user_id", "sent_at"])
    op.create_index("ix_feedback_author_id", "feedback", ["author_id"])
    op.create_index(
        "ix_feedback_undelivered",
        "feedback",
        ["next_try_at"],
        sqlite_where=_UNDELIVERED,
        postgresql_where=_UNDELIVERED,
    )
    op.create_table(
        "feedback_answers",
        sa.Column("feedback_id", sa.String(36), nullable=False),
        sa.Column("batch_id", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("feedback_id", "batch_id", name="pk_feedback_answers"),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name="fk_feedback_answers_feedback_id", ondelete="CASCADE"
        ),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("raised_at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("published_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("user_id", "cause", "rule", "day", name="uq_alerts_user_id_cause_rule_day"),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name="fk_alerts_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_alerts_of_user", "alerts", ["user_id", "raised_at"])
    op.create_index("ix_alerts_due_at", "alerts", ["due_at"])
    op.create_table(
        "alert_switches",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "rule", name="pk_alert_switches"),
        sa.ForeignKeyConstraint(["user_id"], ["people.id"], name="fk_alert_switches_user_id", ondelete="CASCADE"),
    )
