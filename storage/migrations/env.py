"""Alembic's entry: runs migrations on the connection that `storage.migrating` hands over."""

from alembic import context

from storage.db.schema import BaseRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=BaseRow.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
