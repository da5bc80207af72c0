"""Answers that one person alone may read: where they asked or in their own chat, never before others."""

import logging
from dataclasses import dataclass
from functools import partial

from botbuilder.schema import Activity

from access.ports import AccessError, Gone, NotDone, Refused, Unknown, Unreachable
from bot.teams.chat import TeamsChat
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.members import Standing
from bot.teams.reference import Reference, is_targeted
from bot.teams.turns import actor_of, scope_of
from bot.teams.writer import Message, text_message, write
from cards import plain
from cards.look import Look
from dialogs.turn import Scope

log = logging.getLogger(__name__)


def is_private(activity: Activity) -> bool:
    """Tell whether others are about, and the answer to a message is none of their business.

    That is so for what was said to the bot alone, and for a button: it arrives as a message from clients
    that know no Action.Execute, and is answered with the presser's own view of the card.
    """
    if scope_of(activity) is Scope.PERSONAL:
        return False
    return is_targeted(activity) or isinstance(activity.value, dict)


@dataclass(frozen=True, slots=True)
class Private:
    """Answers privately; a refusal, whatever its status, leads to the other private way."""

    connector: Connector
    chat: TeamsChat
    later: Later
    house: Look

    async def answer(self, activity: Activity, reply: Message) -> None:
        """Answer a message, later where the channel asks for it; raises `AccessError` if no way is left."""
        try:
            await self._answer(activity, reply)
        except (NotDone, Unknown) as failed:
            self.later.keep(partial(self._answer, activity, reply), failed, twice=True)

    async def offer(self, activity: Activity, reply: Message) -> None:
        """Post what can stand in one's own chat alone; raises `AccessError` if it cannot."""
        try:
            await self._in_own_chat(activity, reply)
        except NotDone as refused:
            self.later.keep(partial(self._in_own_chat, activity, reply), refused)

    async def answer_instead(self, activity: Activity, reply: Message, error: AccessError) -> None:
        """Answer in their own chat whoever asked where we may not write; raises `error` if it was there."""
        if scope_of(activity) is Scope.PERSONAL:
            raise error
        fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
        log.info("An answer was refused, so it goes to the person's own chat", extra=fields)
        try:
            await self._in_own_chat(activity, reply)
        except (NotDone, Unknown) as failed:
            self.later.keep(partial(self._in_own_chat, activity, reply), failed, twice=True)

    async def _answer(self, activity: Activity, reply: Message) -> None:
        """Answer one way, else the other; of what all have read, they may read that its answer has no way."""
        ways, aside = (self._in_own_chat, self._targeted), is_targeted(activity)
        first, second = reversed(ways) if aside else ways
        try:
            await first(activity, reply)
        except (Refused, Unreachable, Gone) as error:
            fields = {"cause": error.cause, "why": str(error), "trace": error.trace}
            log.info("A private answer was refused, so it goes the other way", extra=fields)
            try:
                await second(activity, reply)
            except (Refused, Unreachable, Gone):
                if aside:
                    raise
                words = plain.write_first(self.house.of(activity.locale or "", ""))
                await self._post(activity, text_message(words), targeted=False)

    async def _in_own_chat(self, activity: Activity, reply: Message) -> None:
        actor = actor_of(activity)
        if actor is None:
            log.warning("An answer was not posted: nobody is known to whom it could go")
            return
        await self.chat.tell(actor.object_id, write(reply))

    async def turn_away(self, activity: Activity, words: str, standing: Standing) -> None:
        """Tell somebody that they are not served, where they are and to them alone, else not at all.

        Who may yet turn out to be ours is told in their own chat, which somebody of another tenant has not.
        """
        reply, actor = text_message(words), actor_of(activity)
        try:
            await self._targeted(activity, reply)
        except AccessError as error:
            log.info("A refusal could not be told in private", extra={"why": str(error)})
            if standing is Standing.UNREAD and actor is not None:
                await self.chat.tell(actor.object_id, write(reply))

    async def _targeted(self, activity: Activity, reply: Message) -> None:
        """Post where the person is; the body names whom it is for, and nothing else of the transport.

        https://learn.microsoft.com/microsoftteams/platform/agents-in-teams/targeted-messages
        """
        sender = activity.from_property
        told = {**reply, "recipient": {"id": sender.id, "name": sender.name}}
        await self._post(activity, told, targeted=True)

    async def _post(self, activity: Activity, message: Message, *, targeted: bool) -> None:
        there = Reference.of_activity(activity)
        await self.connector.post(
            there.service,
            there.conversation,
            write(message),
            reply_to=there.thread,
            targeted=targeted,
            urgent=True,
        )
