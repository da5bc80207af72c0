"""What could not be shown, kept for when it can be: for people who come back, and where we are again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from access.ports import Chat, Store
from access.ports.lease import machine_time
from access.rules import unshown
from access.rules.model import ObjectId, Place, Record, RequestId

_MOST = 500
"""Requests that are kept in mind for one person, and for all threads."""
_NOTHING_NEW = 10.0
"""Seconds for which a note stands that was read: what another replica kept is heard of a little later."""
_MANY = 10_000
_CLOSED = "closed"


@dataclass(slots=True)
class Missed:
    """Notes whom and where something could not be told, and takes it up when they are heard of again."""

    store: Store
    chat: Chat
    now: Callable[[], float] = machine_time
    _nothing: dict[ObjectId, float] = field(default_factory=dict)
    """Until when it is known of a person that they have missed nothing."""
    _closed: dict[str, Place] = field(default_factory=dict)
    _closed_until: float = 0.0

    async def keep(self, person: ObjectId, request_id: RequestId) -> None:
        """Keep of whom what could not be shown."""
        await self._add(_missed(person), request_id)
        self._nothing.pop(person, None)

    async def again(self, person: ObjectId) -> None:
        """Show a person who is there what could not be shown to them, if there is anything."""
        if self._nothing.get(person, 0.0) > self.now():
            return
        tried: list[str] = []
        while kept := await self.store.note(_missed(person)):
            tried = kept.split()
            for one in tried:
                await self.store.change(RequestId(one), unshown.again(person))
            if await self.store.replace_note(_missed(person), kept, ""):
                break
        if len(self._nothing) >= _MANY:
            del self._nothing[next(iter(self._nothing))]
        self._nothing[person] = self.now() + _NOTHING_NEW
        for one in await self._still(tried, lambda record: bool(unshown.given_up(record, person))):
            await self.keep(person, one)

    async def keep_closed(self, request_id: RequestId) -> None:
        """Keep which request its thread does not show."""
        await self._add(_CLOSED, request_id)
        self._closed_until = 0.0

    async def reopened(self, place: Place | None) -> None:
        """Try again what a conversation has refused; with no place, what any has.

        Of a team that has us again it is not known which channels are its own.
        """
        if place is None or self._closed_until <= self.now():
            kept = (await self.store.note(_CLOSED) or "").split()
            self._closed = {one: self._closed.get(one) or await self._place_of(one) for one in kept}
            self._closed_until = self.now() + _NOTHING_NEW
        mine = [
            one for one, there in self._closed.items() if place is None or self.chat.is_same(there, place)
        ]
        if not mine:
            return
        for one in mine:
            await self.store.change(RequestId(one), unshown.reopened)
        await self._amend(_CLOSED, lambda kept: [one for one in kept if one not in mine])
        self._closed_until = 0.0
        for request_id in await self._still(mine, unshown.is_given_up):
            await self.keep_closed(request_id)

    async def _still(self, tried: list[str], given_up: Callable[[Record], bool]) -> list[RequestId]:
        """Return what was given up again while it was tried: it stood in the note, so it was not added."""
        records = [await self.store.record(RequestId(one)) for one in tried]
        return [record.request.request_id for record in records if record and given_up(record)]

    async def _place_of(self, request_id: str) -> Place:
        record = await self.store.record(RequestId(request_id))
        return record.request.place if record else Place("")

    async def _add(self, key: str, entry: str) -> None:
        await self._amend(key, lambda kept: kept if entry in kept else [*kept, entry][-_MOST:])

    async def _amend(self, key: str, change: Callable[[list[str]], list[str]]) -> None:
        while True:
            kept = await self.store.note(key)
            was = kept.split() if kept else []
            new = change(was)
            if new == was or await self.store.replace_note(key, kept, " ".join(new)):
                return


def _missed(person: ObjectId) -> str:
    return f"missed/{person}"
