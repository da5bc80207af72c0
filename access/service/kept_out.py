"""Whether what Guestlist itself has done stands against a request: a removal, or the same access."""

from datetime import datetime

from access.ports import Directory, Store
from access.rules.accounts import AccountState, can_return, looked_for_until
from access.rules.addresses import are_same
from access.rules.departing import under_way
from access.rules.main_request import is_lasting
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


async def kept_out(
    store: Store, directory: Directory, checked: Checked | Wrong, now: datetime
) -> Problem | None:
    """Return which removal keeps the guest out, or that they have it; what else is wrong is said first."""
    if isinstance(checked, Wrong) and any(one.code not in _OF_THE_ACCOUNT for one in checked.problems):
        return None
    if not checked.address:
        return None
    records = await store.about(await store.subject(checked.address))
    if isinstance(checked, Checked) and checked.guest is None:
        for one in records:
            if is_lasting(one) and await _has(directory, one.request, checked):
                return given_just_now(one.request)
    found = under_way(records)
    account = found.request.account if found is not None else None
    if found is None or account is None or account.state is AccountState.RESTORING:
        return None
    if not can_return(account, now):
        return None
    hints = checked.address, found.request.label
    if until := looked_for_until(account, now):
        return Problem(Field.ADDRESS, ProblemCode.GUEST_LOOKED_FOR, (*hints, until.isoformat()))
    return Problem(Field.ADDRESS, ProblemCode.GUEST_REMOVED, hints)


async def _has(directory: Directory, given: Request, checked: Checked) -> bool:
    """Tell whether a guest has it who is not found by the address: that may take minutes once invited."""
    same = (given.app.object_id, given.give.key) == (checked.app.object_id, checked.give.key)
    if not same or given.guest_id is None:
        return False
    guest = await directory.guest(given.guest_id)
    if guest is None or not are_same(guest.address, checked.address):
        return False
    return await directory.has(guest.object_id, checked.app.object_id, checked.give)
