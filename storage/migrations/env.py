"""Alembic's entry point: runs the migrations on the connection that `storage.db.migrate` passes."""

from alembic import context

from storage.db.schema import BaseRow

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=BaseRow.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
