"""Alembic's entry: runs the revisions on the connection that storage/schema.py hands over."""

from alembic import context

from storage.models.base import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
