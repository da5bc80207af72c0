"""What is refused on the server, what waits, and what a failure leaves behind, over HTTP."""

import asyncio
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from tests.clinic import INVITE, Clinic, environment, open_clinic, spoken, until
from tests.journeys.acts import approve_anyway

ROOT = Path(__file__).parent.parent.parent
DOWN = {"match": {"path": "^/v1.0/"}, "mix": {"503-before": 1.0}}


async def waiting_for(clinic: Clinic, who: str = "alex") -> dict[str, Any]:
    return await clinic.card(who, "Waiting for your decision")


def button(card: dict[str, Any], verb: str) -> dict[str, Any]:
    """Return a whole action of a card, as a stale or forged client would send it."""
    return next(one for one in card["card"]["actions"] if one.get("verb") == verb)


async def forge(clinic: Clinic, who: str, where: str, action: dict[str, Any]) -> Any:
    message = (await clinic.messages(who, where))[-1]
    place = await clinic.place(who, where)
    return await clinic.post(
        "/teams/press", **{"as": who}, conversation=place, messageId=message["id"], action=action, inputs={}
    )


async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told_who(clinic: Clinic) -> None:
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    await clinic.say("megan", INVITE, "channel")
    cards = [await waiting_for(clinic, who) for who in ("alex", "nia")]

    answers = await asyncio.gather(
        clinic.press("alex", cards[0], "approval.approve"), clinic.press("nia", cards[1], "approval.approve")
    )

    lost = [answer for answer in answers if "changed nothing" in str(answer["shown"])]
    assert len(lost) == 1
    assert "approved on" in str(lost[0]["shown"])
    await clinic.card("megan", "Delivered", "channel")
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_the_requestor_and_a_bystander_decide_nothing_with_a_forged_button(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    approve = button(await waiting_for(clinic), "approval.approve")

    for who in ("megan", "diego"):
        answer = await forge(clinic, who, "channel", approve)
        assert "changed nothing" in str(answer["shown"]), who

    await waiting_for(clinic)
    assert await clinic.ledger("invitation.created") == []


async def test_a_late_press_is_answered_with_the_request_as_it_stands(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    card = await waiting_for(clinic)
    deny = {**button(card, "approval.approve"), "verb": "approval.deny"}
    deny["data"] = {**deny["data"], "justification": "too late"}
    await clinic.press("alex", card, "approval.approve")
    await clinic.card("megan", "Delivered", "channel")

    answer = await forge(clinic, "alex", "personal", deny)

    assert "Your Deny changed nothing" in str(answer["shown"])
    assert "Delivered" in str(answer["shown"])


async def test_a_denial_and_its_justification_reach_the_requestor_and_not_the_thread(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.press("alex", await waiting_for(clinic), "approval.deny", justification="not this quarter")

    assert "not this quarter" in spoken(await clinic.card("megan", "Denied"))
    assert "not this quarter" not in spoken(await clinic.card("diego", "Denied", "channel"))


async def test_a_directory_that_cannot_be_read_at_the_click_decides_nothing(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    card = await waiting_for(clinic)
    await clinic.fault(**DOWN)

    await clinic.press("alex", card, "approval.approve")
    await clinic.post("/sandbox/faults/clear")

    assert "Waiting for your decision" in spoken(await waiting_for(clinic))
    await clinic.press("alex", card, "approval.approve")
    await clinic.card("megan", "Delivered", "channel")


async def test_a_delivery_waits_while_graph_is_down_says_so_and_goes_on(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, mix={"503-before": 1.0})
    await clinic.say("megan", INVITE, "channel")
    await clinic.press("alex", await waiting_for(clinic), "approval.approve")

    await clinic.card("diego", "tries again", "channel")
    await clinic.post("/sandbox/faults/clear")

    await clinic.card("diego", "Delivered", "channel")
    assert len(await clinic.ledger("invitation.created")) == 1


async def test_an_app_deleted_between_approval_and_delivery_fails_with_its_cause(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="hold", times=1)
    await clinic.say("megan", "/invite ana@fabrikam.com to Imaging Viewer for 30d because of the scans")
    await clinic.press("pradeep", await waiting_for(clinic, "pradeep"), "approval.approve")
    await until(lambda: clinic.get("/sandbox/held"), "the invitation has left")

    await clinic.act(act="deleteApp", app="imaging-viewer")
    await clinic.post("/sandbox/held/release")

    failed = spoken(await clinic.card("megan", "failed"))
    assert "Imaging Viewer" in failed
    assert "/retry R-1001" in failed


async def test_a_guest_deleted_while_pending_moves_the_plan_and_the_next_press_decides(
    clinic: Clinic,
) -> None:
    await clinic.say("megan", INVITE)
    await clinic.press("alex", await waiting_for(clinic), "approval.approve")
    await clinic.card("megan", "Delivered")
    await clinic.say("megan", "/assign ana@fabrikam.com to Imaging Viewer for 30d because of the scans")
    card = await waiting_for(clinic, "pradeep")
    await clinic.act(act="deleteGuest", address="ana@fabrikam.com")

    moved = await clinic.press("pradeep", card, "approval.approve")
    assert "Not decided" in str(moved["shown"])

    await clinic.press("pradeep", await clinic.card("pradeep", "Approve as shown"), "approval.approve")
    failed = spoken(await clinic.card("megan", "failed"))
    assert "deleted" in failed, "Entra keeps the address of a deleted guest for 30 days"


async def test_a_failed_delivery_is_taken_up_again_by_the_requestor_and_not_by_a_bystander(
    clinic: Clinic,
) -> None:
    await clinic.switch(allowInvitesFrom="none")
    await clinic.say("megan", INVITE, "channel")
    await approve_anyway(clinic)
    await clinic.card("diego", "failed", "channel")
    await clinic.switch(allowInvitesFrom="everyone")

    await clinic.say("diego", "@Guestlist /retry R-1001", "channel")
    assert await clinic.ledger("invitation.created") == []
    await clinic.say("megan", "@Guestlist /retry R-1001", "channel")

    await clinic.card("diego", "Delivered", "channel")


async def test_an_approver_who_never_had_the_app_is_named_in_the_thread(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")

    named = spoken(await clinic.card("diego", "/approve R-1001", "channel"))

    assert "Nia Chen" in named


async def test_an_approver_who_never_had_the_app_gets_it_where_guestlist_may_install_it(
    clinic: Clinic,
) -> None:
    await clinic.switch(installPermission=True)
    await clinic.say("megan", INVITE, "channel")

    await clinic.press("nia", await waiting_for(clinic, "nia"), "approval.approve")

    await clinic.card("diego", "Delivered", "channel")


async def test_no_secret_outlives_its_use_and_no_name_is_in_the_audit(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await clinic.press("alex", await waiting_for(clinic), "approval.approve")
        await clinic.card("megan", "Delivered", "channel")
        for message in await clinic.messages("diego", "channel"):
            assert message["card"] is None or "ana@fabrikam.com" not in str(message["card"])

    with sqlite3.connect(tmp_path / "guestlist.db") as kept:
        assert kept.execute("SELECT count(*) FROM jobs WHERE secret <> ''").fetchone() == (0,)
        entries = str(kept.execute("SELECT * FROM audit").fetchall())
    assert "ana@fabrikam.com" not in entries
    assert "redeem" not in entries


async def test_a_second_process_on_one_database_is_refused_and_told_why(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        second = await asyncio.create_subprocess_exec(
            sys.executable,
            "app.py",
            cwd=ROOT,
            env={**os.environ, **environment(clinic.url, tmp_path / "guestlist.db")},
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await second.communicate()

    assert second.returncode == 2
    assert b"in use by another process" in said
