"""Of which domains of a list somebody would be invited: who is new, or has not accepted."""

from collections.abc import Collection

from access.ports import Directory, Store, tried
from access.rules.addresses import domain_of
from access.rules.bulk import Bulk
from access.rules.clues import Unread
from access.rules.lists import rows_that_go
from access.rules.plan import is_invited

MOST_GUESTS = 1500
"""Of how many guests it is read whether they have accepted, in about a hundred calls."""


async def inviting(
    store: Store, directory: Directory, bulk: Bulk, domains: Collection[str]
) -> frozenset[str]:
    """Return those of these domains of which anybody would be invited, or may be where that is not read."""
    made = await store.guest_list(bulk.list_id)
    if made is None:
        return frozenset(domains)
    rows = [(row.guest_id, domain_of(row.address)) for row in rows_that_go(made, bulk.left_out)]
    new = {domain for guest_id, domain in rows if guest_id is None and domain in domains}
    there = {guest_id: domain for guest_id, domain in rows if guest_id and domain in {*domains} - new}
    asked = list(there)[:MOST_GUESTS]
    found = await tried(directory.guests(asked)) if asked else ()
    known = () if isinstance(found, Unread) else found
    settled = {one.object_id for one in known if not is_invited(one)}
    return frozenset(new | {there[one] for one in there if one not in settled})
