"""When waivers of the policy were used: a note for each, written under the lock of the numbers alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, select

from access.rules.model import Waived
from access.rules.waiving import Uses, Waivable, WaiverKey, key_of, noted
from bot.store import reading
from bot.store.prepared import Keep
from bot.store.tables import notes, ticks_of, time_of

_PREFIX = "waiver/"
_KEEP = Keep(notes)


def uses_of(connection: Connection, waivers: Iterable[WaiverKey]) -> Uses:
    """Return when each of these waivers was used, as far as that is kept, and since when it is."""
    found, restores = _kept(connection, waivers), reading.restores(connection)
    return Uses(found, restores[-1].at if restores else None)


def _kept(connection: Connection, waivers: Iterable[WaiverKey]) -> dict[WaiverKey, Sequence[datetime]]:
    keys = {f"{_PREFIX}{one}": one for one in waivers}
    rows = connection.execute(select(notes.c.key, notes.c.value).where(notes.c.key.in_(keys)))
    found = {keys[row.key]: tuple(map(time_of, orjson.loads(row.value))) for row in rows}
    return {one: found.get(one, ()) for one in keys.values()}


class Waivings:
    """The uses that one transaction reads and adds to; each request sees those before it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._uses: dict[WaiverKey, Sequence[datetime]] = {}
        self._restored_at: datetime | None = None
        self._added: set[WaiverKey] = set()

    def before(self, wanted: object) -> Uses:
        """Return the uses that a request is made by, none for one that nothing waives."""
        if not isinstance(wanted, Waivable):
            return Uses({})
        unknown = [one for one in wanted.waivers if one not in self._uses]
        if unknown:
            found = uses_of(self._connection, unknown)
            self._uses.update(found.at)
            self._restored_at = found.restored_at
        return Uses({one: self._uses[one] for one in wanted.waivers}, self._restored_at)

    def add(self, waived: Waived | None) -> None:
        if waived is not None:
            key = key_of(waived.waiver)
            self._uses[key] = noted(self._uses[key], waived.at)
            self._added.add(key)

    def write(self) -> None:
        values = {key: orjson.dumps([ticks_of(at) for at in self._uses[key]]) for key in self._added}
        rows = [{"key": f"{_PREFIX}{key}", "value": value.decode()} for key, value in values.items()]
        _KEEP.run(self._connection, rows)
