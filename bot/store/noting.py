"""What is noted beside requests: small values under a key, and which activities came already."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from bot.store.prepared import Keep, Unless
from bot.store.tables import ACTIVITY_ROOM, notes, ticks_of, turns

_REMEMBERED = timedelta(days=1)
"""How long an activity's id is kept: Teams repeats a delivery within minutes."""
_ADD_TURN, _ADD_NOTE, _KEEP_NOTE = Unless(turns), Unless(notes), Keep(notes)


def first_time(connection: Connection, activity: str, now: datetime) -> bool:
    """Note an activity's id, or its digest where there is no room for it, and drop those of yesterday."""
    connection.execute(delete(turns).where(turns.c.at < now - _REMEMBERED))
    if len(activity) > ACTIVITY_ROOM:
        activity = f"sha256:{hashlib.sha256(activity.encode()).hexdigest()}"
    return _ADD_TURN.was_added(connection, {"activity": activity, "at": ticks_of(now)})


def keep_note(connection: Connection, key: str, value: str) -> None:
    _KEEP_NOTE.run(connection, [{"key": key, "value": value}])


def replace_note(connection: Connection, key: str, was: str | None, value: str) -> bool:
    """Write a value where the note still is what it was; of two who do so at the same time one does."""
    if was is None:
        return _ADD_NOTE.was_added(connection, {"key": key, "value": value})
    still = (notes.c.key == key) & (notes.c.value == was)
    return connection.execute(update(notes).where(still).values(value=value)).rowcount == 1
