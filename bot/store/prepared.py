"""Writes that are compiled once, with values as the database keeps them.

SQLAlchemy looks at each value of each row anew, which costs several times what writing them does.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Table, Update

from bot.store import dialect

Row = Mapping[str, Any]


class Many:
    """Runs a statement for rows that all have these columns."""

    def __init__(self, statement: Insert | Update, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._ready: dict[str, tuple[str, Callable[[Any], Any]]] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            text, values = self._compiled(connection)
            connection.exec_driver_sql(text, [values(row) for row in rows])

    def _compiled(self, connection: Connection) -> tuple[str, Callable[[Any], Any]]:
        name = connection.dialect.name
        if name not in self._ready:
            compiled = self._spelled(connection).compile(
                dialect=connection.dialect, column_keys=self._columns
            )
            self._ready[name] = str(compiled), itemgetter(*compiled.positiontup or ())
        return self._ready[name]

    def _spelled(self, connection: Connection) -> Insert | Update:  # noqa: ARG002 - for those that differ
        return self._statement


class Unless(Many):
    """Inserts a row, unless one is there with which it cannot be together."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.insert(), table.c.keys())
        self._table = table

    def was_added(self, connection: Connection, row: Row) -> bool:
        text, values = self._compiled(connection)
        return connection.exec_driver_sql(text, values(row)).rowcount == 1

    def _spelled(self, connection: Connection) -> Insert:
        return dialect.insert(connection, self._table).on_conflict_do_nothing()


class Keep(Many):
    """Writes rows, or their values into those that have their key, whoever writes them at the same time."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.insert(), table.c.keys())
        self._table = table

    def _spelled(self, connection: Connection) -> Insert:
        row = dialect.insert(connection, self._table)
        key = [column.name for column in self._table.primary_key]
        others = {name: row.excluded[name] for name in self._table.c.keys() if name not in key}  # noqa: SIM118 - a collection of columns
        return row.on_conflict_do_update(index_elements=key, set_=others)
