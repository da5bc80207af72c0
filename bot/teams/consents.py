"""Answers to a file that was offered, made beside the call that brings them: Teams waits for no upload."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from botbuilder.schema import Activity

from access.ports import AccessError, NotDone
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.reference import Reference
from bot.teams.writer import Message, write

log = logging.getLogger(__name__)

_MOST = 20
"""Files that may be under way; more are refused at once, and may be accepted again."""


class Consents:
    """Makes what was accepted, and puts the file, or why there is none, in the place of its offer.

    What a stop cuts off has changed no card: the offer stands, and another can be had.
    """

    def __init__(self, connector: Connector, later: Later) -> None:
        self._connector = connector
        self._later = later
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, activity: Activity, answer: Callable[[], Awaitable[tuple[Message | None, bool]]]) -> bool:
        """Begin to answer; False where too many are under way."""
        if len(self._under_way) >= _MOST:
            return False
        task = asyncio.create_task(self._run(activity, answer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    async def _run(
        self, activity: Activity, answer: Callable[[], Awaitable[tuple[Message | None, bool]]]
    ) -> None:
        message, takes_place = await answer()
        if message is None:
            return
        offer = activity.reply_to_id if takes_place else None
        show = partial(self._show, Reference.of_activity(activity), message, offer)
        try:
            await show()
        except NotDone as refused:
            self._later.keep(show, refused)
        except AccessError as error:
            fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
            log.warning("What became of a file could not be shown", extra=fields)

    async def _show(self, there: Reference, message: Message, offer: str | None) -> None:
        """Show it in the place of the offer or, where that is gone by now, below it."""
        body = write(message)
        if offer:
            try:
                await self._connector.update(there.service, there.conversation, offer, body)
            except NotDone:
                raise
            except AccessError as error:
                log.info("An offer stays as it was", extra={"cause": error.cause, "trace": error.trace})
            else:
                return
        await self._connector.post(there.service, there.conversation, body, urgent=True)

    async def close(self) -> None:
        if self._under_way:
            log.warning("Files that were under way are left", extra={"count": len(self._under_way)})
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
