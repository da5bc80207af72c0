"""Two stages at the clinic: who is asked when, and presses that claim to be more than they are."""

from typing import Any

from tests.clinic import Clinic, spoken
from tests.journeys.acts import audited, button, send, settled, shown, told

ASK = "@Guestlist /invite ana@fabrikam.com to Lab Results as Reader for 90d because She runs the March audit"
MINE = "Waiting for you: stage"


async def asked(clinic: Clinic) -> None:
    await clinic.say("megan", ASK, "channel")
    await clinic.card("megan", "stage 1 of 2", "channel")


async def lynne_approves(clinic: Clinic) -> None:
    await clinic.press("lynne", await clinic.card("lynne", MINE), "approval.approve")


async def cards_of(clinic: Clinic, who: str) -> list[dict[str, Any]]:
    await settled(clinic)
    return [one for one in await clinic.messages(who) if one["card"] and "R-1001" in spoken(one)]


async def test_an_owner_then_two_of_three_approve_and_everybody_sees_how_it_goes(clinic: Clinic) -> None:
    await asked(clinic)
    assert await cards_of(clinic, "adele") == []
    await lynne_approves(clinic)
    assert "Lynne Robbins has approved. 2 approvals are needed" in spoken(await clinic.card("adele", MINE))
    assert await cards_of(clinic, "johanna") == [], "who may decide is asked by no card"

    await clinic.press("adele", await clinic.card("adele", MINE), "approval.approve")
    half = spoken(await clinic.card("megan", "Lynne Robbins and Adele Vance have approved", "channel"))
    assert "1 more approval is needed" in half
    assert "Isaiah Langer or Lidia Holloway" in half
    assert "You have approved already" in await told(clinic, "adele", "/approve R-1001")

    await clinic.press("isaiah", await clinic.card("isaiah", MINE), "approval.approve")
    for who in ("lynne", "adele", "lidia"):
        outcome = spoken(await clinic.card(who, "✓ Delivered"))
        assert "Lynne Robbins, Adele Vance and Isaiah Langer" in outcome


async def test_a_denial_at_the_second_stage_ends_it_for_all(clinic: Clinic) -> None:
    await asked(clinic)
    await lynne_approves(clinic)
    await clinic.press("adele", await clinic.card("adele", MINE), "approval.approve")
    card = await clinic.card("lidia", MINE)
    await clinic.press("lidia", card, "approval.deny", justification="Not before the audit.")
    for who in ("lynne", "adele", "isaiah"):
        assert "Lidia Holloway denied" in spoken(await clinic.card(who, "Denied"))
    assert not await clinic.ledger("invitation.created")


async def test_what_a_card_claims_of_stage_person_and_count_is_believed_by_nobody(clinic: Clinic) -> None:
    await asked(clinic)
    card = await clinic.card("lynne", MINE)
    claims: dict[str, Any] = {
        "stage": 2,
        "quorum": 1,
        "approver": clinic.story.person("isaiah")["id"],
        "role": "admins",
        "approvals": [clinic.story.person(one)["id"] for one in ("adele", "isaiah")],
    }
    answer = await send(clinic, "lynne", "personal", button(card, "approval.approve", **claims))
    assert "stage 2 of 2" in shown(answer)
    given = await audited(clinic, "stage.approved")
    assert [(one["actor"], one["stage"]) for one in given] == [(clinic.story.person("lynne")["id"], 1)]
    assert not await clinic.ledger("invitation.created")


async def test_whoever_decides_later_may_not_press_an_earlier_stages_button(clinic: Clinic) -> None:
    await asked(clinic)
    stolen = button(await clinic.card("lynne", MINE), "approval.approve")
    await clinic.say("adele", "/help")
    assert "You decide at stage 2" in shown(await send(clinic, "adele", "personal", stolen))
    assert not await audited(clinic, "stage.approved")


async def test_a_press_twice_counts_once_and_the_second_hears_what_is_needed(clinic: Clinic) -> None:
    await asked(clinic)
    await lynne_approves(clinic)
    press = button(await clinic.card("adele", MINE), "approval.approve")
    first = shown(await send(clinic, "adele", "personal", press))
    second = shown(await send(clinic, "adele", "personal", press))
    assert "1 more approval is needed" in first
    assert "You have approved already" in second
    assert "1 more approval is needed" in second
    assert len(await audited(clinic, "stage.approved")) == 2


async def test_an_approver_disabled_between_card_and_press_adds_no_approval(clinic: Clinic) -> None:
    await asked(clinic)
    await lynne_approves(clinic)
    press = button(await clinic.card("adele", MINE), "approval.approve")
    await clinic.act(act="setProperties", person="adele", properties={"accountEnabled": False})
    await send(clinic, "adele", "personal", press)
    assert len(await audited(clinic, "stage.approved")) == 1


async def test_who_may_decide_without_a_card_finds_it_and_decides_by_its_number(clinic: Clinic) -> None:
    await asked(clinic)
    await lynne_approves(clinic)
    assert "R-1001" in await told(clinic, "johanna", "/approvals")
    said = await told(clinic, "johanna", "/approve R-1001")
    assert "You have approved R-1001" in said
    assert "1 more approval is needed" in said


async def test_who_may_decide_without_a_card_is_pinged_by_no_end_and_hears_of_it_where_they_look(
    clinic: Clinic,
) -> None:
    await asked(clinic)
    await lynne_approves(clinic)
    before = len(await clinic.messages("johanna"))
    press = button(await clinic.card("adele", MINE), "approval.deny")
    press["data"] |= {"justification": "canary-why not this quarter"}
    await send(clinic, "adele", "personal", press)
    await clinic.card("megan", "Denied")
    assert len(await clinic.messages("johanna")) == before
    assert "R-1001" not in await told(clinic, "johanna", "/approvals")
    late = await told(clinic, "johanna", "/approve R-1001")
    assert "changed nothing" in late
    assert "Adele" in late
