"""Who may see a request that is named by its number or found by a button: asked at that moment."""

from dataclasses import dataclass

from access.ports import AccessError, Chat
from access.rules.model import ObjectId, Place, Record, Request
from access.rules.refusals import UnknownRequest, Unreadable
from access.rules.sight import Sight, party, sight_of
from access.service.decide import Decisions
from access.service.roster import may_ask


@dataclass(frozen=True, slots=True)
class Seen:
    """Which view somebody gets, and whether they are `here`, where the request's own card stands."""

    sight: Sight
    here: bool


@dataclass(frozen=True, slots=True)
class Sights:
    """Shows nobody more than they may see; what they may not, there is not."""

    decisions: Decisions
    chat: Chat

    async def find(
        self, reference: str, person_id: ObjectId, place: Place
    ) -> tuple[Record, Seen] | UnknownRequest | Unreadable:
        """Return a request by its id or label, for somebody in a place."""
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return found
        seen = await self.of(found.request, person_id, place)
        return await self.hidden(reference, seen) or (found, seen)

    async def hidden(self, reference: str, seen: Seen) -> UnknownRequest | Unreadable | None:
        """Return the answer to somebody who may not see a request, None if they may."""
        if seen.sight is Sight.UNREAD:
            return Unreadable()
        return await self.decisions.unknown(reference) if seen.sight is Sight.NOTHING else None

    async def of(self, request: Request, person_id: ObjectId, place: Place) -> Seen:
        """Return what somebody may see of a request; the directory is asked of others than its parties.

        A channel is the request's own conversation, and not only its thread: whoever reads one thread of it
        reads every other, so that a number that is typed in the next tells them nothing.
        """
        here = self.chat.is_same(place, request.place)
        if own := party(request, person_id):
            return Seen(own, here)
        member, decides = None, False
        try:
            person = await self.decisions.directory.person(person_id)
            if person is not None and may_ask(person):
                approvers = await self.decisions.approvers(request)
                decides = person_id in {one.object_id for one in approvers.people}
            member = person is not None and may_ask(person)
        except AccessError:
            pass
        return Seen(sight_of(request, person_id, here=here, member=member, decides=decides), here)
