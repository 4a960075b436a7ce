"""Keep where each user stands, so that a roster reads one row a client."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"

_MOMENT = sa.DateTime(timezone=True)
_COLUMNS = ("energy_in_kcal", "protein_g", "session_load", "resting_heart_rate_bpm", "hrv_ms", "sleep_min")


def upgrade() -> None:
    """Make the table of standings."""
    op.create_table(
        "standings",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("checked_at", _MOMENT),
        sa.Column("time_zone", sa.String(64)),
        sa.Column("sex", sa.String(8)),
        sa.Column("birth_date", sa.Date),
        sa.Column("max_heart_rate_bpm", sa.Float),
        sa.Column("computed_at", _MOMENT),
        sa.Column("last_seen_at", _MOMENT),
        sa.Column("day", sa.Date),
        sa.Column("status", sa.String(16)),
        sa.Column("score", sa.Float),
        sa.Column("reasons", sa.JSON),
        *(sa.Column(f"{name}_{what}", sa.Float) for name in _COLUMNS for what in ("week", "usual")),
        sa.Column("wear_share", sa.Float),
        sa.Column("logging_share", sa.Float),
        sa.Column("sparklines", sa.JSON),
        sa.PrimaryKeyConstraint("user_id", name="pk_standings"),
    )
    op.create_index("ix_standings_due_at", "standings", ["due_at"])
    op.create_index("ix_standings_computed_at", "standings", ["computed_at"])


def downgrade() -> None:
    """Remove the table; it is made again from what is stored."""
    op.drop_table("standings")
