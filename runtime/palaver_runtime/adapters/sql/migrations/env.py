"""Runs migrations on the connection that the caller gives, within the caller's transaction."""

from alembic import context

from palaver_runtime.adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
