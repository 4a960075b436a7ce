"""Let an erasure take a professional's id out of what their clients' audit tells of consents."""

from alembic import op

revision = "0007"
down_revision: str | None = "0006"

_FORGETTING_THE_ACTOR = """
    COALESCE(NEW.actor, '') <> COALESCE(OLD.actor, '')
    AND (NEW.actor IS NOT NULL OR OLD.actor NOT IN (SELECT person_id FROM deletions))
"""
_FORGETTING_THE_OTHER = """
    NEW.detail <> OLD.detail AND (
        OLD.action NOT IN ('consent.given', 'consent.withdrawn')
        OR NEW.detail NOT IN (SELECT replace(OLD.detail, person_id, 'somebody erased') FROM deletions)
    )
"""
_NEITHER = f"""
    ({_FORGETTING_THE_ACTOR}) OR ({_FORGETTING_THE_OTHER})
    OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR COALESCE(NEW.actor_role, '') <> COALESCE(OLD.actor_role, '')
    OR NEW.subject <> OLD.subject OR NEW.action <> OLD.action
"""
_AS_BEFORE = """
    NEW.actor IS NOT NULL OR OLD.actor IS NULL OR OLD.actor NOT IN (SELECT person_id FROM deletions)
    OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.actor_role <> OLD.actor_role
    OR NEW.subject <> OLD.subject OR NEW.action <> OLD.action OR NEW.detail <> OLD.detail
"""
_REFUSAL = "the audit is append-only"


def upgrade() -> None:
    """Refuse every other change, as before."""
    _guard(_NEITHER)


def downgrade() -> None:
    """Allow an erasure to forget who did something, and nothing else."""
    _guard(_AS_BEFORE)


def _guard(refused: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE OR REPLACE FUNCTION guard_audit_update() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {refused} THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; RETURN NEW; END $$"
        )
        return
    op.execute("DROP TRIGGER audit_update")
    op.execute(
        f"CREATE TRIGGER audit_update BEFORE UPDATE ON audit WHEN {refused} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    )
