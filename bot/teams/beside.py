"""Answers that take longer than a turn: a card that says so at once, then what comes of it in its place."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from botbuilder.schema import Activity

from access.ports import AccessError, NotDone, Unknown
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.reference import Reference
from bot.teams.writer import Message, write

log = logging.getLogger(__name__)

_MOST = 20
"""Answers that may be under way; more are refused at once, and may be asked for again."""

Work = Callable[[], Awaitable[Message | None]]


class Besides:
    """Shows the answers of one chat at a time in their order: the card that came first is the one changed.

    What a stop cuts off leaves that card as it is, which says what to do then.
    """

    def __init__(self, connector: Connector, later: Later) -> None:
        self._connector = connector
        self._later = later
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, activity: Activity, first: Message, work: Work | None) -> bool:
        """Show the first card and begin the work; False where too many are under way."""
        if len(self._under_way) >= _MOST:
            return False
        there, shown = Reference.of_activity(activity), ""
        show = partial(self._post, there, first)
        try:
            shown = await show()
        except (NotDone, Unknown) as failed:
            if work is None:
                self._later.keep(show, failed, twice=True)
        if work is not None:
            task = asyncio.create_task(self._run(there, shown, work))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return True

    async def _run(self, there: Reference, shown: str, work: Work) -> None:
        message = await work()
        if message is None:
            return
        show = partial(self._show, there, message, shown)
        try:
            await show()
        except (NotDone, Unknown) as failed:
            self._later.keep(show, failed, twice=True)
        except AccessError as error:
            fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
            log.warning("What came of an answer could not be shown", extra=fields)

    async def _show(self, there: Reference, message: Message, shown: str) -> None:
        """Show it in the place of the first card or, where that is gone by now, below it."""
        if shown:
            try:
                await self._connector.update(there.service, there.wire_id, shown, write(message))
            except (NotDone, Unknown):
                raise
            except AccessError as error:
                log.info("A first card stays as it was", extra={"cause": error.cause, "trace": error.trace})
            else:
                return
        await self._post(there, message)

    async def _post(self, there: Reference, message: Message) -> str:
        return await self._connector.post(there.service, there.wire_id, write(message), urgent=True)

    async def close(self) -> None:
        if self._under_way:
            log.warning("Answers that were under way are left", extra={"count": len(self._under_way)})
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
