"""Keeps what Guestlist knows. SQLAlchemy and Alembic live only here."""

from bot.store.errors import StoreError
from bot.store.sqlite import SqliteStore

__all__ = ["SqliteStore", "StoreError"]
