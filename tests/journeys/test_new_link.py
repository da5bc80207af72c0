"""A new link, and a redemption that begins again, over HTTP: what the guest gets, and who gets nothing."""

import asyncio
from typing import Any

import pytest

from tests.clinic import INVITE, Clinic, until
from tests.journeys.acts import approve, audited, send, settled, shown, told
from tests.journeys.test_who_may_see import said

ANA, LABEL = "ana@fabrikam.com", "R-1001"
ON_ITS_WAY = "A new link is on its way"


@pytest.fixture
async def invited(clinic: Clinic) -> Clinic:
    """Let Megan's request be delivered and mailed, and an admin invite Ana again, so that the link dies."""
    await clinic.switch(auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "accepts the invitation", "channel")
    await settled(clinic)
    await clinic.act(act="reinvite", address=ANA)
    return clinic


async def mails(clinic: Clinic) -> list[dict[str, Any]]:
    return [one["detail"] for one in await clinic.ledger("mail.sent") if ANA in one["detail"]["to"]]


async def mailed(clinic: Clinic, count: int) -> list[dict[str, Any]]:
    async def look() -> bool:
        return len(await mails(clinic)) >= count

    await until(look, f"{count} mails")
    await settled(clinic)
    return await mails(clinic)


async def guest_of(clinic: Clinic) -> dict[str, Any]:
    state = await clinic.get("/sandbox/state")
    return next(one for one in state["guests"] if one["mail"] == ANA)


async def test_a_stuck_guest_gets_a_new_link_by_one_press_and_one_mail(invited: Clinic) -> None:
    before = await guest_of(invited)
    answer = await told(invited, "megan", f"/guest {ANA}")
    assert f"/resend {ANA}" in answer
    card = await invited.card("megan", "Stuck: the link no longer works")
    pressed = await invited.press("megan", card, "guest.resend")
    assert ON_ITS_WAY in shown(pressed)
    assert "Megan Bowen had it made" in shown(pressed)
    sent = await mailed(invited, 2)
    assert [one["linkIsNewest"] for one in sent] == [True, True]
    after = await guest_of(invited)
    assert (after["id"], after["groups"]) == (before["id"], before["groups"])
    assert "Waiting for Ana to accept" in await told(invited, "megan", f"/guest {ANA}")


async def test_a_double_press_is_answered_the_same_and_mails_once(invited: Clinic) -> None:
    await told(invited, "megan", f"/guest {ANA}")
    card = await invited.card("megan", "Stuck: the link no longer works")
    action = next(one for one in card["card"]["actions"] if one.get("verb") == "guest.resend")
    answers = await asyncio.gather(*(send(invited, "megan", "personal", action) for _ in range(4)))
    assert any(ON_ITS_WAY in shown(one) for one in answers)
    await mailed(invited, 2)
    assert ON_ITS_WAY in await told(invited, "megan", f"/resend {LABEL}")
    assert ON_ITS_WAY in await told(invited, "alex", f"/resend {ANA}")
    await settled(invited)
    assert len(await mails(invited)) == 2
    assert len(await audited(invited, "link.renewed")) == 1


async def test_an_approver_may_and_a_stranger_hears_of_nothing(invited: Clinic) -> None:
    for word in ("resend", "reset"):
        there, _ = await said(invited, "diego", f"/{word} {ANA}", "personal")
        nobody, _ = await said(invited, "diego", f"/{word} nobody@fabrikam.com", "personal")
        assert there == nobody
        answer, _ = await said(invited, "diego", f"/{word} {LABEL}", "personal")
        none, _ = await said(invited, "diego", f"/{word} R-1999", "personal")
        assert answer.replace("1001", "1999") == none
    assert len(await mails(invited)) == 1
    assert ON_ITS_WAY in await told(invited, "alex", f"/resend {ANA}")
    await mailed(invited, 2)


async def test_who_accepted_by_a_link_of_a_moment_ago_is_said_to_need_none(invited: Clinic) -> None:
    assert ON_ITS_WAY in await told(invited, "megan", f"/resend {ANA}")
    await mailed(invited, 2)
    await invited.act(act="accept", address=ANA)
    await invited.card("megan", "✓ Accepted", "channel")
    assert "needs no link" in await told(invited, "megan", f"/resend {ANA}")


async def test_a_guest_who_accepted_is_reset_and_accepts_again_with_what_they_had(invited: Clinic) -> None:
    await invited.act(act="accept", address=ANA)
    await invited.card("megan", "✓ Accepted", "channel")
    before = await guest_of(invited)
    assert "needs no link" in await told(invited, "megan", f"/resend {ANA}")
    answer = await told(invited, "megan", f"/reset {ANA}")
    assert "Ana is to accept anew" in answer
    sent = await mailed(invited, 2)
    assert sent[-1]["linkIsNewest"] is True
    after = await guest_of(invited)
    assert after["externalUserState"] == "PendingAcceptance"
    assert (after["id"], after["groups"]) == (before["id"], before["groups"])
    assert "Waiting for Ana to accept" in await told(invited, "megan", f"/guest {ANA}")


async def test_a_reset_that_guestlist_may_not_do_is_said_on_the_request(invited: Clinic) -> None:
    await invited.act(act="accept", address=ANA)
    await invited.card("megan", "✓ Accepted", "channel")
    await invited.switch(resetPermission=False)
    await told(invited, "megan", f"/reset {ANA}")
    await settled(invited)
    assert "lacks a permission" in await told(invited, "megan", f"/show {LABEL}")
    assert (await guest_of(invited))["externalUserState"] == "Accepted"
    await invited.switch(resetPermission=True)
    await told(invited, "megan", f"/retry {LABEL}")
    await mailed(invited, 2)
    assert (await guest_of(invited))["externalUserState"] == "PendingAcceptance"


@pytest.mark.parametrize("line", ["/resend", "/reset", "/resend Ana", "/reset ana@", f"/resend {ANA} now"])
async def test_what_is_no_address_sends_nothing_and_says_how_it_is_typed(clinic: Clinic, line: str) -> None:
    assert f"/{line.split(maxsplit=1)[0].strip('/')}" in await told(clinic, "megan", line)
    assert await clinic.ledger("invitation.created") == []


async def test_a_request_that_only_waits_gets_no_link(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    for line in (f"/resend {LABEL}", f"/reset {LABEL}", f"/resend {ANA}"):
        assert "Nothing was sent" in await told(clinic, "megan", line)
    assert await clinic.ledger("invitation.created") == []
    refused = await audited(clinic, "act.refused")
    assert [one["act"] for one in refused] == ["resend", "reset", "resend"]
