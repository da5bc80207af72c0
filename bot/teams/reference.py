"""Conversation references: where a message goes, kept as JSON of our own, and who is met where."""

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakValueDictionary

import orjson
from botbuilder.schema import Activity

from access.ports import AccessError
from access.rules.model import ObjectId, Place
from cards.look import zone_of

log = logging.getLogger(__name__)

THREAD = ";messageid="
_SERVICE = "teams/service"
_MANY = 10_000
_LANGUAGE = re.compile("[a-z]{2,3}")
_CHANNEL = "@thread.tacv2"
"""How the id of a channel ends, and of nothing else."""
_EITHER = "@thread.skype"
"""How the ids of old channels end, General's too, and those of old group chats and meetings: in Microsoft's
pages it stands beside `"conversationType": "groupChat"`, and beside channels as `19:skypespaces_…`. Newer
chats have `@thread.v2` and, of two people, `@unq.gbl.spaces`; a bot's own chats begin with `a:`."""
_GREETING = timedelta(minutes=1)
"""How long a second word of the same addition may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a message goes; in a channel `thread` is the id of the message that opens its thread.

    `kind` is the conversation's, where neither its id nor a thread tells whether it is a channel.
    """

    service: str
    conversation: str
    thread: str
    tenant: str
    bot: str
    kind: str = ""

    @classmethod
    def of_activity(cls, activity: Activity, *, aside: bool = False) -> "Reference":
        """Return where an activity happened; what began `aside`, unseen by others, has no thread for them."""
        conversation, _, thread = activity.conversation.id.partition(THREAD)
        if not thread and activity.conversation.conversation_type == "channel" and activity.type == "message":
            thread = activity.reply_to_id or activity.id
        if aside or (is_targeted(activity) and thread == activity.id):
            thread = ""
        kind = activity.conversation.conversation_type
        told = not thread and conversation.endswith(_EITHER) and kind == "channel"
        return cls(
            service=activity.service_url,
            conversation=conversation,
            thread=thread,
            tenant=activity.conversation.tenant_id or "",
            bot=activity.recipient.id,
            kind="channel" if told else "",
        )

    @classmethod
    def read(cls, place: Place) -> "Reference":
        """Read a place, in which a newer version may have written more."""
        told = orjson.loads(place)
        return cls(**{name: told[name] for name in cls.__slots__ if name in told})

    @property
    def place(self) -> Place:
        """Return it as text, without the kind where that is not needed: an older version does not read it."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "kind" or self.kind}
        return Place(orjson.dumps(told).decode())

    @property
    def is_channel(self) -> bool:
        return self.conversation.endswith(_CHANNEL) or bool(self.thread) or self.kind == "channel"

    @property
    def wire_id(self) -> str:
        """The conversation's id as the connector takes it."""
        return f"{self.conversation}{THREAD}{self.thread}" if self.thread else self.conversation

    def is_same(self, other: "Reference") -> bool:
        """Compare conversations: the service URL changes with the region that serves the tenant."""
        return self.conversation == other.conversation


def is_targeted(activity: Activity) -> bool:
    """Tell whether a message was for the bot alone, seen by nobody else."""
    return bool(activity.recipient.additional_properties["isTargeted"])


