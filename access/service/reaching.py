"""Whether a mail would help a guest, by directory and policy just now: it opens no door that is shut."""

from access.rules.addresses import domain_of
from access.rules.model import Guest, Redemption, Request
from access.service.decide import Decisions


async def reached_at(decisions: Decisions, request: Request, *, reminds: bool) -> str:
    """Return the address at which the guest of an access may be mailed: that of now, or none.

    Whoever has yet to accept, under whichever request, is reminded of that, and warned of no end.
    """
    if request.guest_id is None or not request.address:
        return ""
    guest = await decisions.directory.guest(request.guest_id)
    if guest is None or (guest.redemption is Redemption.PENDING and not reminds):
        return ""
    address = guest.address or request.address
    denied = decisions.requests.policy.current().domains.refuse(domain_of(address.lower()))
    return address if is_let_in(decisions, request, guest) and not denied else ""


def is_let_in(decisions: Decisions, request: Request, guest: Guest) -> bool:
    """Tell whether neither the account is disabled nor the policy keeps the domain out by now."""
    return guest.enabled and not decisions.requests.bars(request)
