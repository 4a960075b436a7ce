"""Know each user's source devices, so that their number can be bounded."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the table of source devices."""
    op.create_table(
        "source_devices",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_source_devices"),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("source_devices")
