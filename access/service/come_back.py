"""Guests who were gone when their access ended, and whom an admin has put back past Guestlist since."""

import logging
from datetime import datetime

from access.ports import Directory, Refused, Store
from access.rules import halting

log = logging.getLogger(__name__)

_LOT = 150
"""Accesses that are looked at together: ten calls."""


async def take_away_after_all(store: Store, directory: Directory, now: datetime) -> None:
    """Begin the end anew of each access that came back with its guest; who is not there has none."""
    after = ""
    while lot := await store.met_nobody(_LOT, after):
        after = lot[-1].request_id
        gone = [one for one in lot if halting.may_come_back(one, now)]
        guests = [one.guest_id for one in gone if one.guest_id]
        try:
            there = {one.object_id for one in (await directory.guests(guests) if guests else ())}
        except Refused as error:
            log.warning("Whether guests were put back cannot be read", extra={"cause": error.cause})
            return
        for one in gone:
            if one.guest_id in there:
                await store.change(one.request_id, halting.come_back())
