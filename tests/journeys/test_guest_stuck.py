"""`/guest` over HTTP: why a guest is stuck, for those whose guest it is, and for nobody else."""

from typing import Any

import pytest

from tests.clinic import INVITE, Clinic
from tests.journeys.acts import approve, audited, settled, shown, told
from tests.journeys.test_who_may_see import said

ANA, LABEL = "ana@fabrikam.com", "R-1001"
NOT_SEEN = "There is no guest with this address that you may see."


@pytest.fixture
async def invited(clinic: Clinic) -> Clinic:
    """Let Megan's request be approved, delivered and mailed; Entra's logs tell at once."""
    await clinic.switch(auditLag=0)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("megan", "accepts the invitation", "channel")
    await settled(clinic)
    return clinic


async def test_a_guest_who_has_not_accepted_is_shown_with_what_was_looked_for(invited: Clinic) -> None:
    answer = await told(invited, "megan", f"/guest {ANA}")
    for words in (
        "Ana has not accepted",
        "Waiting for Ana to accept",
        "Nothing that can be read is in the way.",
        "The account is enabled",
        "Nobody else has the address",
        "No later invitation has ended our link",
        "Cross-tenant access lets guests from fabrikam.com in",
        f"{LABEL} · Health Records",
    ):
        assert words in answer, words


CAUSES: list[tuple[dict[str, Any], str, str]] = [
    ({"act": "reinvite"}, "Stuck: the link no longer works", "Isaiah Langer invited Ana again"),
    ({"act": "disable"}, "Stuck: the account is disabled", "enable the account"),
    (
        {"act": "addContact", "name": "Ana (contact)", "mail": ANA},
        "Stuck: the address is taken",
        "The contact Ana (contact) has the same address",
    ),
    (
        {"act": "setProperties", "properties": {"mail": "ana.ruiz@fabrikam.com", "otherMails": [ANA]}},
        "Stuck: the address is an alias",
        "main address is ana.ruiz@fabrikam.com",
    ),
    ({"act": "signIn", "code": 50076}, "Stuck: the second factor", "stopped at the second factor"),
    ({"act": "signIn", "code": 50158}, "Stuck: terms of use", "terms of use"),
    ({"act": "signIn", "code": 65001}, "Stuck: consent", "nobody consented"),
    ({"act": "signIn", "code": 53003}, "Stuck: Conditional Access", "refused Ana's sign-in"),
    ({"act": "deleteGuest"}, "Stuck: the account is gone", "restore the account for 30 days"),
]


@pytest.mark.parametrize(("act", "state", "words"), CAUSES)
async def test_what_happened_to_a_guest_is_said_as_the_cause(
    invited: Clinic, act: dict[str, Any], state: str, words: str
) -> None:
    await invited.act(**{"address": ANA, **act})
    answer = await told(invited, "megan", f"/guest {ANA}")
    assert state in answer
    assert words in answer


async def test_a_block_between_the_tenants_is_found(invited: Clinic) -> None:
    await invited.switch(crossTenantPartner="blocked")
    assert "Stuck: blocked between the tenants" in await told(invited, "megan", f"/guest {ANA}")


async def test_a_domain_that_the_tenant_denies_by_now_is_found(invited: Clinic) -> None:
    await invited.switch(blockedDomains="fabrikam.com")
    assert "Stuck: the domain is not allowed" in await told(invited, "megan", f"/guest {ANA}")


async def test_what_may_not_be_read_or_needs_a_licence_is_said_so(invited: Clinic) -> None:
    await invited.switch(policyPermission=False, signInLicence=False)
    answer = await told(invited, "megan", f"/guest {ANA}")
    assert "Cross-tenant access settings\n ·\u00a0not checked: Guestlist may not read it" in answer
    assert "not licensed to know: needs Entra ID P1" in answer
    assert "Waiting for Ana to accept" in answer


async def test_a_guest_who_accepted_is_in(invited: Clinic) -> None:
    await invited.act(act="accept", address=ANA)
    assert "Accepted\nNothing that can be read is in the way." in await told(
        invited, "megan", f"/guest {LABEL}"
    )


async def test_the_button_on_the_request_leads_to_the_guest_and_back(invited: Clinic) -> None:
    await told(invited, "megan", f"/show {LABEL}")
    card = await invited.card("megan", "Show guest")
    guest = await invited.press("megan", card, "guest.view")
    assert "Ana has not accepted" in shown(guest)


async def test_what_another_app_refused_is_no_cause_and_is_not_named(invited: Clinic) -> None:
    await invited.act(act="accept", address=ANA)
    await invited.act(act="signIn", address=ANA, code=53003, app="patient-portal")
    answer = await told(invited, "megan", f"/guest {ANA}")
    assert "Accepted\nNothing that can be read is in the way." in answer
    assert "Patient Portal" not in answer
    await invited.act(act="signIn", address=ANA, code=53003, app="health-records")
    assert "Stuck: Conditional Access" in await told(invited, "megan", f"/guest {ANA}")


async def test_an_account_that_is_locked_is_a_cause_wherever_it_was_told_so(invited: Clinic) -> None:
    await invited.act(act="accept", address=ANA)
    await invited.act(act="signIn", address=ANA, code=50053, app="patient-portal")
    answer = await told(invited, "megan", f"/guest {ANA}")
    assert "50053" in answer
    assert "Patient Portal" not in answer


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_others_hear_of_a_guest_who_is_there_what_they_hear_of_one_who_is_not(
    invited: Clinic, where: str
) -> None:
    there, _ = await said(invited, "diego", f"/guest {ANA}", where)
    nobody, _ = await said(invited, "diego", "/guest nobody@fabrikam.com", where)
    assert there == nobody
    answer, _ = await said(invited, "diego", f"/guest {LABEL}", where)
    none, _ = await said(invited, "diego", "/guest R-1999", where)
    assert answer.replace("1001", "1999") == none
    assert {one["act"] for one in await audited(invited, "act.refused")} == {"guest"}


async def test_an_address_is_shown_in_ones_own_chat_wherever_it_was_asked_for(invited: Clinic) -> None:
    before_all, own = await said(invited, "megan", f"/guest {ANA}", "channel")
    assert ANA not in before_all
    assert "Ana has not accepted" in own


@pytest.mark.parametrize("line", ["/guest", "guest", "/guest Ana", "/guest ana@", f"/guest {ANA} and more"])
async def test_what_is_no_address_is_answered_with_how_it_is_typed(clinic: Clinic, line: str) -> None:
    assert "/guest" in await told(clinic, "megan", line)


async def test_a_forged_press_shows_nobody_s_guest(invited: Clinic) -> None:
    await told(invited, "megan", f"/show {LABEL}")
    card = await invited.card("megan", "Show guest")
    request = next(
        one["data"]["request"] for one in card["card"]["actions"] if one.get("verb") == "guest.view"
    )
    await invited.say("diego", "/help")
    for about in (request, LABEL, "", "*", ANA, None, [request]):
        action = {"type": "Action.Execute", "verb": "guest.view", "data": {"request": about}}
        body = {"as": "diego", "conversation": await invited.place("diego", "personal")}
        message = (await invited.messages("diego"))[-1]["id"]
        answer = await invited.post("/teams/press", **body, messageId=message, action=action)
        assert "Ana" not in shown(answer)
