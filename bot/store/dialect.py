"""The few statements that the databases spell differently."""

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

_CHAIN = text("SELECT pg_advisory_xact_lock(7305507)")  # any number, the same for every Guestlist


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what to do about a row that is there already."""
    return (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)


def lock_chain(connection: Connection) -> None:
    """Let nobody else link to the audit chain until the commit; SQLite has one writer anyway.

    A statement of its own: the one that reads the head must see what was committed while this one waited.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_CHAIN)
