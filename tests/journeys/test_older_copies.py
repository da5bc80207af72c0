"""A card posted twice, because an answer of the channel was lost: the older copy does nothing and says so."""

import re
from typing import Any

from tests.clinic import INVITE, Clinic, spoken, until
from tests.journeys.acts import approve, audited, shown

WAITS = "Waiting for your decision"


async def asked(clinic: Clinic, who: str = "alex") -> list[dict[str, Any]]:
    """Return the cards on which somebody is asked to decide, oldest first."""
    return [one for one in await clinic.messages(who) if one["card"] and WAITS in spoken(one)]


async def posted_twice(clinic: Clinic, where: str = "personal") -> list[dict[str, Any]]:
    """Lose the answer to the posting of Alex's card, or of the thread's, and wait for the second."""
    place = re.escape(await clinic.place("alex", where))
    lost = {"method": "POST", "path": f"{place}.*/activities$"}
    await clinic.fault(match=lost, do="502-after")
    await clinic.say("megan", INVITE, "channel")

    async def two() -> list[dict[str, Any]] | None:
        messages = await clinic.messages("alex", where)
        found = [one for one in messages if one["card"] and "R-1001" in spoken(one)]
        return found if len(found) == 2 and found[-1]["id"] in await newest(clinic) else None

    found: list[dict[str, Any]] = await until(two, "there are two copies, of which one is known")
    return found


async def newest(clinic: Clinic) -> set[str]:
    (record,) = await clinic.guestlist.store.waiting(10)
    return {str(job.body.get("message", "")) for job in record.jobs.values()}


async def test_a_press_on_an_older_copy_decides_nothing_retires_it_and_the_newer_one_decides(
    clinic: Clinic,
) -> None:
    older, newer = await posted_twice(clinic)

    pressed = await clinic.press("alex", older, "approval.approve")
    assert "Nothing was changed. Use the newer copy below" in shown(pressed)
    assert await audited(clinic, "request.approved") == []
    refused = {"act": "approve", "refused": "OlderCopy", "state": "pendingApproval"}
    actor = clinic.story.person("alex")["id"]
    assert await audited(clinic, "act.refused") == [{**refused, "actor": actor}]
    after = {one["id"]: one for one in await clinic.messages("alex")}
    assert "An older copy of this card" in spoken(after[older["id"]])
    assert "actions" not in after[older["id"]]["card"], "for whoever looks, not for the presser alone"
    ledger = [one["detail"] for one in await clinic.ledger("card.updated")]
    assert [one["activityId"] for one in ledger if "older copy" in one["fallbackText"]] == [older["id"]]

    assert (await asked(clinic))[0]["id"] == newer["id"]
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    assert len(await audited(clinic, "request.approved")) == 1
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_an_old_clients_press_on_an_older_copy_decides_nothing(clinic: Clinic) -> None:
    older, _ = await posted_twice(clinic)
    body = {"as": "alex", "conversation": await clinic.place("alex", "personal"), "messageId": older["id"]}
    await clinic.post("/teams/press", **body, action={"verb": "approval.approve"}, oldClient=True)
    assert await audited(clinic, "request.approved") == []
    after = {one["id"]: one for one in await clinic.messages("alex")}
    assert "An older copy of this card" in spoken(after[older["id"]])


async def test_an_older_copy_in_the_thread_is_recognised_in_the_view_that_an_approver_has_of_it(
    clinic: Clinic,
) -> None:
    await clinic.say("alex", "/help", "channel")
    older, newer = await posted_twice(clinic, "channel")
    assert older["ownView"]
    pressed = await clinic.press("alex", older, "approval.approve", "channel")
    assert "Nothing was changed. Use the newer copy" in shown(pressed)
    seen = {one["id"]: spoken(one) for one in await clinic.messages("diego", "channel") if one["card"]}
    assert "An older copy of this card" in seen[older["id"]]
    await clinic.press("alex", newer, "approval.approve", "channel")
    assert len(await audited(clinic, "request.approved")) == 1


async def test_of_a_card_that_opened_its_own_thread_the_older_copy_is_recognised_too(clinic: Clinic) -> None:
    """What is asked aside is shown in a thread that its card opens, and each copy opens one."""
    await clinic.say("alex", "/help", "channel")
    where = await clinic.place("megan", "channel")
    lost = {"method": "POST", "path": f"{re.escape(where)}/activities$"}
    await clinic.fault(match=lost, do="502-after")
    line = INVITE.removeprefix("@Guestlist ")
    await clinic.post("/teams/say", **{"as": "megan"}, conversation=where, text=line, targeted=True)

    async def two() -> list[dict[str, Any]] | None:
        messages = await clinic.messages("alex", "channel")
        found = [one for one in messages if one["card"] and "R-1001" in spoken(one)]
        return found if len(found) == 2 and found[-1]["id"] in await newest(clinic) else None

    older, newer = await until(two, "there are two copies, of which one is known")
    assert (older["thread"], newer["thread"]) == (older["id"], newer["id"])
    pressed = await clinic.press("alex", older, "approval.approve", "channel")
    assert "Nothing was changed. Use the newer copy" in shown(pressed)
    assert await audited(clinic, "request.approved") == []
    await clinic.press("alex", newer, "approval.approve", "channel")
    assert len(await audited(clinic, "request.approved")) == 1


async def test_an_answer_that_an_old_client_has_posted_anew_is_no_older_copy(clinic: Clinic) -> None:
    """A bystander's press shows them what stands in the way, as a message with a card."""
    await clinic.say("megan", INVITE, "channel")
    card = await clinic.card("alex", WAITS)
    await clinic.act(act="setProperties", app="health-records", properties={"accountEnabled": False})
    body = {"as": "alex", "conversation": await clinic.place("alex", "personal")}
    old = {**body, "action": {"verb": "approval.approve"}, "oldClient": True}
    await clinic.post("/teams/press", **old, messageId=card["id"])
    await clinic.act(act="setProperties", app="health-records", properties={"accountEnabled": True})
    refused = await clinic.card("alex", "Not approved: it would fail")
    assert refused["id"] != card["id"]
    denied = await clinic.press("alex", refused, "approval.deny", justification="not this quarter")
    assert "older copy" not in shown(denied)
    assert len(await audited(clinic, "request.denied")) == 1


async def test_a_list_or_an_answer_that_shows_the_request_is_no_older_copy(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("alex", WAITS)
    await clinic.say("alex", "/approvals")
    listed = await clinic.card("alex", "1 request waits for your decision")
    await clinic.press("alex", listed, "approval.view")
    opened = (await clinic.messages("alex"))[-1]
    assert opened["id"] == listed["id"]
    assert WAITS in spoken(opened)
    await clinic.press("alex", opened, "approval.approve")
    assert len(await audited(clinic, "request.approved")) == 1
    assert "older copy" not in "".join(spoken(one) for one in await clinic.messages("alex") if one["card"])
