"""Deciding over HTTP: who may, who may not whatever their button says, and what each of them is told."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from access.rules.changing import newer
from access.rules.model import Change, JobKind, Record
from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve, audited, button, send, shown, told, waiting_for

NOTHING = "changed nothing"


async def asked(clinic: Clinic, line: str = INVITE, who: str = "megan", where: str = "channel") -> None:
    bot = "@Guestlist " if where == "channel" else ""
    await clinic.say(who, f"{bot}{line.removeprefix('@Guestlist ')}", where)


async def nothing_is_decided(clinic: Clinic) -> None:
    assert "Waiting" in spoken(await clinic.card("megan", "R-1001", "channel"))
    assert await audited(clinic, "request.approved") == []
    assert await audited(clinic, "request.denied") == []
    assert await clinic.ledger("invitation.created") == []


@pytest.mark.parametrize("verb", ["approval.approve", "approval.deny"])
async def test_who_is_no_approver_decides_nothing_whatever_their_button_says(
    clinic: Clinic, verb: str
) -> None:
    await asked(clinic)
    forged = button(await waiting_for(clinic), verb, justification="because I say so")

    for who, told_why in (
        ("megan", "You asked for this"),
        ("diego", "Only Alex Wilber or Nia Chen can do this"),
        ("adele", "Only Alex Wilber or Nia Chen can do this"),  # who would stand in where no owner is left
    ):
        said = shown(await send(clinic, who, "channel", forged))
        assert NOTHING in said, who
        assert told_why in said, who
        assert "ana@fabrikam.com" not in said, who

    await nothing_is_decided(clinic)
    assert len(await audited(clinic, "act.refused")) == 3


@pytest.mark.parametrize("become", ["disabled", "a guest"])
async def test_an_approver_who_is_disabled_or_a_guest_by_now_decides_nothing(
    clinic: Clinic, become: str
) -> None:
    await asked(clinic)
    card = await waiting_for(clinic)
    properties = {"accountEnabled": False} if become == "disabled" else {"userType": "Guest"}
    await clinic.act(act="setProperties", person="alex", properties=properties)

    assert "There is no such request" in shown(await clinic.press("alex", card, "approval.approve"))
    assert "There is no request R-1001" in await told(clinic, "alex", "/approve R-1001")
    assert "There is no request R-1001" in await told(clinic, "alex", "/deny R-1001 not this quarter")

    await nothing_is_decided(clinic)
    assert len(await audited(clinic, "act.refused")) == 3


async def test_a_button_that_names_another_request_is_judged_by_that_request(clinic: Clinic) -> None:
    await asked(clinic)
    mine = await waiting_for(clinic)
    await asked(
        clinic, "/invite sam.carter@outlook.com to Patient Portal for 30d because of the tests", "alex"
    )
    own = button(await clinic.card("alex", "Cancel request", "channel"), "request.cancel")["data"]["request"]

    forged = button(mine, "approval.approve", request=own)
    assert "You asked for this" in shown(await send(clinic, "alex", "personal", forged))

    unknown = button(mine, "approval.approve", request="0" * 32)
    assert "There is no such request" in shown(await send(clinic, "alex", "personal", unknown))
    await nothing_is_decided(clinic)


async def test_a_button_with_another_plan_decides_nothing_and_shows_the_stored_one(clinic: Clinic) -> None:
    await asked(clinic)
    forged = button(await waiting_for(clinic), "approval.approve", plan="0" * 64)

    assert "Not decided" in shown(await send(clinic, "alex", "personal", forged))
    await nothing_is_decided(clinic)

    await clinic.press("alex", await clinic.card("alex", "Approve as shown"), "approval.approve")
    await clinic.card("megan", "Delivered", "channel")


async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told_who(clinic: Clinic) -> None:
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await asked(clinic)
    cards = [await waiting_for(clinic, who) for who in ("alex", "nia")]

    answers = await asyncio.gather(
        clinic.press("alex", cards[0], "approval.approve"), clinic.press("nia", cards[1], "approval.approve")
    )

    [lost] = [shown(answer) for answer in answers if NOTHING in shown(answer)]
    [winner] = await audited(clinic, "request.approved")
    name = clinic.story.people[winner["actor"]]["displayName"]
    assert f"{name} approved on" in lost
    await clinic.card("megan", "Delivered", "channel")
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_of_an_approval_and_a_denial_at_once_one_wins_and_the_other_is_told(clinic: Clinic) -> None:
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await asked(clinic)
    cards = [await waiting_for(clinic, who) for who in ("alex", "nia")]

    answers = await asyncio.gather(
        clinic.press("alex", cards[0], "approval.approve"),
        clinic.press("nia", cards[1], "approval.deny", justification="not this quarter"),
    )

    approved, denied = [await audited(clinic, f"request.{what}") for what in ("approved", "denied")]
    assert len(approved) + len(denied) == 1
    [lost] = [shown(answer) for answer in answers if NOTHING in shown(answer)]
    assert ("Alex Wilber approved on" if approved else "Nia Chen denied on") in lost
    await clinic.card("diego", "Delivered" if approved else "Denied", "channel")
    assert len(await clinic.ledger("invitation.created")) == len(approved)


async def test_a_double_press_decides_once_and_the_second_is_told_that_it_was_oneself(clinic: Clinic) -> None:
    await asked(clinic)
    action = button(await waiting_for(clinic), "approval.approve")

    answers = await asyncio.gather(*(send(clinic, "alex", "personal", action) for _ in range(2)))

    [lost] = [shown(answer) for answer in answers if NOTHING in shown(answer)]
    assert "Alex Wilber approved on" in lost
    await clinic.card("megan", "Delivered", "channel")
    assert len(await audited(clinic, "request.approved")) == 1
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_a_late_press_on_an_old_card_is_answered_with_the_request_as_it_stands(clinic: Clinic) -> None:
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await asked(clinic)
    old = await waiting_for(clinic)
    await approve(clinic, "nia")
    await clinic.card("megan", "Delivered", "channel")

    for verb in ("approval.approve", "approval.deny"):
        late = shown(await send(clinic, "alex", "personal", button(old, verb, justification="too late")))
        assert NOTHING in late
        assert "Nia Chen approved on" in late
        assert "Delivered" in late
    assert await audited(clinic, "request.denied") == []


async def test_a_denial_and_its_justification_reach_the_requestor_and_not_the_thread(clinic: Clinic) -> None:
    await asked(clinic)
    card = await waiting_for(clinic)
    assert "write a justification" in shown(
        await send(clinic, "alex", "personal", button(card, "approval.deny"))
    )
    await nothing_is_decided(clinic)

    await clinic.press("alex", card, "approval.deny", justification="not this quarter")

    denied = spoken(await clinic.card("megan", "Denied"))
    assert "not this quarter" in denied
    assert "Alex Wilber denied on" in denied
    assert "not this quarter" not in spoken(await clinic.card("diego", "Denied", "channel"))


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_every_button_has_its_typed_twin_in_private_and_in_the_channel(
    clinic: Clinic, where: str
) -> None:
    bot = "@Guestlist " if where == "channel" else ""
    for guest in ("ana@fabrikam.com", "sam.carter@outlook.com", "lee@fabrikam.com"):
        await asked(clinic, f"/invite {guest} to Health Records for 90d because of the audit", where=where)
        await clinic.card("megan", "Waiting for approval", where)

    assert "Only Megan Bowen can do this" in await told(clinic, "alex", f"{bot}/cancel R-1002", where)
    assert "R-1002 is canceled" in await told(clinic, "megan", f"{bot}/cancel R-1002", where)
    assert "R-1003 is denied" in await told(clinic, "alex", f"{bot}/deny R-1003 not this quarter", where)
    await clinic.switch(allowInvitesFrom="none")
    assert "R-1001 is approved" in await told(clinic, "alex", f"{bot}/approve r-1001", where)
    await clinic.card("megan", "Delivery failed", where)
    await clinic.switch(allowInvitesFrom="everyone")
    assert "R-1001 is taken up again" in await told(clinic, "alex", f"{bot}/retry R-1001", where)

    await clinic.card("megan", "Delivered", where)
    [created] = await clinic.ledger("invitation.created")
    assert created["detail"]["address"] == "ana@fabrikam.com"


async def test_a_request_is_canceled_by_its_requestor_alone_and_only_while_it_waits(clinic: Clinic) -> None:
    await asked(clinic)
    await clinic.card("megan", "cannot message Nia Chen", "channel")
    card = await clinic.card("megan", "/cancel R-1001", "channel")
    await asked(clinic, "/invite sam.carter@outlook.com to Health Records for 90d because of the audit")
    for who in ("alex", "diego"):
        refused = shown(await send(clinic, who, "channel", button(card, "request.cancel")))
        assert "Only Megan Bowen can do this" in refused, who

    assert "Canceled" in shown(await clinic.press("megan", card, "request.cancel", "channel"))
    await clinic.card("diego", "Megan Bowen canceled on", "channel")
    assert "Megan Bowen canceled on" in await told(clinic, "alex", "/approve R-1001")

    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="hold")
    await told(clinic, "alex", "/approve R-1002")
    assert "it cannot be canceled any more" in await told(clinic, "megan", "/cancel R-1002")
    await clinic.post("/sandbox/held/release")
    await clinic.card("diego", "Delivered", "channel")


@pytest.mark.parametrize(
    ("requestor", "line", "approver", "stranger"),
    [
        ("megan", "Patient Portal", "lidia", "alex"),  # the requestor's manager
        ("diego", "Referral Desk", "joni", "adele"),  # a group
        ("megan", "Partner Directory", "adele", "lidia"),  # a named person
        ("adele", "Partner Directory", "lidia", "megan"),  # the fallback, where the named person asks
        ("pradeep", "Imaging Archive", "adele", "lynne"),  # the fallback, where the only owner asks
    ],
)
async def test_whom_the_policy_names_decides_and_an_owner_whom_it_does_not_name_does_not(
    clinic: Clinic, requestor: str, line: str, approver: str, stranger: str
) -> None:
    await clinic.post("/teams/control", app={"as": approver, "action": "add"})
    await asked(
        clinic, f"/invite ana@fabrikam.com to {line} for 30d because of the audit", requestor, "personal"
    )
    await clinic.card(requestor, "Waiting for approval")
    assert "There is no request R-1001" in await told(clinic, stranger, "/approve R-1001")
    [refused] = await audited(clinic, "act.refused")
    assert (refused["act"], refused["actor"]) == ("approve", clinic.story.person(stranger)["id"])

    await approve(clinic, approver)

    await clinic.card(requestor, "Delivered")
    [approved] = await audited(clinic, "request.approved")
    assert approved["actor"] == clinic.story.person(approver)["id"]


async def test_a_client_that_knows_no_new_buttons_decides_too(clinic: Clinic) -> None:
    await asked(clinic)
    action = button(await waiting_for(clinic), "approval.approve")

    answer = await send(clinic, "alex", "personal", action, oldClient=True)

    assert answer["status"] in range(200, 300)
    await clinic.card("megan", "Delivered", "channel")


async def test_requestor_approver_and_bystander_each_see_their_own_view_of_one_card(clinic: Clinic) -> None:
    await asked(clinic)
    views = {who: await clinic.card(who, "R-1001", "channel") for who in ("diego", "isaiah")}
    for who, words in (("megan", "Cancel request"), ("alex", "Waiting for your decision")):
        views[who] = await clinic.card(who, words, "channel")
    assert len({view["id"] for view in views.values()}) == 1

    for who in ("megan", "alex"):
        assert "ana@fabrikam.com" in spoken(views[who])
        assert "March audit" in spoken(views[who])
    assert "Cancel request" in spoken(views["megan"])
    assert "Approve" not in [one["title"] for one in views["megan"]["card"]["actions"]]
    for who in ("diego", "isaiah"):
        assert "ana@fabrikam.com" not in str(views[who])
        assert "March audit" not in str(views[who])
        assert "actions" not in views[who]["card"]

    await send(clinic, "alex", "channel", button(views["alex"], "approval.approve"))
    await clinic.card("diego", "Delivered", "channel")


async def test_what_nobody_decides_in_time_expires_and_a_late_press_is_told_so(clinic: Clinic) -> None:
    await asked(clinic)
    card = await waiting_for(clinic)
    store = clinic.guestlist.store

    def two_weeks_pass(record: Record, now: datetime) -> Change:
        timer = next(job for job in record.jobs.values() if job.kind is JobKind.TIMER)
        closed = newer(record.request, now, closes_at=now)
        return Change(request=closed, jobs=(replace(timer, due_at=now),))

    [waiting] = await store.waiting(10)
    await store.change(waiting.request.request_id, two_weeks_pass)

    await clinic.card("diego", "Expired", "channel")
    assert "Nobody decided by" in spoken(await clinic.card("megan", "Expired"))
    late = shown(await send(clinic, "alex", "personal", button(card, "approval.approve")))
    assert "Nobody decided by" in late
    assert await clinic.ledger("invitation.created") == []
