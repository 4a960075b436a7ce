"""What Alembic runs for each command: the revisions, in the transaction that `storage.records.migrations` opened."""

from alembic import context

from storage.records.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite can't alter most things in place
)
with context.begin_transaction():
    context.run_migrations()
