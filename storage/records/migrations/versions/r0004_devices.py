"""Know the devices: who has which, with which certificates, and which of those are good no more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "devices",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("registered_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT),
        sa.Column("state", sa.String(16)),
        sa.Column("battery_pct", sa.Float),
        sa.Column("firmware", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
    )
    op.create_index("ix_devices_user_id", "devices", ["user_id"])
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("device_id", sa.String(36), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("pem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("serial", name="pk_certificates"),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name="fk_certificates_device_id", ondelete="CASCADE"),
    )
    op.create_index("ix_certificates_device_id", "certificates", ["device_id"])
    op.create_table(
        "revocations",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), autoincrement=False, nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(64)),
        sa.Column("revoked_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("enforced", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_revocations"),
        sa.UniqueConstraint("serial", name="uq_revocations_serial"),
    )
    op.create_index("ix_revocations_user_id", "revocations", ["user_id"])


def downgrade() -> None:
    """Remove the tables; a broker keeps the list of revoked certificates that it has."""
    for table in ("revocations", "certificates", "devices"):
        op.drop_table(table)
