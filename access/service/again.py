"""The invitation of a guest who had been invited: a new link, or a redemption that begins again."""

from access.ports import Access, Directory, Invitation, Mail, Missing
from access.rules.causes import Cause
from access.rules.delivery import AGAIN, StepDone
from access.rules.model import Job, Json, Redemption, Request


async def invite_again(
    directory: Directory, access: Access, mail: Mail, job: Job, request: Request
) -> StepDone:
    """Make a new link for the guest who is there; the old link dies.

    A guest who has accepted needs none, unless they are to accept anew: that is done once, and a link
    that was lost with its answer is made again.
    """
    guest = await directory.guest(request.guest_id) if request.guest_id else None
    if guest is None:
        raise Missing(Cause.GUEST_GONE, "no guest is there to be invited again")
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
    cause = "link-lost" if begun else str(job.body[AGAIN])
    traces: dict[str, Json] = {"request-id": invited.trace, "cause": cause}
    undoes = guest.redemption_changed_at if invitation.resets else None
    return StepDone(guest_id=invited.guest_id, link=invited.redeem_link, traces=traces, undoes=undoes)
