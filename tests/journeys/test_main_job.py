"""The main job over HTTP: /invite, approval, Graph, accepted; each step as its people see it."""

import pytest

from tests.clinic import INVITE, Clinic, spoken, until


async def approved(clinic: Clinic, who: str = "alex") -> None:
    card = await clinic.card(who, "Waiting for your decision")
    pressed = await clinic.press(who, card, "approval.approve")
    assert pressed["status"] == 200, pressed


async def test_an_app_owner_invites_in_a_channel_and_the_guest_gets_in(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    waiting = spoken(await clinic.card("megan", "Waiting", "channel"))
    assert "Health Records" in waiting
    assert "Alex Wilber" in waiting
    assert "Nia Chen" in waiting
    bystander = spoken(await clinic.card("diego", "Waiting for approval", "channel"))
    assert "ana@fabrikam.com" not in bystander
    assert "March audit" not in bystander

    await approved(clinic)

    await clinic.card("diego", "Delivered", "channel")
    [invitation] = await clinic.ledger("invitation.created")
    assert invitation["detail"]["address"] == "ana@fabrikam.com"
    assert len(await clinic.ledger("member.added")) == 1
    assert len(await clinic.ledger("mail.sent")) == 1

    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.card("diego", "accepted", "channel")
    await clinic.card("megan", "accepted")


@pytest.mark.parametrize("position", ["carried", "listed", "silent"])
async def test_acceptance_is_told_once_whatever_delta_says_of_it(clinic: Clinic, position: str) -> None:
    await clinic.switch(deltaExternalUserState=position)
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)
    await clinic.card("megan", "Delivered", "channel")

    await clinic.act(act="accept", address="ana@fabrikam.com")
    if position == "silent":

        async def read() -> bool:
            await clinic.guestlist.redemptions.go_round()  # the hourly read
            return not await clinic.guestlist.store.awaited(1)

        await until(read, "it is found by going round")
    await _told_once(clinic)


@pytest.mark.parametrize(
    "trouble",
    [
        {"deltaReplay": True},
        {"deltaEmptyPage": True},
        {"deltaGone": "once"},
        {"deltaGone": "page", "pageSize": 1},
        {"deltaGone": "page", "pageSize": 1, "deltaReplay": True, "deltaEmptyPage": True},
    ],
    ids="-".join,
)
async def test_acceptance_is_told_once_whatever_becomes_of_the_delta(
    clinic: Clinic, trouble: dict[str, object]
) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await clinic.guestlist.redemptions.follow()
    await clinic.switch(**trouble)
    alex = clinic.story.person("alex")["id"]
    await clinic.act(act="setProperties", id=alex, properties={"department": "Cardiology"})
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await _told_once(clinic)


async def _told_once(clinic: Clinic) -> None:
    """See that it is told in the thread and to the requestor, and by no further reading again."""
    await clinic.card("megan", "✓ Ana accepted", "channel")
    await clinic.card("megan", "✓ Ana accepted")
    for read in ("follow", "catch_up", "go_round"):
        await getattr(clinic.guestlist.redemptions, read)()
    for where in ("channel", "personal"):
        cards = [spoken(one) for one in await clinic.messages("megan", where) if one["card"]]
        assert len([card for card in cards if "✓ Ana accepted" in card]) == 1


async def test_the_audit_entry_of_the_proof_holds_the_request_ids_of_two_fresh_reads(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)
    await clinic.card("megan", "Delivered", "channel")

    entries = [entry async for entry in clinic.guestlist.store.audit_entries()]
    [proof] = [e for e in entries if e.fact.what == "step.done" and e.fact.detail["step"] == "prove"]
    calls = {one["detail"]["requestId"]: one["detail"] for one in await clinic.ledger("graph.call")}
    for name in ("guest-request-id", "request-id"):
        assert calls[str(proof.fact.detail[name])]["method"] == "GET"


async def test_an_assignment_removed_before_the_read_back_is_a_failed_delivery_with_retry(
    clinic: Clinic,
) -> None:
    await clinic.fault(match={"method": "POST", "path": "/members/"}, do="hold", times=1)
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)

    async def held() -> bool:
        return bool(await clinic.get("/sandbox/held"))

    await until(held, "the write has happened")
    await clinic.act(act="removeMember", group="guests-health-records", address="ana@fabrikam.com")
    await clinic.post("/sandbox/held/release")
    failed = spoken(await clinic.card("diego", "failed", "channel"))
    assert "step 5 of 5" in failed


async def test_access_that_was_taken_away_by_hand_can_be_asked_for_again(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await clinic.say("megan", INVITE)
    has_it = await clinic.card("megan", "Not sent")
    assert "has" in spoken(has_it)

    await clinic.act(act="removeMember", group="guests-health-records", address="ana@fabrikam.com")
    await clinic.say("megan", INVITE)
    await clinic.card("megan", "Request R-1002")


async def test_a_guest_deleted_before_accepting_is_told_to_the_thread(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await approved(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await clinic.guestlist.redemptions.follow()

    await clinic.act(act="deleteGuest", address="ana@fabrikam.com")

    await clinic.card("diego", "Guest deleted before accepting", "channel")
    assert len(await clinic.guestlist.store.awaited(9)) == 1, "they can be put back, and may accept after all"