class Notes(Protocol):
    """The part of the store that keeps small values and leases."""

    async def note(self, key: str) -> str | None: ...

    async def keep_note(self, key: str, value: str) -> None: ...

    async def replace_note(self, key: str, was: str | None, value: str) -> bool: ...

    async def take_lease(self, name: str, holder: str, lasting: timedelta) -> bool: ...

    async def give_up_lease(self, name: str, holder: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person: the channel's id of theirs (29:…), and their 1:1; empty if not known.

    `locale` is a language such as `de`, and `zone` the name of a time zone that there is.
    """

    user: str = ""
    place: str = ""
    locale: str = ""
    zone: str = ""


class People:
    """Remembers who was met; a note is written when something is new, and read until it says something.

    Other replicas meet people too, so what is written starts from the note, not from what is remembered.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._mirror: dict[ObjectId, Known] = {}
        self._changing: WeakValueDictionary[ObjectId, asyncio.Lock] = WeakValueDictionary()
        self._last: tuple[str, str] | None = None
        self._kept = False
        self._greetings: dict[str, str] = {}

    async def known(self, person: ObjectId) -> Known:
        if known := self._mirror.get(person):
            return known
        _, known = await self._read(person)
        if person not in self._mirror:  # or else what was learnt meanwhile is newer than what was read
            self._remember(person, known)
        return self._mirror.get(person, known)

    async def met(
        self,
        person: ObjectId,
        *,
        user: str = "",
        place: Place | None = None,
        locale: str = "",
        zone: str = "",
    ) -> None:
        """Keep what is new of a person; what is not given, or cannot be one, stays."""
        language, zone = _language(locale), zone if zone_of(zone) else ""

        def told(known: Known) -> Known:
            return Known(
                user or known.user,
                place or known.place,
                language or known.locale,
                zone or known.zone,
            )

        known = await self.known(person)
        if known != told(known):
            await self._change(person, told)

    async def moved(self, person: ObjectId) -> bool:
        """Forget a person's 1:1, which is closed to us; tell whether one was known."""
        closed = (await self.known(person)).place
        await self._change(person, lambda fresh: replace(fresh, place="") if fresh.place == closed else fresh)
        return bool(closed)

    async def _change(self, person: ObjectId, change: Callable[[Known], Known]) -> None:
        """Change the note as it stands, and once more where another replica changed it in between.

        Here one change follows another, so that the last to be kept is also the last to be remembered.
        """
        async with self._changing.setdefault(person, asyncio.Lock()):
            new = await self._changed(person, change)
            self._remember(person, new)

    async def _changed(self, person: ObjectId, change: Callable[[Known], Known]) -> Known:
        while True:
            kept, fresh = await self._read(person)
            new = change(fresh)
            if new == fresh or await self._notes.replace_note(_of(person), kept, orjson.dumps(new).decode()):
                return new

    async def _read(self, person: ObjectId) -> tuple[str | None, Known]:
        kept = await self._notes.note(_of(person))
        return kept, _known(orjson.loads(kept)) if kept else Known()

    def _remember(self, person: ObjectId, known: Known) -> None:
        self._mirror.pop(person, None)
        if known.user:
            if len(self._mirror) >= _MANY:
                del self._mirror[next(iter(self._mirror))]
            self._mirror[person] = known

    async def greet(self, conversation: str) -> bool:
        """Tell whether to greet: Teams tells twice that the app was added, maybe to two replicas."""
        holder = uuid4().hex
        try:
            if not await self._notes.take_lease(_greeting(conversation), holder, _GREETING):
                return False
        except AccessError as error:
            log.warning("A greeting could not be noted", extra={"cause": error.cause})
            return True
        if len(self._greetings) >= _MANY:
            del self._greetings[next(iter(self._greetings))]
        self._greetings[conversation] = holder
        return True

    async def left(self, conversation: str) -> None:
        """Greet again, should the app come back."""
        try:
            if holder := self._greetings.pop(conversation, None):
                await self._notes.give_up_lease(_greeting(conversation), holder)
        except AccessError as error:
            log.warning("That the app was removed could not be noted", extra={"cause": error.cause})

    async def heard(self, service: str, bot: str) -> None:
        """Keep through which service URL the tenant is reached; it may change from turn to turn.

        Only the first of a process is written, by one turn after another until it is kept: any of them
        leads to anybody in the tenant.
        """
        self._last = (service, bot)
        if self._kept:
            return
        self._kept, kept = True, False
        try:
            note = orjson.dumps(self._last).decode()
            if await self._notes.note(_SERVICE) != note:
                await self._notes.keep_note(_SERVICE, note)
            kept = True
        finally:
            self._kept = kept

    async def service(self) -> tuple[str, str] | None:
        """Return a service URL and the bot's id there, or None before the first activity ever."""
        if self._last is None and (kept := await self._notes.note(_SERVICE)):
            service, bot = orjson.loads(kept)
            return service, bot
        return self._last


def _known(note: dict[str, Any]) -> Known:
    """Read a note, in which an older version has written less and a newer one may have written more."""
    return Known(**{name: note[name] for name in Known.__dataclass_fields__ if name in note})


def _language(locale: str) -> str:
    """Return the language of a locale, which anybody may have written."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if _LANGUAGE.fullmatch(language) else ""


def _of(person: ObjectId) -> str:
    return f"person/{person}"


def _greeting(conversation: str) -> str:
    return f"greeting/{hashlib.sha256(conversation.encode()).hexdigest()[:32]}"
