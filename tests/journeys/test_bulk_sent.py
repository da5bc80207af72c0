"""A list is sent from its dry run, and decided on once for all of its guests."""

from tests.clinic import Clinic, spoken
from tests.journeys.acts import button, send, settled, shown, told, waiting_for
from tests.journeys.lists import code_of, looked_at, sent

GUESTS = ("ana@fabrikam.com", "bo@fabrikam.com", "cy@adatum.com")


async def test_a_list_is_sent_with_one_press_and_pressed_again_it_is_the_same(clinic: Clinic) -> None:
    card = await looked_at(clinic, *GUESTS, "nobody")
    said = shown(await clinic.press("megan", card, "bulk.send"))
    assert "Sent as R-1001" in said
    assert "Alex Wilber or Nia Chen decides by" in said
    again = await send(clinic, "megan", "personal", button(card, "bulk.send"))
    assert shown(again) == said
    assert "Invite 3 guests of a list" in spoken(await clinic.card("megan", "Waiting for approval"))
    waits = spoken(await waiting_for(clinic))
    assert "ana@fabrikam.com" in waits
    assert "1 has no usable address" in waits
    assert "R-1002" not in await told(clinic, "megan", "/requests")
    assert await clinic.ledger("invitation.created") == []


async def test_the_press_leads_to_the_request_s_own_card(clinic: Clinic) -> None:
    await clinic.press("megan", await looked_at(clinic, *GUESTS), "bulk.send")
    pointing = await clinic.card("megan", "Sent as R-1")
    assert "/cancel R-1" in shown(await clinic.press("megan", pointing, "request.view"))


async def test_what_is_typed_sends_the_list_too_and_nobody_else_s(clinic: Clinic) -> None:
    code = code_of(await looked_at(clinic, *GUESTS))
    assert "There is no such list" in await told(clinic, "alex", f"/bulk send {code}")
    assert "There is no such list" in await told(clinic, "megan", "/bulk send ffffffff")
    assert "Sent as R-1" in await told(clinic, "megan", f"/bulk send {code}")
    await waiting_for(clinic)
    await settled(clinic)
    assert "Waiting for approval" in await told(clinic, "megan", f"/bulk send {code}")


async def test_a_button_s_list_is_a_hint_and_somebody_else_s_is_none(clinic: Clinic) -> None:
    card = await looked_at(clinic, *GUESTS)
    stolen = next(one for one in card["card"]["actions"] if one.get("verb") == "bulk.send")
    await clinic.say("alex", "/bulk")
    body = {"as": "alex", "conversation": await clinic.place("alex", "personal")}
    message = (await clinic.messages("alex"))[-1]["id"]
    pressed = await clinic.post("/teams/press", **body, messageId=message, action=stolen)
    assert "There is no such list" in shown(pressed)


async def test_a_list_of_which_nobody_goes_has_nothing_to_send(clinic: Clinic) -> None:
    card = await looked_at(clinic, "x@mailinator.com", says="Nothing to send")
    assert "bulk.send" not in {one.get("verb") for one in card["card"]["actions"]}
    answer = await told(clinic, "megan", f"/bulk send {code_of(card)}")
    assert "none of these guests can be asked for" in answer


async def test_what_is_denied_says_so_to_whoever_sent_it(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    card = await waiting_for(clinic)
    await clinic.press("alex", card, "approval.deny", justification="Not this quarter")
    assert "Not this quarter" in spoken(await clinic.card("megan", "Denied"))


async def test_an_approver_asks_and_the_requestor_cancels(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await clinic.press("alex", await waiting_for(clinic), "approval.ask", question="Who is Bo?")
    asks = await clinic.card("megan", "Who is Bo?")
    await clinic.press("megan", asks, "request.answer", answer="The auditor")
    await clinic.card("alex", "The auditor")
    await clinic.card("megan", "Waiting for approval")
    assert "canceled" in await told(clinic, "megan", "/cancel R-1001")
    await clinic.card("alex", "Canceled")


async def test_domains_are_left_out_by_a_press(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    card = await waiting_for(clinic)
    pressed = await clinic.press("alex", card, "approval.except", domains="adatum.com")
    assert pressed["status"] == 200, pressed
    assert "Invite 2 guests of a list" in spoken(await clinic.card("megan", "Left out"))


async def test_domains_are_left_out_by_a_typed_line(clinic: Clinic) -> None:
    await sent(clinic, *GUESTS)
    await waiting_for(clinic)
    wrong = await told(clinic, "alex", "/approve R-1001 except woodgrove.com")
    assert "Nothing was left out" in wrong
    assert "Invite 1 guest" in await told(clinic, "alex", "/approve R-1001 except fabrikam.com")
    assert "Invite 1 guest of a list" in spoken(await clinic.card("megan", "Left out"))


async def test_whoever_decides_reads_of_which_domain_it_will_fail_and_leaves_that_out(clinic: Clinic) -> None:
    await clinic.switch(blockedDomains="adatum.com")
    await sent(clinic, *GUESTS)
    card = spoken(await clinic.card("alex", "this will fail for some of the guests"))
    assert "adatum.com is on the tenant's list of blocked domains" in card
    assert "Can guests from adatum.com get into Health Records?" in await told(
        clinic, "alex", "/check R-1001"
    )
    refused = await told(clinic, "alex", "/approve R-1001")
    assert "Not approved: it would fail" in refused
    assert "It would fail for some of the guests." in refused
    assert "Invite 2 guests" in await told(clinic, "alex", "/approve R-1001 except adatum.com")
