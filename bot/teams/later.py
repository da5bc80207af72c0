"""Answers that the channel asks to be held back for longer than a turn lasts: they are posted later."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from access.ports import AccessError, NotDone, Unknown
from bot.teams.connector import pause

log = logging.getLogger(__name__)

_MOST = 500
"""Answers that may wait; what comes on top is lost, with a line in the log."""
_TRIES = 6
_FIRST = 5
"""The try at which the connector's own, with their short pauses, have ended."""
_FIRST_OF_LOST = 3
"""The connector tries once alone what it may have shown."""
_MOST_LOST = 4
"""Posts of one answer that may have been shown: it stands there that often at worst."""


class Later:
    """Keeps what was not shown, or for all that is known was not, and posts it when the channel takes it."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._waiting: set[asyncio.Task[None]] = set()

    def keep(
        self, post: Callable[[], Awaitable[object]], failed: NotDone | Unknown, *, twice: bool = False
    ) -> None:
        """Keep a post that failed for the moment; raises why where too many wait.

        What may have been shown is posted again where it may stand `twice`, as an answer to who waits for it.
        """
        if len(self._waiting) >= _MOST or (isinstance(failed, Unknown) and not twice):
            raise failed
        task = asyncio.create_task(self._post(post, failed, twice=twice))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _post(
        self, post: Callable[[], Awaitable[object]], failed: NotDone | Unknown, *, twice: bool
    ) -> None:
        error: AccessError = failed
        lost = int(isinstance(failed, Unknown))
        first = _FIRST_OF_LOST if lost else _FIRST
        for attempt in range(first, first + _TRIES):
            await self._sleep(pause(error.retry_after, attempt))
            try:
                await post()
            except NotDone as again:
                error = again
            except Unknown as again:
                error, lost = again, lost + 1
                if not twice or lost == _MOST_LOST:
                    break
            except AccessError as other:
                error = other
                break
            else:
                return
        log.warning("An answer could not be posted", extra={"cause": error.cause, "trace": error.trace})

    async def close(self) -> None:
        if self._waiting:
            log.warning("Answers that waited for the channel are lost", extra={"count": len(self._waiting)})
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
