"""Wakes the reading of the delta, in whichever replica reads, however often it is rung."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from access.ports import AccessError, Store

NOTE = "changes/rung"
LOOKED_AT = 2.0
"""Seconds after which whoever reads hears what was rung in another replica."""
_LEAST = 1.0
"""Seconds between two readings, so that a flood causes one a second."""
_ECHO = 10.0
"""Seconds after a ring at which it is read once more: the directory may say so before its delta does."""


class Bell:
    """Rung where a notification arrives, heard where the delta is read: here, or by a note in the store.

    A hint only: who misses it reads when it is time anyway.
    """

    def __init__(self, store: Store, least: float = _LEAST, echo: float = _ECHO) -> None:
        self._store = store
        self._least, self._echo = least, echo
        self._echoes = False
        self._rung = asyncio.Event()
        self._is_heard_here = self.is_to_carry = False
        self._heard_afar: str | None = None

    def ring(self) -> None:
        if self._is_heard_here:
            self._rung.set()
        else:
            self.is_to_carry = True

    async def carry(self) -> None:
        """Have another replica hear what was rung here, if there is something; it looks now and then."""
        if not self.is_to_carry:
            return
        self.is_to_carry = False
        try:
            await self._store.keep_note(NOTE, secrets.token_hex(8))
        except AccessError:
            self.is_to_carry = True
            raise

    async def look(self) -> None:
        """Hear what was rung elsewhere."""
        note = await self._store.note(NOTE)
        if note != self._heard_afar:
            self._heard_afar = note
            self._rung.set()

    @contextmanager
    def heard_here(self) -> Iterator[None]:
        self._is_heard_here = True
        try:
            yield
        finally:
            self._is_heard_here = False

    async def wait(self, seconds: float) -> None:
        """Return when it is rung, or was since the last time, but not at once; and after these seconds.

        After a ring it is these seconds or those of the echo, whichever are less.
        """
        seconds = min(seconds, self._echo) if self._echoes else seconds
        at_once = min(self._least, seconds)
        await asyncio.sleep(at_once)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds - at_once)
        self._echoes = self._rung.is_set()
        self._rung.clear()
