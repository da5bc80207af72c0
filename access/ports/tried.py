"""Readings that may fail one by one: what was read, or why it was not."""

from collections.abc import Awaitable
from typing import TypeVar

from access.ports.errors import AccessError, NotLicensed, Unfamiliar
from access.rules.causes import Cause
from access.rules.clues import Unread

T = TypeVar("T")


async def tried(reading: Awaitable[T]) -> T | Unread:
    """Return what was read, or why it cannot be."""
    try:
        return await reading
    except NotLicensed:
        return Unread.LICENCE
    except Unfamiliar:
        return Unread.UNFAMILIAR
    except AccessError as error:
        return Unread.PERMISSION if error.cause is Cause.RIGHTS_MISSING else Unread.AWAY
