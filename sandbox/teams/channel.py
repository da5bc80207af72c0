"""The channel: who is where in the small Teams, what is said, and what of it reaches the bot."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.teams import activities
from sandbox.teams.documented import FACTS, Windows, remarks
from sandbox.teams.drive import Session
from sandbox.teams.model import (
    BOT,
    TWO_PEOPLE,
    Clock,
    Conversation,
    Message,
    Team,
    base_id,
    personal_id,
)
from sandbox.teams.signing import Signer

if TYPE_CHECKING:
    from sandbox.app import World

Person = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered to an activity; status 0 when it could not be reached in time."""

    status: int
    body: Any = None


@dataclass(frozen=True, slots=True)
class Dialog:
    """A dialog that is open on one person's screen."""

    id: str
    person_id: str
    conversation: str
    message_id: str
    title: str
    card: dict[str, Any]
    command: dict[str, Any] | None = None
    """What a message extension sends again with the form: its command, its context, the message."""


class Channel:
    """Holds all of Teams' state; the connector, the client and Graph's half all act through it."""

    def __init__(self, world: "World") -> None:
        self.settings, self.story, self.ledger = world.settings, world.story, world.ledger
        self.switches = world.switches
        self.bot_url: str = world.settings.bot_url
        self.origin: str = world.settings.origin or f"http://{world.settings.host}:{world.settings.port}"
        self.signer = Signer()
        self.clock = Clock()
        self.listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self.session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self.reset()

    def reached_at(self, host: str, port: int) -> None:
        """Remember where the sandbox listens: the bot's answers go there, whatever name a browser used."""
        if not self.settings.origin:
            self.origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def reset(self) -> None:
        """Return to the beginning of the story."""
        self.conversations: dict[str, Conversation] = {}
        self.teams: dict[str, Team] = {}
        self.dialogs: dict[str, Dialog] = {}
        self.sessions: dict[str, Session] = {}
        self.blocked: dict[str, str] = {}
        self.closed: dict[str, Conversation] = {}
        self.windows: Windows | None = Windows()
        self.installed = {person["id"] for person in self.story.people.values() if person["hasApp"]}
        for raw in self.story.raw["teams"]:
            team = Team(raw["teamThread"], raw["id"], raw["displayName"], list(raw["members"]))
            for channel in raw["channels"]:
                there = Conversation(
                    channel["id"],
                    "channel",
                    channel["displayName"],
                    list(channel["members"]) if "members" in channel else team.members,
                    team,
                    has_bot=channel.get("botInstalled", raw["botInstalled"]),
                    membership=channel.get("membershipType", "standard"),
                )
                team.channels.append(there)
                self.conversations[there.id] = there
            if raw["botInstalled"]:
                self.teams[team.id] = team
        for raw in self.story.raw["groupChats"]:
            kind = "groupChat" if raw["topic"] else TWO_PEOPLE
            chat = Conversation(
                raw["id"], kind, raw["topic"], list(raw["members"]), has_bot=raw["botInstalled"]
            )
            self.conversations[chat.id] = chat
        for person_id in self.installed:
            self._open_chat(person_id)
        self.tell({"what": "reset"})

    # -- people ---------------------------------------------------------------------------------------------

    def find_person(self, name: str) -> Person | None:
        """Return somebody by the story's key, object id, Teams id or user principal name."""
        names = ("key", "id", "teamsUserId", "userPrincipalName")
        return next((p for p in self.cast.values() if name in {p[key] for key in names}), None)

    @property
    def cast(self) -> dict[str, Person]:
        """Return everybody who is somewhere in this Teams, members of other tenants too."""
        return self.story.people | self.story.outsiders

    def tenant_of(self, person: Person) -> str:
        return str(person.get("tenantId", self.story.tenant_id))

    def reachable(self, person_id: str) -> bool:
        """Tell whether the bot may write to this person: they have the app, or a team of theirs has it."""
        return person_id in self.installed or any(person_id in team.members for team in self.teams.values())

    def chat_with(self, person_id: str) -> Conversation:
        """Return the person's chat with the bot, made if it is the first time."""
        known = self.conversations.get(personal_id(person_id))
        if known is not None:
            return known
        there = self._open_chat(person_id)
        self.ledger.record("conversation.created", conversation=there.id, person=person_id)
        self.tell({"what": "conversation", "conversation": there.id})
        return there

    def _open_chat(self, person_id: str) -> Conversation:
        there = Conversation(personal_id(person_id), "personal", None, [person_id])
        self.conversations[there.id] = there
        return there

    def install(self, person_id: str) -> None:
        """Give a person the app, as Graph's installedApps does; the bot hears of it in their chat."""
        if person_id not in self.installed:
            self._announce(person_id, "add")

    def uninstall(self, person_id: str) -> None:
        if person_id in self.installed:
            self._announce(person_id, "remove")

    def _announce(self, person_id: str, action: str) -> None:
        for activity in self.move_app(self.story.people[person_id], self.chat_with(person_id), action):
            self.spawn(self.deliver(activity))

    def move_app(
        self, person: Person, there: Conversation, action: str, chosen: str | None = None
    ) -> list[dict[str, Any]]:
        """Add the app or remove it; return what the bot hears, of a team in its General channel."""
        added = action == "add"
        self.ledger.record(f"app.{'installed' if added else 'removed'}", person=person["id"])
        if there.kind == "personal":
            (self.installed.add if added else self.installed.discard)(person["id"])
        elif there.team is not None and there.membership == "standard":
            team = there.team
            for channel in team.channels:
                # A private or shared channel has the app only where it was added to it, too.
                channel.has_bot = added and channel.membership == "standard"
            there = self.conversations[team.id]
            self.teams.pop(team.id, None)
            if added:
                self.teams[team.id] = team
        else:
            there.has_bot = added
        return activities.installation(self, person, there, action, chosen)

    # -- what is said ---------------------------------------------------------------------------------------

    def conversation(self, wire_id: str) -> tuple[Conversation | None, str | None]:
        """Return the conversation that an activity's id means, and the root of the thread it names."""
        conversation, root = base_id(wire_id)
        return self.conversations.get(conversation), root

    def post(
        self,
        there: Conversation,
        sender: str,
        activity: dict[str, Any],
        *,
        root: str | None = None,
        only_for: str | None = None,
    ) -> Message:
        """Put a message where people see it, and write down what it was."""
        message_id = self.clock.message_id()
        message = Message(message_id, root or message_id, sender, activity, only_for)
        there.messages[message_id] = message
        kind = "message.received" if sender == BOT else "message.sent"
        where = {"conversation": there.id, "activityId": message_id}
        self.ledger.record(kind, **where, by=sender, text=activity.get("text"), onlyFor=only_for)
        self._note_card("card.posted", there, message)
        self.tell({"what": "message", "conversation": there.id, "messageId": message_id})
        return message

    def update(self, there: Conversation, message: Message, activity: dict[str, Any]) -> None:
        message.replace(activity)
        self._note_card("card.updated", there, message)
        self.tell({"what": "message", "conversation": there.id, "messageId": message.id})

    def delete(self, there: Conversation, message: Message) -> None:
        del there.messages[message.id]
        self.ledger.record("message.deleted", conversation=there.id, activityId=message.id)
        self.tell({"what": "message", "conversation": there.id, "messageId": message.id})

    def _note_card(self, kind: str, there: Conversation, message: Message) -> None:
        card = message.card
        if card is None:
            return
        where = {"conversation": there.id, "activityId": message.id, "revision": message.revision}
        self.ledger.record(kind, **where, fallbackText=card.get("fallbackText"))
        for remark in remarks(card):
            self.ledger.record("card.remark", **where, remark=remark)

    # -- to the bot and to the screens ----------------------------------------------------------------------

    async def deliver(self, activity: dict[str, Any]) -> Answer:
        """Send the bot one signed activity and return what it answered."""
        assert self.session is not None, "the sandbox has not been started"
        app_id, service_url = self.story.bot["appId"], activity["serviceUrl"]
        headers = {"Authorization": f"Bearer {self.signer.token(app_id, service_url)}"}
        extension = str(activity.get("name")).startswith("composeExtension/")
        seconds = FACTS["messageExtension" if extension else "invoke"]["seconds"]
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self.session.post(
                self.bot_url, json=activity, headers=headers, timeout=timeout
            ) as response:
                text = await response.text()
                answer = Answer(response.status, _parsed(text))
        except (aiohttp.ClientError, TimeoutError):
            answer = Answer(0)
        self.ledger.record(
            "activity.delivered",
            type=activity["type"],
            name=activity.get("name"),
            by=activity["from"].get("aadObjectId"),
            status=answer.status,
        )
        return answer

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the caller and keep it until it is done or the sandbox stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def tell(self, event: dict[str, Any]) -> None:
        for listener in self.listeners:
            listener.put_nowait(event)

    async def open(self) -> None:
        self.session = aiohttp.ClientSession()

    async def close(self) -> None:
        for listener in self.listeners:
            listener.put_nowait({"what": "bye"})
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.session is not None:
            await self.session.close()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text
