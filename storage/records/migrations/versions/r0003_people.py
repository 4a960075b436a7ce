"""Know the people: accounts, consents, logins, the audit, and erasures under way."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"

_TABLES = ("deletions", "audit", "refresh_tokens", "sessions", "one_time_codes", "consents", "people")
_MOMENT = sa.DateTime(timezone=True)

_ONLY_FOR_A_DELETION = "OLD.subject NOT IN (SELECT person_id FROM deletions)"
_ANYTHING_BUT_FORGETTING_THE_ACTOR = """
    NEW.actor IS NOT NULL OR OLD.actor IS NULL OR OLD.actor NOT IN (SELECT person_id FROM deletions)
    OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.actor_role <> OLD.actor_role
    OR NEW.subject <> OLD.subject OR NEW.action <> OLD.action OR NEW.detail <> OLD.detail
"""
_REFUSAL = "the audit is append-only"


def upgrade() -> None:
    """Make the tables, and the triggers that hold the audit to be append-only."""
    _make_people()
    _make_consents()
    _make_logins()
    _make_audit()
    if op.get_bind().dialect.name == "postgresql":
        _guard_audit_in_postgresql()
    else:
        _guard_audit_in_sqlite()


def downgrade() -> None:
    """Remove the tables, and with them all accounts."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for function in ("guard_audit", "guard_audit_delete", "guard_audit_update"):
            op.execute(f"DROP FUNCTION {function}()")


def _make_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("mobile", sa.String(16)),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("sex", sa.String(8)),
        sa.Column("birth_date", sa.Date),
        sa.Column("height_cm", sa.Float),
        sa.Column("max_heart_rate_bpm", sa.Float),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.CheckConstraint("role IN ('athlete', 'nutritionist', 'coach', 'administrator')", name="ck_people_role"),
        sa.CheckConstraint("sex IN ('female', 'male')", name="ck_people_sex"),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sa.UniqueConstraint("mobile", name="uq_people_mobile"),
    )


def _make_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("professional_id", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
        sa.ForeignKeyConstraint(["client_id"], ["people.id"], name="fk_consents_client_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["professional_id"], ["people.id"], name="fk_consents_professional_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("scope IN ('nutrition', 'training')", name="ck_consents_scope"),
    )
    op.create_index(
        "ix_consents_in_force",
        "consents",
        ["client_id", "professional_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_index("ix_consents_professional_id", "consents", ["professional_id"])


def _make_logins() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("mobile", sa.String(16), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("sends", sa.Integer, nullable=False),
        sa.Column("first_sent_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("mobile", name="pk_one_time_codes"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_tokens"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_refresh_tokens_session_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_refresh_tokens_session_id", "refresh_tokens", ["session_id"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("actor_role", sa.String(16)),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_table(
        "deletions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("asked_by_role", sa.String(16), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("erased_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
        sa.UniqueConstraint("person_id", name="uq_deletions_person_id"),
    )


def _guard_audit_in_sqlite() -> None:
    for what, when in (("DELETE", _ONLY_FOR_A_DELETION), ("UPDATE", _ANYTHING_BUT_FORGETTING_THE_ACTOR)):
        op.execute(
            f"CREATE TRIGGER audit_{what.lower()} BEFORE {what} ON audit WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )


def _guard_audit_in_postgresql() -> None:
    op.execute(
        f"CREATE FUNCTION guard_audit() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for what, when in (("DELETE", _ONLY_FOR_A_DELETION), ("UPDATE", _ANYTHING_BUT_FORGETTING_THE_ACTOR)):
        # A trigger's WHEN may ask no other table, so the function does.
        op.execute(
            f"CREATE FUNCTION guard_audit_{what.lower()}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {when} THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; "
            f"RETURN {'OLD' if what == 'DELETE' else 'NEW'}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER audit_{what.lower()} BEFORE {what} ON audit "
            f"FOR EACH ROW EXECUTE FUNCTION guard_audit_{what.lower()}()"
        )
    op.execute(
        "CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION guard_audit()"
    )
