"""Whether a mail would help a guest, by directory and policy just now: it opens no door that is shut."""

from access.rules.model import Guest, Request
from access.service.decide import Decisions


async def reaches(decisions: Decisions, request: Request) -> bool:
    """Tell whether the guest of an access has an account, and may be mailed."""
    if request.guest_id is None or not request.address:
        return False
    guest = await decisions.directory.guest(request.guest_id)
    return guest is not None and is_let_in(decisions, request, guest)


def is_let_in(decisions: Decisions, request: Request, guest: Guest) -> bool:
    """Tell whether neither the account is disabled nor the policy keeps the domain out by now."""
    return guest.enabled and not decisions.requests.bars(request)
