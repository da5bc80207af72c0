"""The world failing: what waits, what fails, who may take it up again, and what is never tried again."""

import asyncio
import html
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.story import Story
from tests.clinic import INVITE, TOKEN, Clinic, environment, open_clinic, spoken, until
from tests.journeys.acts import (
    approve,
    approve_anyway,
    audited,
    button,
    send,
    settled,
    shown,
    told,
    waiting_for,
)

ROOT = Path(__file__).parent.parent.parent
DOWN = {"match": {"path": "^/v1.0/"}, "mix": {"503-before": 1.0}}
FURTHER = "/assign ana@fabrikam.com to Imaging Viewer for 30d because of the scans"


async def delivered(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")


async def links(clinic: Clinic) -> list[str]:
    """Return the links of Ana's mails, newest first."""
    async with clinic.http.get(f"{clinic.url}/guest/ana/inbox") as inbox:
        found = re.findall(r'href="(/guest/(?:redeem|ana/open)[?][^"]*)"', await inbox.text())
    return [html.unescape(link) for link in found]


async def opened(clinic: Clinic, link: str) -> int:
    async with clinic.http.get(f"{clinic.url}{link}", allow_redirects=False) as page:
        return page.status


# --- what stays -----------------------------------------------------------------------------------------


async def test_while_graph_is_down_an_approver_keeps_the_view_of_the_card_that_they_have(
    clinic: Clinic,
) -> None:
    await clinic.say("alex", "/help", "channel")
    await clinic.say("megan", INVITE, "channel")
    await settled(clinic)
    card = await waiting_for(clinic, "alex", "channel")
    assert card["ownView"]
    everybodys = await clinic.card("diego", "Waiting for approval", "channel")
    await clinic.fault(**DOWN)
    answer = await send(clinic, "alex", "channel", everybodys["card"]["refresh"]["action"])
    assert answer["shown"]["kind"] == "message", answer
    after = next(one for one in await clinic.messages("alex", "channel") if one["id"] == card["id"])
    assert (after["ownView"], after["card"]) == (True, card["card"])


# --- what waits -----------------------------------------------------------------------------------------


async def test_a_delivery_waits_while_graph_is_down_says_so_and_goes_on_by_itself(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="hold")
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await until(lambda: clinic.get("/sandbox/held"), "the invitation has left")
    await clinic.fault(**DOWN)
    await clinic.post("/sandbox/held/release")

    waits = spoken(await clinic.card("diego", "tries again by itself", "channel"))
    assert "Delivering: step 2 of 5" in waits
    assert "Microsoft Graph does not answer" in waits
    await clinic.post("/sandbox/faults/clear")

    done = spoken(await clinic.card("diego", "Delivered", "channel"))
    assert "does not answer" not in done
    assert len(await clinic.ledger("invitation.created")) == 1
    assert len(await clinic.ledger("mail.sent")) == 1


async def test_while_graph_asks_to_wait_nothing_is_asked_of_it(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/invitations$"}, do="429", retryAfter=2)
    await clinic.say("megan", INVITE, "channel")
    await approve(clinic)
    await clinic.card("diego", "Microsoft Graph asks Guestlist to wait", "channel")
    await clinic.card("diego", "Delivered", "channel")

    told = await clinic.ledger("graph.call")
    calls = [one for one in told if "conditionalAccess" not in one["detail"]["path"]]  # throttled by itself
    refused = next(place for place, one in enumerate(calls) if one["detail"]["status"] == 429)
    before, after = (datetime.fromisoformat(one["at"]) for one in calls[refused : refused + 2])
    assert after - before >= timedelta(seconds=2)


async def test_a_mailbox_that_asks_to_wait_holds_up_the_mail_and_not_the_access(clinic: Clinic) -> None:
    await clinic.fault(match={"method": "POST", "path": "/messages$"}, do="429", retryAfter=2)
    await clinic.say("megan", INVITE)
    await approve(clinic)

    queued = spoken(await clinic.card("megan", "Delivered"))
    assert "The mail is queued" in queued
    assert await clinic.ledger("mail.sent") == []
    assert len(await clinic.ledger("member.added")) == 1

    await clinic.card("megan", "Mail\nSent")
    assert len(await clinic.ledger("mail.sent")) == 1


async def test_a_directory_that_is_slow_to_know_a_guest_is_waited_for(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, lag=1.5) as clinic:
        await delivered(clinic)
        for kind in ("user.created", "invitation.created", "member.added", "mail.sent"):
            assert len(await clinic.ledger(kind)) == 1, kind


# --- what fails -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["megan", "alex"])
async def test_the_requestor_and_an_approver_take_a_failed_delivery_up_again_and_nobody_else(
    clinic: Clinic, who: str
) -> None:
    await clinic.switch(allowInvitesFrom="none")
    await clinic.say("megan", INVITE, "channel")
    await approve_anyway(clinic)
    failed = spoken(await clinic.card("diego", "Delivery failed at step 1 of 5", "channel"))
    assert "The tenant's settings do not let Guestlist invite guests" in failed
    card = await clinic.card(who, "Delivery failed")
    await clinic.switch(allowInvitesFrom="everyone")

    for stranger in ("diego", "adele"):
        refused = shown(await send(clinic, stranger, "channel", button(card, "delivery.retry")))
        assert "changed nothing" in refused, stranger
        assert "Megan Bowen" in refused, stranger
    assert await clinic.ledger("invitation.created") == []

    await clinic.press(who, card, "delivery.retry")

    await clinic.card("diego", "Delivered", "channel")
    assert "this one has not" in await told(clinic, who, "/retry R-1001")
    assert len(await audited(clinic, "request.approved")) == 1


async def test_the_abuse_block_ends_the_delivery_tells_the_operator_and_is_never_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alarm = "Invitations are blocked for this directory; only Microsoft support lifts it"
    async with open_clinic(tmp_path, abuseBlock=0) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)
        failed = spoken(await clinic.card("megan", "Delivery failed"))
        assert "Microsoft has blocked invitations from this tenant as suspicious" in failed
        assert "Send no invitation until the block is lifted" in failed

        await settled(clinic)
        assert await clinic.guestlist.store.next_due_at() is None
        calls = [one["detail"] for one in await clinic.ledger("graph.call")]
        assert len([one for one in calls if one["path"] == "/invitations"]) == 1
    assert [one.message for one in caplog.records if one.name.endswith("alarm")] == [alarm]


async def test_an_alarm_is_posted_where_the_operator_looks(tmp_path: Path) -> None:
    general = Story.load().raw["teams"][0]["channels"][0]["id"]
    changed = {"GUESTLIST_ALARM_CONVERSATION": general}
    async with open_clinic(tmp_path, abuseBlock=0, changed=changed) as clinic:
        await clinic.say("megan", INVITE, "channel")
        await approve(clinic)

        async def rung() -> bool:
            heard = await clinic.ledger("message.received")
            alarms = [one["detail"] for one in heard if "are blocked" in str(one["detail"]["text"])]
            return [one["conversation"] for one in alarms] == [general]

        await until(rung, "the alarm is posted")


# --- whose link is it -----------------------------------------------------------------------------------


async def test_a_guest_who_is_pending_gets_a_fresh_link_and_the_old_one_is_dead(clinic: Clinic) -> None:
    await delivered(clinic)
    [old] = await links(clinic)
    assert await opened(clinic, old) == 303

    await clinic.say("megan", FURTHER)
    card = spoken(await waiting_for(clinic, "pradeep"))
    assert "Invited before, not accepted" in card
    assert "Invite Ana again; the old link dies" in card
    await approve(clinic, "pradeep")
    await clinic.card("megan", "Mail\nSent")

    new, _ = await links(clinic)
    assert [await opened(clinic, link) for link in (old, new)] == [410, 303]
    assert len(await clinic.ledger("user.created")) == 1
    mails = [one["detail"] for one in await clinic.ledger("mail.sent")]
    assert [mail["linkIsNewest"] for mail in mails] == [True, True]


async def test_a_guest_who_has_accepted_gets_no_invitation_but_a_mail_with_the_apps_page(
    clinic: Clinic,
) -> None:
    await delivered(clinic)
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.say("megan", FURTHER)
    await approve(clinic, "pradeep")
    await clinic.card("megan", "Ana can use Imaging Viewer now")
    await clinic.card("megan", "Mail\nSent")

    assert len(await clinic.ledger("invitation.created")) == 1
    mail = (await clinic.ledger("mail.sent"))[-1]["detail"]
    assert mail["subject"] == "Megan Bowen has given you access to Imaging Viewer at Contoso Health"
    assert mail["linkTicket"] is None
    assert "imaging-viewer.contoso-health.com" in (await links(clinic))[0]


async def test_without_a_mailbox_microsoft_sends_the_invitation_and_the_card_says_so(tmp_path: Path) -> None:
    async with open_clinic(tmp_path, changed={"GUESTLIST_MAILBOX": ""}) as clinic:
        await clinic.say("megan", INVITE)
        assert "Mail the invitation" not in spoken(await waiting_for(clinic))
        await approve(clinic)
        await clinic.card("megan", "Mail\nSent by Microsoft")

        [invitation] = await clinic.ledger("invitation.created")
        assert invitation["detail"]["sent"] is True
        [mail] = await clinic.ledger("mail.sent")
        assert mail["detail"]["sender"] == "invites@invitations.example"
        assert await clinic.ledger("mail.drafted") == []


# --- what does not start --------------------------------------------------------------------------------


async def start(settings: dict[str, str]) -> tuple[int | None, str]:
    """Start Guestlist as a process that is to refuse; return its exit code and what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUESTLIST_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "app.py",
        cwd=ROOT,
        env={**clean, **settings},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), 120)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, said.decode()


async def test_a_second_process_on_one_database_is_refused_and_told_why(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        code, said = await start(environment(clinic.url, tmp_path / "guestlist.db"))
        assert code == 2
        assert f"is in use by another process (pid {os.getpid()})" in said
        assert "GUESTLIST_DATABASE_URL" in said
        assert "Traceback" not in said
        assert "What you can type" in await told(clinic, "megan", "/help"), "the first one is not disturbed"


async def test_what_is_wrong_with_the_settings_or_the_policy_is_said_all_at_once(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[defaults]\nrequestors = ["everybody"]\nlanding = "nowhere"\n'
        '[[defaults.stage]]\napprovers = []\n[[app]]\nid = "Health Records"\n'
    )
    mistaken = environment("http://127.0.0.1:9", tmp_path / "guestlist.db", policy=policy)
    wrong = {"GUESTLIST_CREDENTIAL": "static", "GUESTLIST_STATIC_TOKEN": TOKEN, "GUESTLIST_PORT": "page"}
    (none, nothing), (some, settings), (code, said) = await asyncio.gather(
        start({}), start(wrong), start(mistaken)
    )

    assert (none, some, code) == (2, 2, 2)
    assert all("Traceback" not in text for text in (nothing, settings, said))
    assert all(name in nothing for name in ("GUESTLIST_APP_ID", "GUESTLIST_TENANT_ID"))
    assert all(f"GUESTLIST_{name}" in settings for name in ("APP_ID", "TENANT_ID", "GRAPH_URL", "PORT"))
    assert TOKEN not in settings
    assert "the policy has mistakes" in said
    for part in ("defaults.requestors", "'everybody'", "defaults.landing", "approvers", "'Health Records'"):
        assert part in said, part
