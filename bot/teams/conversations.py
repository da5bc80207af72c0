"""What is said in a conversation because somebody waits for it: at once, or when the channel takes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from botbuilder.schema import Activity

from access.ports import AccessError, Gone, NotDone, Refused, Unknown, Unreachable
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.writer import Message, write

Instead = Callable[[AccessError], Awaitable[None]]
"""Goes another way with what was refused, now or when it was tried later."""


@dataclass(frozen=True, slots=True)
class Conversations:
    """Posts answers. botbuilder's own way to, through its turn, copies each of them three times."""

    connector: Connector
    later: Later

    async def answer(self, activity: Activity, message: Message, instead: Instead) -> None:
        """Answer a message where it was written, before everybody who is there."""
        conversation = activity.conversation.id
        told = {
            **message,
            "from": {"id": activity.recipient.id},
            "recipient": {"id": activity.from_property.id},
            "conversation": {"id": conversation},
            "replyToId": activity.id,
        }
        await self.post(
            activity.service_url, conversation, told, reply_to=activity.id, instead=instead, twice=True
        )

    async def post(
        self,
        service_url: str,
        conversation: str,
        message: Message,
        *,
        reply_to: str = "",
        instead: Instead | None = None,
        twice: bool = False,
    ) -> None:
        """Post a message; one that the channel does not take in time comes later.

        One that may have been shown does so where it may stand `twice`, else that is raised.
        """
        body = write(message)

        async def post() -> None:
            try:
                await self.connector.post(service_url, conversation, body, reply_to=reply_to, urgent=True)
            except (Refused, Unreachable, Gone) as error:
                if instead is None:
                    raise
                await instead(error)

        try:
            await post()
        except (NotDone, Unknown) as failed:
            self.later.keep(post, failed, twice=twice)
