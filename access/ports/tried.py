"""Readings that may fail one by one: what was read, or why it was not."""

import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from access.ports.errors import AccessError, NotLicensed, Unfamiliar
from access.rules.causes import Cause
from access.rules.clues import Unread

T = TypeVar("T")


def tried(reading: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T | Unread]:
    """Return what was read, or why it cannot be."""
    looking = _tried(reading)
    # What is canceled before its first step awaits nothing: then nobody else would close the reading.
    weakref.finalize(looking, reading.close).atexit = False
    return looking


async def _tried(reading: Coroutine[Any, Any, T]) -> T | Unread:
    try:
        return await reading
    except NotLicensed:
        return Unread.LICENCE
    except Unfamiliar:
        return Unread.UNFAMILIAR
    except AccessError as error:
        return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
