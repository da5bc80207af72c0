"""For which app Guestlist made a guest's account, by the journal's entries: a card says nothing of that."""

from access.ports import Store
from access.rules.accounts import Holdings
from access.rules.delivery import has_found
from access.rules.model import ObjectId, Request, StepKind
from access.rules.still_used import rests_on_account
from access.service.journalled import steps_done


async def has_made(store: Store, request: Request) -> bool:
    """Tell whether this request made the account that the guest has now.

    Where the answer to the invitation was lost, it did if there was no guest before. One that it made
    earlier may be gone, and the guest's be somebody else's by now.
    """
    if request.guest_id is None or request.plan is None or StepKind.INVITE not in request.plan.steps:
        return False
    record = await store.record(request.request_id)
    if record is not None and has_found(record):
        return True
    made = {"new-guest"} if request.plan.guest_id else {"new-guest", "link-lost"}
    steps = [one.fact.detail async for one in steps_done(store, [request.request_id])]
    return any(one.get("cause") in made and one.get("guest") == request.guest_id for one in steps)


async def app_of(store: Store, held: Holdings) -> ObjectId | None:
    """Return the app that an account was made for which has nothing by now; None where anything rests on it.

    That is what the directory shows, and what another request has given the guest or may come to.
    """
    if held.apps or held.groups or held.roles:
        return None
    subject = await store.subject(held.guest.address)
    known = [*await store.of_guest(held.guest.object_id), *await store.about(subject)]
    for request in {one.request.request_id: one.request for one in known}.values():
        if request.guest_id == held.guest.object_id and await has_made(store, request):
            return None if rests_on_account(known, request) else request.app.object_id
    return None
