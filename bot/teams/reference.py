"""Conversation references: where a message goes, kept as JSON of our own, and who is met where."""

from dataclasses import dataclass
from typing import Protocol

import orjson
from botbuilder.schema import Activity

from access.rules.model import ObjectId, Place

_THREAD = ";messageid="
_SERVICE = "teams/service"
_MANY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a message goes; in a channel `thread` is the id of the message that opens its thread."""

    service: str
    conversation: str
    thread: str
    tenant: str
    bot: str

    @classmethod
    def of_activity(cls, activity: Activity) -> "Reference":
        conversation, _, thread = activity.conversation.id.partition(_THREAD)
        if not thread and activity.conversation.conversation_type == "channel" and activity.type == "message":
            thread = activity.reply_to_id or activity.id
        return cls(
            service=activity.service_url,
            conversation=conversation,
            thread=thread,
            tenant=activity.conversation.tenant_id or "",
            bot=activity.recipient.id,
        )

    @classmethod
    def read(cls, place: Place) -> "Reference":
        return cls(**orjson.loads(place))

    @property
    def place(self) -> Place:
        return Place(orjson.dumps(self).decode())

    @property
    def wire_id(self) -> str:
        """The conversation's id as the connector takes it."""
        return f"{self.conversation}{_THREAD}{self.thread}" if self.thread else self.conversation


class Notes(Protocol):
    """The part of the store that keeps small values."""

    async def note(self, key: str) -> str | None: ...

    async def keep_note(self, key: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person: the channel's id of theirs (29:…), and their 1:1; empty if not known."""

    user: str = ""
    place: str = ""


class People:
    """Remembers who was met; a note is written when something is new, and read once."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._mirror: dict[ObjectId, Known] = {}
        self._last: tuple[str, str] | None = None

    async def known(self, person: ObjectId) -> Known:
        if person not in self._mirror:
            kept = await self._notes.note(f"person/{person}")
            if len(self._mirror) >= _MANY:
                del self._mirror[next(iter(self._mirror))]
            self._mirror[person] = Known(**orjson.loads(kept)) if kept else Known()
        return self._mirror[person]

    async def met(self, person: ObjectId, *, user: str = "", place: Place | None = None) -> None:
        """Keep what is new of a person; what is not given stays."""
        known = await self.known(person)
        await self._keep(person, known, Known(user or known.user, place or known.place))

    async def moved(self, person: ObjectId) -> bool:
        """Forget a person's 1:1, which is closed to us; tell whether one was known."""
        known = await self.known(person)
        await self._keep(person, known, Known(known.user))
        return bool(known.place)

    async def _keep(self, person: ObjectId, known: Known, new: Known) -> None:
        if new != known:
            await self._notes.keep_note(f"person/{person}", orjson.dumps(new).decode())
            self._mirror[person] = new

    async def heard(self, service: str, bot: str) -> None:
        """Keep through which service URL the tenant is reached; it may change from turn to turn.

        Only the first of a process is written: any of them leads to anybody in the tenant.
        """
        first, self._last = self._last is None, (service, bot)
        if first and await self._notes.note(_SERVICE) != (note := orjson.dumps(self._last).decode()):
            await self._notes.keep_note(_SERVICE, note)

    async def service(self) -> tuple[str, str] | None:
        """Return a service URL and the bot's id there, or None before the first activity ever."""
        if self._last is None and (kept := await self._notes.note(_SERVICE)):
            service, bot = orjson.loads(kept)
            return service, bot
        return self._last
