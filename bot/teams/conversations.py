"""The connector as botbuilder calls it."""

from dataclasses import dataclass
from functools import partial

from botbuilder.schema import Activity
from botframework.connector.auth import ConnectorFactory

from access.ports import NotDone
from bot.teams.connector import Connector
from bot.teams.later import Later
from bot.teams.writer import write


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted."""

    id: str


@dataclass(frozen=True, slots=True)
class Conversations:
    """The operations that a turn uses. Somebody waits for a turn's answer, so it is urgent.

    One that the channel does not take in time comes later, and has no id yet.
    """

    connector: Connector
    service_url: str
    later: Later

    async def reply_to_activity(self, conversation_id: str, activity_id: str, activity: Activity) -> Posted:
        post = partial(
            self.connector.post,
            self.service_url,
            conversation_id,
            write(activity),
            reply_to=activity_id,
            urgent=True,
        )
        try:
            return Posted(await post())
        except NotDone as refused:
            self.later.keep(post, refused)
            return Posted("")

    async def send_to_conversation(self, conversation_id: str, activity: Activity) -> Posted:
        return await self.reply_to_activity(conversation_id, "", activity)


@dataclass(frozen=True, slots=True)
class ConnectorClient:
    conversations: Conversations


class Connectors(ConnectorFactory):
    """Gives each turn the one connector, for the service URL it came from."""

    def __init__(self, connector: Connector, later: Later) -> None:
        self._connector = connector
        self._later = later

    async def create(self, service_url: str, audience: str) -> ConnectorClient:
        del audience
        return ConnectorClient(Conversations(self._connector, service_url, self._later))
