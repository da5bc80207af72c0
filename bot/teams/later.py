"""Answers that the channel asks to be held back for longer than a turn lasts: they are posted later."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from access.ports import AccessError, NotDone
from bot.teams.connector import pause

log = logging.getLogger(__name__)

_MOST = 500
"""Answers that may wait; what comes on top is lost, with a line in the log."""
_TRIES = 6
_FIRST = 5
"""The try at which the connector's own, with their short pauses, have ended."""


class Later:
    """Keeps what was surely not shown, and posts it when the channel takes it again."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._waiting: set[asyncio.Task[None]] = set()

    def keep(self, post: Callable[[], Awaitable[object]], refused: NotDone) -> None:
        """Keep a post that was refused for the moment; raises the refusal where too many wait."""
        if len(self._waiting) >= _MOST:
            raise refused
        task = asyncio.create_task(self._post(post, refused))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _post(self, post: Callable[[], Awaitable[object]], refused: NotDone) -> None:
        error: AccessError = refused
        for attempt in range(_FIRST, _FIRST + _TRIES):
            await self._sleep(pause(error.retry_after, attempt))
            try:
                await post()
            except NotDone as again:
                error = again
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
