"""Whether a removal of Guestlist's own stands against a request."""

from datetime import datetime

from access.ports import Store
from access.rules.accounts import AccountState, can_return, looked_for_until
from access.rules.departing import under_way
from access.rules.model import Request, State
from access.rules.refusals import Field, Problem, ProblemCode
from access.service.check import Checked, Wrong

_OF_THE_ACCOUNT = frozenset({ProblemCode.GUEST_DISABLED, ProblemCode.HAS_ACCESS})
"""What a guest meets who is blocked: the removal says more."""


def given_just_now(first: Request) -> Problem | None:
    """Return that the guest has it, where what stands in the way was delivered while somebody asked anew."""
    if first.state is not State.DELIVERED:
        return None
    return Problem(Field.APP, ProblemCode.HAS_ACCESS, (first.guest_name, first.app.name, first.give.name))


async def kept_out(store: Store, checked: Checked | Wrong, now: datetime) -> Problem | None:
    """Return which removal keeps the guest out; where something else is wrong, that is said first."""
    if isinstance(checked, Wrong) and any(one.code not in _OF_THE_ACCOUNT for one in checked.problems):
        return None
    if not checked.address:
        return None
    found = under_way(await store.about(await store.subject(checked.address)))
    account = found.request.account if found is not None else None
    if found is None or account is None or account.state is AccountState.RESTORING:
        return None
    if not can_return(account, now):
        return None
    hints = checked.address, found.request.label
    if until := looked_for_until(account, now):
        return Problem(Field.ADDRESS, ProblemCode.GUEST_LOOKED_FOR, (*hints, until.isoformat()))
    return Problem(Field.ADDRESS, ProblemCode.GUEST_REMOVED, hints)
