"""What changes while a request waits, or between its approval and its delivery."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import approve, approve_anyway, audited, settled, shown, told, waiting_for

IMAGING = "/invite ana@fabrikam.com to Imaging Viewer for 30d because of the scans"
AT_ONCE = {"path": "^/v1.0/"}


async def test_a_directory_that_cannot_be_read_at_the_click_decides_nothing_and_the_card_stays(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE, "channel")
    card = await waiting_for(clinic)
    await clinic.fault(match=AT_ONCE, mix={"503-before": 1.0})

    for verb in ("approval.approve", "approval.deny"):
        pressed = await clinic.press("alex", card, verb, justification="not this quarter")
        assert "The directory could not be read" in shown(pressed)
        assert pressed["shown"]["kind"] == "message", "a card in its place would take the buttons away"
    assert "The directory could not be read" in await told(clinic, "alex", "/approve R-1001")
    await clinic.post("/sandbox/faults/clear")

    assert await audited(clinic, "request.approved") == []
    await approve(clinic)
    await clinic.card("megan", "Delivered", "channel")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"act": "deleteApp", "app": "imaging-viewer"}, "Imaging Viewer is no longer in the directory"),
        (
            {"act": "setProperties", "app": "imaging-viewer", "properties": {"accountEnabled": False}},
            "Sign-in to Imaging Viewer is switched off",
        ),
        (
            {"act": "setProperties", "app": "imaging-viewer", "properties": {"appRoles": []}},
            "Imaging Viewer no longer has the role Reader",
        ),
        ({"act": "disable", "person": "megan"}, "Megan Bowen has no active account any more"),
    ],
)
async def test_what_would_lead_nowhere_is_not_approved_and_says_why(
    clinic: Clinic, change: Mapping[str, Any], cause: str
) -> None:
    await clinic.say("megan", IMAGING)
    card = await waiting_for(clinic, "pradeep")
    await clinic.act(**change)

    refused = shown(await clinic.press("pradeep", card, "approval.approve"))
    assert "Not approved: it would fail" in refused
    assert cause in refused
    assert cause in await told(clinic, "pradeep", "/approve R-1001")

    assert await audited(clinic, "request.approved") == []
    assert await clinic.ledger("invitation.created") == []


async def test_a_request_whose_requestor_has_left_can_be_denied(clinic: Clinic) -> None:
    await clinic.say("megan", IMAGING)
    await waiting_for(clinic, "pradeep")
    await clinic.act(act="disable", person="megan")
    assert "R-1001 is denied" in await told(clinic, "pradeep", "/deny R-1001 she has left")


async def test_an_app_deleted_between_approval_and_delivery_fails_with_its_cause(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="hold", times=1)
    await clinic.say("megan", IMAGING)
    await approve(clinic, "pradeep")
    await until(lambda: clinic.get("/sandbox/held"), "the invitation has left")

    await clinic.act(act="deleteApp", app="imaging-viewer")
    await clinic.post("/sandbox/held/release")

    failed = spoken(await clinic.card("megan", "Delivery failed at step 3 of 5"))
    assert "Imaging Viewer is no longer in the directory" in failed
    assert "Ana has no access and got no mail" in failed
    assert "/retry R-1001" in failed
    assert await clinic.ledger("mail.sent") == []


async def assigned(clinic: Clinic) -> dict[str, Any]:
    """Deliver a first request, and return the card that asks Pradeep for a second app of the same guest."""
    await clinic.say("megan", INVITE)
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await clinic.say("megan", IMAGING.replace("/invite", "/assign"))
    return await waiting_for(clinic, "pradeep")


async def test_a_guest_deleted_while_it_waits_moves_the_plan_and_the_next_press_decides(
    clinic: Clinic,
) -> None:
    card = await assigned(clinic)
    await clinic.act(act="deleteGuest", address="ana@fabrikam.com")

    moved = shown(await clinic.press("pradeep", card, "approval.approve"))
    assert "Not decided: 1 thing is new" in moved
    assert "The guest's account: New, not in the directory" in moved
    assert len(await audited(clinic, "request.approved")) == 1

    news = await clinic.card("pradeep", "Approve as shown")
    await settled(clinic)
    assert "Not decided" in spoken(await clinic.card("pradeep", "Imaging Viewer")), (
        "it stays until they decide"
    )
    await clinic.press("pradeep", news, "approval.approve")
    failed = spoken(await clinic.card("megan", "Delivery failed"))
    assert "a guest who was deleted" in failed, "Entra keeps the address of a deleted guest for 30 days"


async def test_a_guest_who_accepts_while_it_waits_moves_the_plan_to_one_without_an_invitation(
    clinic: Clinic,
) -> None:
    card = await assigned(clinic)
    await clinic.act(act="accept", address="ana@fabrikam.com")

    moved = shown(await clinic.press("pradeep", card, "approval.approve"))
    assert "The guest's account: Guest who has accepted" in moved
    assert "Mail the app's link" in moved

    assert "R-1002 is approved" in await told(clinic, "pradeep", "/approve R-1002")
    await clinic.card("megan", "Ana can use Imaging Viewer now")
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_a_microsoft_365_group_that_takes_no_guests_fails_with_its_cause_until_it_is_mended(
    clinic: Clinic,
) -> None:
    await clinic.act(act="setProperties", group="case-review", properties={"guestsAllowed": False})
    line = "/invite ana@fabrikam.com to Case Review as Case Review for 30d because of the case"
    await clinic.say("megan", line)
    await approve_anyway(clinic)

    failed = await clinic.card("megan", "Delivery failed")
    assert "The group Case Review does not take guests" in spoken(failed)

    await clinic.act(act="setProperties", group="case-review", properties={"guestsAllowed": True})
    await clinic.press("megan", failed, "delivery.retry")

    await clinic.card("megan", "Delivered")
    assert len(await clinic.ledger("invitation.created")) == 1
    assert len(await audited(clinic, "request.approved")) == 1
