"""Whether a removal keeps a guest out for whom somebody asks: what is given would fail until it is undone."""

from datetime import datetime

from access.ports import Store
from access.rules.accounts import AccountState, can_return, looked_for_until
from access.rules.addresses import read_address
from access.rules.departing import under_way
from access.rules.draft import Draft
from access.rules.refusals import Field, Problem, ProblemCode
from access.service.check import Checked, Wrong

_OF_THE_ACCOUNT = frozenset({ProblemCode.GUEST_DISABLED, ProblemCode.HAS_ACCESS})
"""What a guest meets who is blocked: the removal says more."""


async def kept_out(store: Store, draft: Draft, checked: Checked | Wrong, now: datetime) -> Problem | None:
    """Return which removal keeps the guest out; where something else is wrong, that is said first."""
    if isinstance(checked, Wrong) and any(one.code not in _OF_THE_ACCOUNT for one in checked.problems):
        return None
    address = read_address(draft.address)
    if isinstance(address, Problem):
        return None
    found = under_way(await store.about(await store.subject(address)))
    given = found.request.account if found is not None else None
    if found is None or given is None or given.state is AccountState.RESTORING or not can_return(given, now):
        return None
    hints = address, found.request.label
    if until := looked_for_until(given, now):
        return Problem(Field.ADDRESS, ProblemCode.GUEST_LOOKED_FOR, (*hints, until.isoformat()))
    return Problem(Field.ADDRESS, ProblemCode.GUEST_REMOVED, hints)
