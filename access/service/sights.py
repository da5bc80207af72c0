"""Who may see a request that is named by its number or found by a button: asked at that moment."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from access.ports import AccessError, Chat, Clock, PolicySource
from access.rules.model import ObjectId, Panel, Place, Record, Request
from access.rules.refusals import NotInstead, Obstacle, UnknownRequest, Unreadable
from access.rules.sight import Sight, party, sight_of
from access.rules.stages import everybody, panels_of, reached
from access.service.decide import Decisions
from access.service.prospect import able
from access.service.shared import Remembered

LOOKED = timedelta(seconds=30)
"""How long a card that asks for its view by itself goes by what the directory has said: when it changes, it
is asked for by everybody who looks at it, and nothing is decided by it."""
MOST_LOOKED = 10_000
"""Of how many people, and of how many requestors and apps, at most."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which view somebody gets, and whether they are `here`, where the request's own card stands."""

    sight: Sight
    here: bool
    is_read: bool = True
    """Whether it is known who they are, so that a view which they have had may give way to this one."""


@dataclass(slots=True)
class Sights:
    """Shows nobody more than they may see; what they may not, there is not."""

    decisions: Decisions
    chat: Chat
    policy: PolicySource
    clock: Clock
    _members: Remembered[bool] = field(init=False)
    _approvers: Remembered[tuple[Panel, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self._members = Remembered(self.clock, LOOKED, most=MOST_LOOKED)
        self._approvers = Remembered(self.clock, LOOKED, most=MOST_LOOKED)

    async def find(
        self, reference: str, person_id: ObjectId, place: Place, *, refresh: bool = False
    ) -> tuple[Record, Seen] | UnknownRequest | Unreadable:
        """Return a request by its id or label, for somebody in a place."""
        found = await self.decisions.find(reference)
        if isinstance(found, UnknownRequest):
            return found
        seen = await self.of(found.request, person_id, place, refresh=refresh)
        return await self.hidden(reference, seen) or (found, seen)

    async def hidden(self, reference: str, seen: Seen) -> UnknownRequest | Unreadable | None:
        """Return the answer to somebody who may not see a request, None if they may."""
        if seen.sight is Sight.UNREAD:
            return Unreadable()
        return await self.decisions.unknown(reference) if seen.sight is Sight.NOTHING else None

    async def spared(self, refusal: NotInstead, person_id: ObjectId, place: Place) -> NotInstead:
        """Return the refusal without the number of another request that they may not see."""
        if refusal.why is not Obstacle.SAME_OPEN:
            return refusal
        found = await self.find(refusal.hint, person_id, place)
        return refusal if isinstance(found, tuple) else replace(refusal, hint="")

    async def of(self, request: Request, person_id: ObjectId, place: Place, *, refresh: bool = False) -> Seen:
        """Return what somebody may see of a request; the directory is asked of others than its parties.

        A channel is the request's own conversation, and not only its thread: whoever reads one thread of it
        reads every other, so that a number that is typed in the next tells them nothing. Where a card asks
        for its view by itself, to `refresh`, what the directory said a moment ago counts.
        """
        here = self.chat.is_same(place, request.place)
        if own := party(request, person_id):
            return Seen(own, here)
        member, decides = None, False
        members = self._members.get if refresh else self._members.anew
        approvers = self._approvers.get if refresh else self._approvers.anew
        try:
            is_member = await members(person_id, partial(self._is_member, person_id), self.policy.current())
            if is_member:
                panels = await approvers(
                    self.decisions.requests.whose(request),
                    partial(self.decisions.deciders.panels, request),
                    self.policy.current(),
                )
                deciding = {one.object_id for one in everybody(reached(request, panels))}
                takes_up = self.decisions.rights.may_take_up
                decides = person_id in deciding or await takes_up(request, person_id)
            member = is_member
        except AccessError:
            pass
        sight = sight_of(request, person_id, here=here, member=member, decides=decides)
        return Seen(sight, here, is_read=member is not None)

    def of_actor(self, request: Request, person_id: ObjectId, place: Place) -> Seen:
        """Return what somebody sees whose act was taken just now: the requestor, or who may decide.

        Whoever gave less than was asked may have put it into the hands of others.
        """
        own = party(request, person_id)
        amended_by = [one.by.object_id for one in request.amendments[-1:]]
        deciding = {one.object_id for one in everybody(panels_of(request))}
        given_away = person_id in amended_by and person_id not in deciding
        return Seen(
            own or (Sight.ANYBODYS if given_away else Sight.APPROVER), self.chat.is_same(place, request.place)
        )

    async def _is_member(self, person_id: ObjectId) -> bool:
        return able(await self.decisions.directory.person(person_id))
