"""Whether what Guestlist does or has just done stands against a request: a removal, or the same access."""

from collections.abc import Sequence
from datetime import datetime

from access.ports import Store
from access.rules.accounts import AccountState, can_return, looked_for_until
from access.rules.addresses import read_address
from access.rules.departing import under_way
from access.rules.draft import Draft
from access.rules.main_request import is_lasting
from access.rules.model import Record
from access.rules.refusals import Field, Problem, ProblemCode
from access.service.check import Checked, Wrong

_OF_THE_ACCOUNT = frozenset({ProblemCode.GUEST_DISABLED, ProblemCode.HAS_ACCESS})
"""What a guest meets who is blocked: the removal says more."""


async def kept_out(
    store: Store, draft: Draft, checked: Checked | Wrong, begun: datetime, now: datetime
) -> Problem | None:
    """Return which removal keeps the guest out, or that the access was given since it was begun to look.

    Where something else is wrong, that is said first.
    """
    if isinstance(checked, Wrong) and any(one.code not in _OF_THE_ACCOUNT for one in checked.problems):
        return None
    address = read_address(draft.address)
    if isinstance(address, Problem):
        return None
    records = await store.about(await store.subject(address))
    if isinstance(checked, Checked) and (given := _given_since(records, checked, begun)):
        names = (given.request.guest_name, checked.app.name, checked.give.name)
        return Problem(Field.APP, ProblemCode.HAS_ACCESS, names)
    found = under_way(records)
    account = found.request.account if found is not None else None
    if found is None or account is None or account.state is AccountState.RESTORING:
        return None
    if not can_return(account, now):
        return None
    hints = address, found.request.label
    if until := looked_for_until(account, now):
        return Problem(Field.ADDRESS, ProblemCode.GUEST_LOOKED_FOR, (*hints, until.isoformat()))
    return Problem(Field.ADDRESS, ProblemCode.GUEST_REMOVED, hints)


def _given_since(records: Sequence[Record], checked: Checked, begun: datetime) -> Record | None:
    """Return which request gave the same meanwhile: somebody typed it twice, and the first was quicker."""
    for one in records:
        request = one.request
        same = (request.app.object_id, request.give) == (checked.app.object_id, checked.give)
        if same and request.delivered_at is not None and request.delivered_at > begun and is_lasting(one):
            return one
    return None
