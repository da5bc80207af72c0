"""The sponsor whom a request added to a guest who was there: taken off by its undo, or why they stay."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from access.ports import Accounts, Directory, Missing, Profiles, Store
from access.rules import ending, sponsoring, still_used
from access.rules.delivery import StepDone
from access.rules.model import Job, Json, Named, ObjectId, Request, StepKind
from access.rules.plan import sponsor_of
from access.rules.undoing import Stays
from access.service.journalled import steps_done
from access.service.prospect import able
from access.service.steps import guest_of, may_have_begun


@dataclass(frozen=True, slots=True)
class SponsorSteps:
    """Asks again at the call what the card has said, and after it: others may rest on the sponsor by then."""

    store: Store
    directory: Directory
    accounts: Accounts
    profiles: Profiles

    def by_kind(self) -> Mapping[str, Callable[[Job, Request], Awaitable[StepDone]]]:
        return {StepKind.UNSPONSOR: self._unsponsor}

    async def _unsponsor(self, job: Job, request: Request) -> StepDone:
        was_there = request.assignment is not None and request.assignment.was_there
        found = await of_undo(self.store, self.directory, self.accounts, request, was_there=was_there)
        if isinstance(found, Stays):
            return StepDone(traces={"stays": found})
        if await self.accounts.holdings(guest_of(request)) is None:
            return StepDone(traces={"found_gone": True, ending.GUEST_GONE: True})
        if found is None and not may_have_begun(job, request):
            return StepDone(traces={"found_gone": True})
        guest_id, traces = guest_of(request), dict[str, Json](found_gone=True)
        try:
            if found is not None:
                acted = await self.profiles.unsponsor(guest_id, found.object_id)
                traces = {"request-id": acted.trace, **({"was_gone": True} if acted.was_so else {})}
            if sponsoring.is_needed(await _others(self.store, request), request):
                named = await self.profiles.sponsor(guest_id, sponsor_of(request).object_id)
                return StepDone(traces={"stays": Stays.SPONSOR_NEEDED, "request-id": named.trace})
        except Missing as gone:  # the guest, between the look and the call
            traces = {"found_gone": True, "request-id": gone.trace}
        return StepDone(traces=traces)


async def of_undo(
    store: Store, directory: Directory, accounts: Accounts, request: Request, *, was_there: bool
) -> Named | Stays | None:
    """Return the sponsor who goes with the undo of a request, or why they stay; None where there is none.

    They stay where the guest's other accesses would have no sponsor without them, for the policy may end
    what nobody stands for. An access that `was_there` before is one of those.
    """
    guest_id, sponsor = request.guest_id, sponsor_of(request)
    if guest_id is None:
        return None
    steps = [one.fact.detail async for one in steps_done(store, [request.request_id])]
    added = sponsoring.was_added(steps, guest_id)
    try:
        there = await directory.sponsors(guest_id)
        held = await accounts.holdings(guest_id)
    except Missing:
        return None
    if held is None or sponsor.object_id not in {one.object_id for one in there}:
        return None
    if added is None:
        return Stays.SPONSOR
    others = await _others(store, request)
    if sponsoring.is_needed(others, request):
        return Stays.SPONSOR_NEEDED
    if not added and not await _was_left(store, others, request, guest_id):
        return Stays.SPONSOR_BEFORE
    if any(able(one) for one in there if one.object_id != sponsor.object_id):
        return Named(sponsor.object_id, sponsor.name)
    keeps = (
        was_there or any(still_used.rests(one) for one in others) or not still_used.is_alone(held, request)
    )
    return Stays.SPONSOR_ONLY if keeps else Named(sponsor.object_id, sponsor.name)


async def _was_left(store: Store, others: list[Request], request: Request, guest_id: ObjectId) -> bool:
    """Tell whether the sponsor was there only because the undo of another request has left them."""
    for other in sponsoring.undone_for(others, request):
        steps = [one.fact.detail async for one in steps_done(store, [other.request_id])]
        if sponsoring.has_left(steps, guest_id):
            return True
    return False


async def _others(store: Store, request: Request) -> list[Request]:
    """Return the other requests about the guest, those before the invitation, too."""
    about = [*await store.about(request.subject)]
    if request.guest_id is not None:
        about += await store.of_guest(request.guest_id)
    return [one.request for one in about if one.request.request_id != request.request_id]
