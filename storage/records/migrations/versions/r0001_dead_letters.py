"""Keep what could not be stored, with its reason."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the table of dead letters."""
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("kept_bytes", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64)),
        sa.Column("batch_id", sa.String(64)),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True)),
        sa.Column("payload_bytes", sa.BigInteger, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )
    op.create_index("ix_dead_letters_of_user", "dead_letters", ["user_id", "last_received_at", "id", "kept_bytes"])
    op.create_index("ix_dead_letters_newest", "dead_letters", ["last_received_at", "id"])


def downgrade() -> None:
    """Remove the table and all dead letters."""
    op.drop_table("dead_letters")
