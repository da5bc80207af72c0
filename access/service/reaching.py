"""Whether a mail would help a guest, by directory and policy just now: it opens no door that is shut."""

from access.rules.model import Guest, Redemption, Request
from access.service.decide import Decisions


async def reaches(decisions: Decisions, request: Request, *, reminds: bool) -> bool:
    """Tell whether the guest of an access has an account, and may be mailed.

    Whoever has yet to accept, under whichever request, is reminded of that, and warned of no end.
    """
    if request.guest_id is None or not request.address:
        return False
    guest = await decisions.directory.guest(request.guest_id)
    if guest is None or (guest.redemption is Redemption.PENDING and not reminds):
        return False
    return is_let_in(decisions, request, guest)


def is_let_in(decisions: Decisions, request: Request, guest: Guest) -> bool:
    """Tell whether neither the account is disabled nor the policy keeps the domain out by now."""
    return guest.enabled and not decisions.requests.bars(request)
