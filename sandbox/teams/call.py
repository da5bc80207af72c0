"""One request of a client, with the person, conversation and message that it names looked up."""

from typing import Any

from aiohttp import web

from sandbox.teams.channel import Channel, Person
from sandbox.teams.invokes import Client
from sandbox.teams.model import Conversation, Message


class Call:
    """What was asked, by the names of the API; what is missing or not theirs is a 4xx."""

    def __init__(self, channel: Channel, asked: dict[str, Any]) -> None:
        self.channel, self.asked = channel, asked

    def need(self, name: str) -> Any:
        if name not in self.asked:
            raise web.HTTPBadRequest(text=f"{name} is missing")
        return self.asked[name]

    @property
    def person(self) -> Person:
        return of_story(self.channel, {"as": self.need("as")})

    @property
    def there(self) -> Conversation:
        there, _ = self.channel.conversation(str(self.need("conversation")))
        if there is None or self.person["id"] not in there.members:
            raise web.HTTPNotFound(text="this person has no such conversation")
        return there

    @property
    def message(self) -> Message:
        message = self.there.messages.get(str(self.need("messageId")))
        if message is None or not message.seen_by(self.person["id"]):
            raise web.HTTPNotFound(text="this person sees no such message")
        return message

    @property
    def client(self) -> Client:
        return Client(self.channel, self.person, self.there)


def of_story(channel: Channel, asked: dict[str, Any]) -> Person:
    person = channel.find_person(str(asked.get("as")))
    if person is None:
        raise web.HTTPNotFound(text="nobody in the story has this name")
    return person
