"""Conversations, threads and messages of the small Teams, and who sees which card of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import time
from typing import Any

from sandbox.teams.documented import FACTS

CARD = "application/vnd.microsoft.card.adaptive"
BOT = "bot"
TWO_PEOPLE = "oneOnOne"
Card = dict[str, Any]


@dataclass
class Message:
    """One message; `views` holds the cards that only some people see instead of the base card."""

    id: str
    root: str
    sender: str
    activity: dict[str, Any]
    only_for: str | None = None
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime | None = None
    revision: int = 1
    views: dict[str, Card] = field(default_factory=dict)
    refreshed: dict[str, float] = field(default_factory=dict)

    def seen_by(self, person_id: str) -> bool:
        """Tell whether a person sees it: a targeted message is its person's, for a day."""
        if self.only_for is None:
            return True
        gone_at = self.sent_at + timedelta(hours=FACTS["targeted"]["hours"])
        return self.only_for == person_id and datetime.now(UTC) < gone_at

    @property
    def card(self) -> Card | None:
        """Return the base card, which everybody without a view of their own sees."""
        for attachment in self.activity.get("attachments") or []:
            if attachment.get("contentType") == CARD:
                content: Card = attachment.get("content") or {}
                return content
        return None

    def card_for(self, person_id: str) -> Card | None:
        return self.views.get(person_id) or self.card

    def replace(self, activity: dict[str, Any]) -> None:
        """Take an update by the bot, which ends everybody's own view."""
        self.activity = activity
        self.updated_at = datetime.now(UTC)
        self.revision += 1
        self.views.clear()
        self.refreshed.clear()


@dataclass
class Team:
    """A team that has the bot; `id` is the thread id of its General channel."""

    id: str
    group_id: str
    name: str
    members: list[str]
    channels: list["Conversation"] = field(default_factory=list)

    @property
    def standard(self) -> list["Conversation"]:
        """Return the channels that everybody in the team is in, which have the app with the team."""
        return [channel for channel in self.channels if channel.membership == "standard"]


@dataclass
class Conversation:
    """A chat or a channel, with everything ever said in it that was not deleted."""

    id: str
    kind: str
    name: str | None
    members: list[str]
    team: Team | None = None
    has_bot: bool = True
    membership: str = "standard"
    """Of a channel: standard, private or shared, as Teams calls it."""
    messages: dict[str, Message] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        return self.kind != "personal"

    @property
    def wire_kind(self) -> str:
        """Return what activities call it: a chat of two people is personal, as the bot's own chats are."""
        return "personal" if self.kind == TWO_PEOPLE else self.kind

    def wire_id(self, root: str | None) -> str:
        """Return the id that activities carry: in a channel it names the thread."""
        return f"{self.id};messageid={root}" if self.kind == "channel" and root else self.id

    def seen_by(self, person_id: str) -> Iterator[Message]:
        return (message for message in self.messages.values() if message.seen_by(person_id))


def base_id(wire_id: str) -> tuple[str, str | None]:
    """Split an activity's conversation id into the conversation's and the thread's root."""
    conversation, _, root = wire_id.partition(";messageid=")
    return conversation, root or None


def personal_id(person_id: str) -> str:
    """Return the id of a person's chat with the bot, the same in every life of the sandbox."""
    return f"a:1{sha256(person_id.encode()).hexdigest()[:40]}"


class Clock:
    """Gives message ids as Teams does: the millisecond, never the same twice."""

    def __init__(self) -> None:
        self._last = 0

    def message_id(self) -> str:
        self._last = max(self._last + 1, int(time() * 1000))
        return str(self._last)


def parts(node: Any) -> Iterable[dict[str, Any]]:
    """Yield every object inside a card, in reading order, those of nested cards included."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)
