"""Alarms for the operator: always in the log, and in the conversation that the settings name."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from access.ports import AccessError, Gone, NotDone, Refused, Unreachable
from access.rules.causes import Cause
from access.rules.model import ObjectId
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.reference import People
from bot.teams.writer import card_message, text_message, write

log = logging.getLogger(__name__)

_MOST_PEOPLE = 20
"""To whom a card goes where no conversation is named."""


@dataclass(slots=True)
class Alarms:
    """Tells without keeping anybody waiting; an alarm that cannot be posted is in the log still."""

    connector: Connector
    people: People
    later: Later
    conversation: str
    tell_person: Callable[[ObjectId, bytes], Awaitable[None]]
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

    async def show(self, card: dict[str, Any], said: str, people: Sequence[ObjectId]) -> None:
        """Post a card where alarms go, else to each of these people; what it says is in the log in any case.

        Raises `NotDone` and `Unknown`, after which it may be shown again; whom it cannot reach it leaves out.
        """
        log.error(said)
        body = write(card_message(card))
        if not self.conversation:
            for person in people[:_MOST_PEOPLE]:
                await _reach(partial(self.tell_person, person, body), AccessError)
            return
        service = await self.people.service()
        if service is None:
            raise NotDone(Cause.UNAVAILABLE, "No activity has told yet how Teams is reached.")
        post = partial(self.connector.post, service[0], self.conversation, body)
        await _reach(post, (Refused, Gone, Unreachable))

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


async def _reach(
    post: Callable[[], Awaitable[Any]], given_up: type[AccessError] | tuple[type[AccessError], ...]
) -> None:
    """Post, unless that fails in a way after which it is not tried again."""
    try:
        await post()
    except given_up as error:
        log.warning("A card for the admins could not be posted", extra={"cause": error.cause})
