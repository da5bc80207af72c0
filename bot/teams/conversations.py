"""What is said in a conversation because somebody waits for it: at once, or when the channel takes it."""

from dataclasses import dataclass
from functools import partial

from botbuilder.schema import Activity

from access.ports import NotDone
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.writer import Message, write


@dataclass(frozen=True, slots=True)
class Conversations:
    """Posts answers. botbuilder's own way to, through its turn, copies each of them three times."""

    connector: Connector
    later: Later

    async def answer(self, activity: Activity, message: Message) -> None:
        """Answer a message where it was written, before everybody who is there."""
        conversation = activity.conversation.id
        told = {
            **message,
            "from": {"id": activity.recipient.id},
            "recipient": {"id": activity.from_property.id},
            "conversation": {"id": conversation},
            "replyToId": activity.id,
        }
        await self.post(activity.service_url, conversation, told, reply_to=activity.id)

    async def post(
        self, service_url: str, conversation: str, message: Message, *, reply_to: str = ""
    ) -> None:
        """Post a message; one that the channel does not take in time comes later."""
        post = partial(
            self.connector.post, service_url, conversation, write(message), reply_to=reply_to, urgent=True
        )
        try:
            await post()
        except NotDone as refused:
            self.later.keep(post, refused)
