"""Reads when people are reminded, and when they are left in peace."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import time, timedelta
from itertools import pairwise
from typing import Any

from access.rules.policy_reads import Reads
from access.rules.quiet import QuietHours

MOST_REMINDERS = 10
EARLIEST_WARNING = timedelta(days=60)
LONGEST_UNDO = timedelta(days=30)
UNDO = r"[0-9]{1,3} ?[hd]"
_UNDO = re.compile(r"(?P<number>\d{1,3}) ?(?P<unit>[hd])", re.ASCII)
_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def read_reminders(reader: Reads, value: Any, where: str) -> tuple[timedelta, ...]:
    """Return after how long people are reminded, each time longer; an empty list means never."""
    if not isinstance(value, list) or len(value) > MOST_REMINDERS:
        reader.mistakes.append(f'{where}: write a list of at most {MOST_REMINDERS}, such as ["1d", "3d"]')
        return ()
    found = tuple(reader.length(one, where, timedelta()) for one in value)
    if any(later <= sooner for sooner, later in pairwise(found)):
        reader.mistakes.append(f"{where}: each must be longer than the one before")
    return found


def read_warnings(reader: Reads, value: Any, where: str) -> tuple[timedelta, ...]:
    """Return how long before an end people are warned, each time less; an empty list means never."""
    if not isinstance(value, list) or len(value) > MOST_REMINDERS:
        reader.mistakes.append(f'{where}: write a list of at most {MOST_REMINDERS}, such as ["14d", "3d"]')
        return ()
    found = tuple(reader.length(one, where, timedelta()) for one in value)
    if any(later >= sooner for sooner, later in pairwise(found)):
        reader.mistakes.append(f"{where}: each must be shorter than the one before")
    if any(one > EARLIEST_WARNING for one in found):
        reader.mistakes.append(f"{where}: at most {EARLIEST_WARNING.days} days")
    return found


def read_undo(reader: Reads, value: Any, where: str) -> timedelta:
    """Return for how long what was done can be undone, in hours or days."""
    found = _UNDO.fullmatch(value.strip()) if isinstance(value, str) else None
    length = timedelta(hours=int(found["number"]) * (24 if found["unit"] == "d" else 1)) if found else None
    if length is None or length > LONGEST_UNDO:
        reader.mistakes.append(f'{where}: write hours or days, such as "24h", at most 30d; "0h" for never')
        return timedelta()
    return length


def read_quiet_hours(
    reader: Reads, value: Any, where: str, usual: QuietHours, names: AbstractSet[str]
) -> QuietHours:
    """Return the quiet hours of a table, which says what differs from the usual ones."""
    table = reader.table(value, where)
    reader.known(table, where, names)
    weekend = table.get("weekend", usual.weekend)
    if not isinstance(weekend, bool):
        reader.mistakes.append(f"{where}.weekend: write true or false")
        weekend = usual.weekend
    begin = _time(reader, table, "from", where, usual.begin)
    return QuietHours(begin, _time(reader, table, "to", where, usual.end), weekend)


def _time(reader: Reads, table: Mapping[str, Any], key: str, where: str, usual: time) -> time:
    value = table.get(key)
    if value is None:
        return usual
    if not isinstance(value, str) or not _OF_DAY.fullmatch(value):
        reader.mistakes.append(f'{where}.{key}: write a time of day, such as "18:00"')
        return usual
    return time.fromisoformat(value)
