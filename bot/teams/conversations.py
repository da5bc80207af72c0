"""The connector as botbuilder calls it."""

from dataclasses import dataclass

from botbuilder.schema import Activity
from botframework.connector.auth import ConnectorFactory

from bot.teams.connector import Connector
from bot.teams.writer import write


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted."""

    id: str


@dataclass(frozen=True, slots=True)
class Conversations:
    """The operations that a turn uses. Somebody waits for a turn's answer, so it is urgent."""

    connector: Connector
    service_url: str

    async def reply_to_activity(self, conversation_id: str, activity_id: str, activity: Activity) -> Posted:
        return Posted(
            await self.connector.post(
                self.service_url,
                conversation_id,
                write(activity),
                reply_to=activity_id,
                urgent=True,
            )
        )

    async def send_to_conversation(self, conversation_id: str, activity: Activity) -> Posted:
        return await self.reply_to_activity(conversation_id, "", activity)

    async def update_activity(self, conversation_id: str, activity_id: str, activity: Activity) -> Posted:
        await self.connector.update(self.service_url, conversation_id, activity_id, write(activity))
        return Posted(activity_id)

    async def delete_activity(self, conversation_id: str, activity_id: str) -> None:
        await self.connector.delete(self.service_url, conversation_id, activity_id)


@dataclass(frozen=True, slots=True)
class ConnectorClient:
    conversations: Conversations


class Connectors(ConnectorFactory):
    """Gives each turn the one connector, for the service URL it came from."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, audience: str) -> ConnectorClient:
        del audience
        return ConnectorClient(Conversations(self._connector, service_url))
