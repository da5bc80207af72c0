"""Writes of many rows: compiled once, with values as the database keeps them.

SQLAlchemy looks at each value of each row anew, which costs several times what writing them does.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Update


class Many:
    """Runs a statement for rows that all have these columns."""

    def __init__(self, statement: Insert | Update, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._ready: dict[str, tuple[str, Callable[[Any], Any]]] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        if connection.dialect.name not in self._ready:
            compiled = self._statement.compile(dialect=connection.dialect, column_keys=self._columns)
            self._ready[connection.dialect.name] = str(compiled), itemgetter(*compiled.positiontup or ())
        text, values = self._ready[connection.dialect.name]
        connection.exec_driver_sql(text, [values(row) for row in rows])
