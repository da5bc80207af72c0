"""People block the bot: who was to be told is told another way, and what they missed when they come back."""

import re

import pytest

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import approve, settled, waiting_for
from tests.journeys.around import happen

CODES = ["blockedByUser", "disabledByAdmin"]
"""Every code is in tests/teams/test_chat.py."""


@pytest.mark.parametrize("code", CODES)
async def test_an_approver_who_blocks_the_bot_is_named_in_the_thread_and_asked_when_they_write_again(
    clinic: Clinic, code: str
) -> None:
    await clinic.say("alex", "/help")
    await happen(clinic, "alex", "block", code=code)
    await clinic.say("megan", INVITE, "channel")
    named = spoken(await clinic.card("diego", "cannot message", "channel"))
    assert "Alex Wilber" in named
    assert "/approve R-1001" in named

    await happen(clinic, "alex", "unblock")
    await clinic.say("alex", "/help")
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await settled(clinic)
    cards = [one for one in await clinic.messages("alex") if one["card"] and "R-1001" in spoken(one)]
    assert len(cards) == 1


async def test_who_blocks_the_bot_finds_the_card_that_stands_true_when_they_write_again(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    card = await waiting_for(clinic)
    await settled(clinic)
    await happen(clinic, "alex", "block")
    await clinic.say("megan", "/cancel R-1001")
    await clinic.card("megan", "Canceled", "channel")
    await settled(clinic)
    await happen(clinic, "alex", "unblock")
    await clinic.say("alex", "/help")
    true = await clinic.card("alex", "Canceled")
    assert true["id"] == card["id"]


async def test_of_a_requestor_who_blocks_the_bot_the_thread_says_so_and_they_are_told_when_they_write(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", "/help")
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await happen(clinic, "megan", "block")
    await clinic.say("alex", "/deny R-1001 Not this quarter")
    await clinic.card("diego", "Guestlist cannot message Megan Bowen", "channel")

    await happen(clinic, "megan", "unblock")
    await clinic.say("megan", "/help")
    await clinic.card("megan", "Not this quarter")
    await settled(clinic)
    said = spoken((await clinic.messages("diego", "channel"))[-1])
    assert "cannot message" not in said


async def test_where_neither_thread_nor_requestor_is_reached_the_operator_is_told(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    await clinic.say("megan", INVITE)
    await clinic.card("megan", "Waiting for approval")
    await settled(clinic)
    await happen(clinic, "megan", "block")
    await approve(clinic)

    async def rung() -> bool:
        return any("R-1001" in one.message and "neither" in one.message for one in caplog.records)

    await until(rung, "the operator's alarm")
    await settled(clinic)
    await happen(clinic, "megan", "unblock")
    await clinic.say("megan", "/help")
    await clinic.card("megan", "Delivered")
    cards = [one for one in await clinic.messages("megan") if one["card"] and "R-1001" in spoken(one)]
    assert len(cards) == 1


@pytest.mark.parametrize("status", ["403", "404"])
async def test_who_asks_where_the_bot_may_not_write_is_answered_in_their_own_chat(
    clinic: Clinic, status: str
) -> None:
    place = re.escape(await clinic.place("megan", "channel"))
    await clinic.say("megan", "/help")
    before = len(await clinic.messages("megan"))
    await clinic.fault(match={"method": "POST", "path": f"{place}.*/activities"}, do=status)
    await clinic.say("megan", "@Guestlist /cancel R-99", "channel")

    async def told() -> bool:
        return "R-99" in str((await clinic.messages("megan"))[before:])

    await until(told, "Megan is answered in her own chat")
    assert "R-99" not in str([one for one in await clinic.messages("megan", "channel") if one["from"]["bot"]])
