"""Every write of Guestlist at Graph, answered well or refused, is named in the audit by Graph's own id."""

from typing import Any

from tests.clinic import INVITE, TOKEN, Clinic
from tests.journeys.acts import approve, settled, told

BY_ROLE = "/invite ben@fabrikam.com to Imaging Viewer for 30d because she reads the images"
EFFECTS = ("user.created", "invitation.created", "member.added", "assignment.created", "sponsor.added")
MAILS = ("mail.drafted", "mail.sent")
IDS = ("request-id", "draft-request-id", "guest-request-id")


async def writes(clinic: Clinic) -> dict[str, dict[str, Any]]:
    """Return the calls that wanted to change something, by the id that Graph gave them.

    That the app is installed for an approver, who is then told, is of no request and gives nobody anything.
    """
    calls = [one["detail"] for one in await clinic.ledger("graph.call") if one["detail"]["method"] != "GET"]
    return {one["requestId"]: one for one in calls if "/installedApps" not in one["path"]}


async def named(clinic: Clinic, what: str) -> set[str]:
    """Return the ids that the entries of this kind name."""
    facts = [one.fact async for one in clinic.guestlist.store.audit_entries()]
    return {str(fact.detail.get(name)) for fact in facts if fact.what == what for name in IDS}


async def invited_by_others(clinic: Clinic, address: str) -> None:
    """Have somebody else's program invite a guest, who has no sponsor then."""
    call = {"invitedUserEmailAddress": address, "inviteRedirectUrl": "https://contoso-health.com/"}
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with clinic.http.post(f"{clinic.url}/v1.0/invitations", json=call, headers=bearer) as answer:
        assert answer.ok


async def test_whatever_was_written_at_graph_is_named_by_its_request_id(clinic: Clinic) -> None:
    await invited_by_others(clinic, "ben@fabrikam.com")
    before = set(await writes(clinic))
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await clinic.say("megan", BY_ROLE)
    await approve(clinic, "pradeep")
    await clinic.card("megan", "Mail\nSent")
    await settled(clinic)

    done = [one["kind"] for one in await clinic.ledger()]
    assert {*EFFECTS, *MAILS} <= set(done), "a journey with every effect that there is"
    assert set(await writes(clinic)) - before <= await named(clinic, "step.done")


async def test_whatever_graph_refused_is_named_by_its_request_id(clinic: Clinic) -> None:
    for path in ("/invitations$", "/members/", "/messages$", "/send$"):
        await clinic.fault(match={"method": "POST", "path": path}, do="400")
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    for _ in range(4):  # at the invitation, the membership, the draft, the sending
        await settled(clinic)
        await told(clinic, "alex", "/retry R-1001")
    await settled(clinic)

    calls = await writes(clinic)
    refused = {one for one, call in calls.items() if call["status"] >= 400}
    assert len(refused) == 4
    assert refused <= await named(clinic, "step.failed")
    entries = await named(clinic, "step.done") | await named(clinic, "mail.drafted")
    assert set(calls) - refused <= entries, "the draft that waited for another try is an entry of its own"
    assert len(await clinic.ledger("mail.sent")) == 1
