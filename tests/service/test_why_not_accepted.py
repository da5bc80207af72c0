"""The cards of a guest who does not accept say why, as far as it can be read, and offer what helps."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.ports import NotDone
from access.rules import lapsing, stuck, unaccepted
from access.rules.causes import Cause
from access.rules.clues import LaterInvitation
from access.rules.coaching import Helps
from access.rules.model import Record
from access.rules.snags import Snag
from cards.draw import draw
from tests.cards.gallery import LOOK
from tests.cards.test_structure import actions
from tests.service.house import House
from tests.service.test_guests_who_wait import GUEST, days, given

HOUR = timedelta(hours=1)


async def shown(house: House, record: Record, start: str) -> tuple[str, dict[str, Any]]:
    """Return the newest card that tells so, with its name."""
    now = await house.now(record)
    told = [name for job in now.jobs.values() if (name := job.name).startswith(start)]
    name = [one for one in told if "/approver/" in one][-1]
    return name, draw(now, name, LOOK)


def verbs(card: dict[str, Any]) -> list[str]:
    return [one["verb"] for one in actions(card) if "verb" in one]


async def test_a_link_that_was_replaced_is_named_on_the_reminder_and_a_new_one_offered(house: House) -> None:
    record = await given(house)
    house.clues.later = LaterInvitation(house.clock.now() + HOUR, "Isaiah Langer")
    await days(house, 4)
    name, card = await shown(house, record, unaccepted.REMINDED)
    assert stuck.why_of(await house.now(record), name) == (Snag.LINK_REPLACED, Helps.RESEND)
    assert re.search(r"What was in the way on .*: the link no longer works\.", str(card))
    assert verbs(card)[:2] == ["guest.resend", "guest.view"]


async def test_where_a_new_link_helps_nothing_none_is_offered_and_the_guest_s_card_is(house: House) -> None:
    record = await given(house)
    house.tenant.guests[GUEST] = replace(house.tenant.guests[GUEST], enabled=False)
    await days(house, 31)
    for start in (unaccepted.REMINDED, lapsing.SHOWN):
        _, card = await shown(house, record, start)
        assert re.search(r"What was in the way on .*: the account is disabled\.", str(card))
        assert "guest.resend" not in verbs(card)
        assert "guest.view" in verbs(card)
        assert "/resend" not in str(card)


async def test_where_nothing_is_found_or_can_be_read_the_card_is_as_ever(house: House) -> None:
    record = await given(house)
    house.clues.refuses["holders"] = NotDone(Cause.UNAVAILABLE)
    await days(house, 4)
    name, card = await shown(house, record, unaccepted.REMINDED)
    assert stuck.why_of(await house.now(record), name) == (None, Helps.RESEND)
    assert "in the way" not in str(card)
    assert verbs(card)[:2] == ["guest.resend", "guest.view"]
