"""Whose an address is: of whom the directory has it now, and of whom Guestlist had it before."""

from collections.abc import Sequence

from access.rules.addresses import are_same
from access.rules.model import ERASED, Guest, ObjectId, Record
from access.service.decide import Decisions


async def requests_of(decisions: Decisions, address: str) -> Sequence[Record]:
    """Return every request about the guest of an address, by whichever of theirs it was made.

    A guest who has another address by now is not meant, where somebody else has this one.
    """
    store, directory = decisions.store, decisions.directory
    known = await store.about(await store.subject(address))
    found = await directory.find_by_address(address)
    if isinstance(found, Guest):
        others = {one.request.guest_id for one in known} - {None, found.object_id}
        read = [await directory.guest(one) for one in others if one]
        moved = {one.object_id for one in read if one and not are_same(one.address, address)}
        known = [one for one in known if one.request.guest_id not in moved]
    return await with_account(decisions, known, found.object_id if isinstance(found, Guest) else None)


async def with_account(
    decisions: Decisions, known: Sequence[Record], guest_id: ObjectId | None = None
) -> Sequence[Record]:
    """Return these requests, and what else is about their accounts, or about this one."""
    every = {one.request.request_id: one for one in known}
    for account in dict.fromkeys([guest_id, *(one.request.guest_id for one in known)]):
        for one in await decisions.store.of_guest(account) if account else ():
            if one.request.address != ERASED:
                every.setdefault(one.request.request_id, one)
    return sorted(every.values(), key=lambda one: one.request.number)


async def account_of(decisions: Decisions, address: str) -> ObjectId | None:
    """Return the one account that has an address, or had it when Guestlist gave it something."""
    found = await decisions.directory.find_by_address(address)
    if found is not None:
        return found.object_id if isinstance(found, Guest) else None
    before = await decisions.store.about(await decisions.store.subject(address))
    ids = dict.fromkeys(one.request.guest_id for one in before)
    there = [one for one in ids if one and await decisions.directory.guest(one)]
    return there[0] if len(there) == 1 else None
