"""Alarms for the operator: always in the log, and in the conversation that the settings name."""

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from access.ports import AccessError, NotDone
from access.rules.causes import Cause
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.reference import People
from bot.teams.writer import text_message, write

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Alarms:
    """Tells without keeping anybody waiting; an alarm that cannot be posted is in the log still."""

    connector: Connector
    people: People
    later: Later
    conversation: str
    _posting: set[asyncio.Task[None]] = field(default_factory=set)

    def ring(self, text: str) -> None:
        log.error(text)
        if self.conversation:
            task = asyncio.create_task(self._post(text))
            self._posting.add(task)
            task.add_done_callback(self._posting.discard)

    async def tell(self, conversation: str, text: str) -> None:
        """Post what is no alarm; raises `AccessError` where that is not possible now."""
        service = await self.people.service()
        if service is None:
            raise NotDone(Cause.UNAVAILABLE, "No activity has told yet how Teams is reached.")
        await self.connector.post(service[0], conversation, write(text_message(text)))

    async def _post(self, text: str) -> None:
        try:
            service = await self.people.service()
            if service is None:
                log.warning("No activity has told yet how Teams is reached, so the alarm is in the log alone")
                return
            post = partial(self.connector.post, service[0], self.conversation, write(text_message(text)))
            try:
                await post()
            except NotDone as refused:
                self.later.keep(post, refused)
        except AccessError as error:
            log.warning("The alarm could not be posted", extra={"cause": error.cause})
