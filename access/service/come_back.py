"""Guests and groups that accesses ended without, or rest, and that an admin has put back past Guestlist."""

import logging
from datetime import datetime

from access.ports import Directory, Refused, Store
from access.rules import group_gone, halting, putting_back
from access.rules.model import ON_ACCOUNTS, Record, Request

log = logging.getLogger(__name__)

_LOT = 150
"""Accesses that are looked at together: ten calls."""


async def take_up_who_is_back(store: Store, directory: Directory, now: datetime) -> None:
    """Look for guests and groups that something ended or rests without; who is not there has no access.

    What had ended ends anew, for it came back with the guest; what a removal took along goes on.
    """
    after = ""
    while lot := await store.without_guest(_LOT, after):
        after = lot[-1].request_id
        gone = [one for one in lot if halting.may_come_back(one, now)]
        lost = [one for one in lot if group_gone.may_be_back(one, now)]
        along = [(one, by) for one in lot if (by := await _removal(store, one, now)) is not None]
        guests = [one.guest_id for one in (*gone, *(one for one, _ in along)) if one.guest_id]
        try:
            there = {one.object_id for one in (await directory.guests(guests) if guests else ())}
            groups = {one.give.object_id for one in lost}
            back = {one for one in groups if await directory.group(one) is not None}
        except Refused as error:
            log.warning("Whether guests were put back cannot be read", extra={"cause": error.cause})
            return
        for one in lost:
            if one.give.object_id in back:
                await store.change(one.request_id, halting.come_back())
        for one in gone:
            if one.guest_id in there:
                await store.change(one.request_id, halting.come_back())
        for by in {by.request_id: by for one, by in along if one.guest_id in there}.values():
            await go_on(store, by)


async def go_on(store: Store, removal: Request) -> bool:
    """Let a guest's accesses go on after a removal whose account others have put back.

    Tell whether the removal was noted as over by that.
    """
    done = await store.change(removal.request_id, putting_back.found)
    if isinstance(done, Record):
        removal = done.request
    for other in await store.of_guest(removal.guest_id) if removal.guest_id else ():
        if other.request.kind not in ON_ACCOUNTS:
            await store.change(other.request.request_id, halting.resume(removal))
    return isinstance(done, Record)


async def _removal(store: Store, request: Request, now: datetime) -> Request | None:
    """Return the removal that took an access along, if the guest can have been put back since."""
    request_id = halting.taken_along_by(request, now)
    removal = await store.record(request_id) if request_id else None
    return removal.request if removal and putting_back.may_be_back(removal.request, now) else None
