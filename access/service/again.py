"""The invitation of a guest who is known: the very account, a new link, a redemption that begins again."""

from dataclasses import replace

from access.ports import Access, Directory, Invitation, Invited, Mail, Missing, Refused, Store
from access.rules.addresses import are_same
from access.rules.causes import Cause
from access.rules.delivery import AGAIN, StepDone, earlier
from access.rules.model import Guest, Job, Json, Person, Redemption, Request
from access.rules.redemption import begin_anew


async def invite_again(
    store: Store, directory: Directory, access: Access, mail: Mail, job: Job, request: Request
) -> StepDone:
    """Make a new link; of a guest who is to accept anew, that is noted on every access they have."""
    done, again = await _invited(directory, access, mail, job, request), request.relinked
    if again is not None and job.body[AGAIN] == "reset" and request.guest_id:
        mark = replace(again, undoes=done.undoes or again.undoes, under=request.label)
        for other in await store.of_guest(request.guest_id):
            if other.request.request_id != request.request_id:
                await store.change(other.request.request_id, begin_anew(mark))
    return done


async def _invited(directory: Directory, access: Access, mail: Mail, job: Job, request: Request) -> StepDone:
    """Make a new link for the guest who is there; the old link dies.

    A guest who has accepted needs none, unless they are to accept anew: that is done once, and a link
    that was lost with its answer is made again.
    """
    guest = await directory.guest(request.guest_id) if request.guest_id else None
    if guest is None:
        raise Missing(Cause.GUEST_GONE, "no guest is there to be invited again")
    if not are_same(guest.address, request.address):
        raise Refused(Cause.ADDRESS_MOVED, "the account has another address than was approved")
    pending, begun = guest.redemption is Redemption.PENDING, job.started > 1
    resets = job.body[AGAIN] == "reset"
    if not (pending or resets):
        return StepDone(guest_id=guest.object_id, invited=False, traces={"found": True})
    if pending and begun and not mail.configured:  # Microsoft has mailed it
        return StepDone(guest_id=guest.object_id, traces={"found": True})
    invitation = Invitation(
        address=request.address,
        name=request.guest_name,
        landing=request.landing,
        sponsor=None,
        send_by_microsoft=not mail.configured,
        resets=guest.object_id if resets and not pending else None,
    )
    invited = await access.invite(invitation)
    see_same(guest, invited)
    cause = "link-lost" if begun else str(job.body[AGAIN])
    traces: dict[str, Json] = {"request-id": invited.trace, "cause": cause}
    undoes = guest.redemption_changed_at if invitation.resets else None
    return StepDone(guest_id=invited.guest_id, link=invited.redeem_link, traces=traces, undoes=undoes)


async def meant(directory: Directory, job: Job, request: Request) -> Guest | None:
    """Return whom to invite, or refuse: never another than was approved, or was invited by this before."""
    found = await directory.find_by_address(request.address)
    if isinstance(found, Person):
        raise Refused(Cause.ADDRESS_TAKEN)
    planned = request.plan.guest_id if request.plan else None
    known = (request.guest_id, planned, *earlier(job))
    if found is not None and found.object_id in known:
        return found
    for guest_id in dict.fromkeys(known):
        there = await directory.guest(guest_id) if guest_id else None
        if there is not None and not are_same(there.address, request.address):
            raise Refused(Cause.ADDRESS_MOVED, "the account has another address than was approved")
        found = there or found
    return found


def see_there(request: Request, found: Guest | None) -> None:
    """Refuse to invite anybody where the account that was approved is gone; whoever retries may."""
    if request.guest_id and (found is None or found.object_id != request.guest_id):
        raise Missing(Cause.GUEST_GONE, "the account that was approved is gone")


def see_same(found: Guest | None, invited: Invited) -> None:
    """Refuse what an invitation made beside the guest, whose address has changed since it was read."""
    if found is not None and invited.guest_id != found.object_id:
        raise Refused(Cause.ADDRESS_MOVED, "another account was invited", trace=invited.trace)
