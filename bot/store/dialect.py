"""The few statements that the databases spell differently."""

from sqlalchemy import JSON, Column, ColumnElement, Connection, Table, cast, func, text
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


def json_text(connection: Connection, column: Column[str], *path: str) -> ColumnElement[str]:
    """Return a text within a column that is kept as JSON."""
    if connection.dialect.name == "postgresql":
        return func.json_extract_path_text(cast(column, JSON), *path)
    return func.json_extract(column, "$." + ".".join(path))
