"""The app comes and goes: who or what added it is greeted once, wherever Teams tells of it twice."""

from dataclasses import dataclass

from botbuilder.schema import Activity

from bot.teams.conversations import Conversations
from bot.teams.reader import chosen_channel
from bot.teams.reference import People, Reference
from bot.teams.writer import Message

_RESTORED = {"channelRestored", "teamRestored", "teamUnarchived"}


def concerns_us(activity: Activity, members: str) -> bool:
    """Tell whether the bot is among the members who came or went."""
    return any(member.id == activity.recipient.id for member in getattr(activity, members))


def is_restored(activity: Activity) -> bool:
    """Tell whether a channel or team is there again in which nobody could write."""
    return str((activity.channel_data or {}).get("eventType")) in _RESTORED


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Greets in the chat or channel that the app was added to; an upgrade adds and removes nothing."""

    conversations: Conversations
    people: People

    async def is_new(self, activity: Activity) -> bool:
        """Tell whether to greet, which is so once of the two activities that tell of one addition."""
        return await self.people.greet(Reference.of_activity(activity).conversation)

    async def greet(self, activity: Activity, welcome: Message) -> None:
        """Post the welcome: in a team to the channel that was chosen, else to General, which has its id.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
        """
        chosen = chosen_channel(activity.channel_data or {})
        there = Reference.of_activity(activity)
        await self.conversations.post(there.service, chosen or there.conversation, welcome)

    async def left(self, activity: Activity) -> None:
        await self.people.left(Reference.of_activity(activity).conversation)
