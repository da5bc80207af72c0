"""Runs the migrations on the connection, and in the transaction, of whoever starts Guestlist."""

from alembic import context

given = context.config.attributes
context.configure(connection=given["connection"], on_version_apply=given["applied"])
context.run_migrations()
