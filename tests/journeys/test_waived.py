"""What the clinic's policy waives: delivered at once, shown to all, asked of nobody, three times a day."""

from pathlib import Path

from tests.clinic import Clinic, open_clinic, spoken
from tests.journeys.acts import audited, button, send, settled, shown, told, waiting_for
from tests.journeys.test_policy_commands import typed

WAIVER = "Tailspin's buyers"


def ask(who: str, term: str = "30d") -> str:
    return (
        f"@Guestlist /invite {who}@tailspintoys.com to Partner Directory for {term} because They buy for us"
    )


async def test_a_waived_guest_is_invited_at_once_and_no_approver_is_asked(clinic: Clinic) -> None:
    await clinic.say("megan", ask("bo"), "channel")
    done = spoken(await clinic.card("diego", "✓ Delivered", "channel"))
    assert f"Automatic: {WAIVER}" in done
    assert "decides by" not in done
    assert len(await clinic.ledger("invitation.created")) == 1
    await settled(clinic)
    for who in ("adele", "lidia", "alex"):
        assert not [one for one in await clinic.messages(who) if one["card"] and "R-1001" in spoken(one)]


async def test_the_audit_has_the_request_then_its_waiver_then_each_effect_under_it(clinic: Clinic) -> None:
    await clinic.say("megan", ask("bo"), "channel")
    await clinic.card("megan", "✓ Delivered", "channel")
    (waived,) = await audited(clinic, "request.waived")
    assert (waived["waiver"], waived["count"], waived["most"]) == (WAIVER, 1, 3)
    assert {one["waiver"] for one in await audited(clinic, "step.begun")} == {WAIVER}
    whats = [
        entry.fact.what async for entry in clinic.guestlist.store.audit_entries() if entry.fact.request_id
    ]
    assert whats[:3] == ["request.submitted", "request.waived", "step.begun"]
    assert f"Approved automatically: {WAIVER}" in await told(clinic, "megan", "/audit R-1001 page 2")


async def test_the_fourth_of_a_day_waits_for_its_approver_who_reads_why(clinic: Clinic) -> None:
    for who in ("a", "b", "c", "d"):
        await clinic.say("megan", ask(who), "channel")
    asked = spoken(await waiting_for(clinic, "adele"))
    said = f"Not automatic: the waiver {WAIVER} holds for 3 requests at most within 1 day."
    assert said in asked
    assert "d@tailspintoys.com" in asked
    assert said in spoken(await clinic.card("megan", "Waiting for approval", "channel"))
    assert len(await audited(clinic, "request.waived")) == 3
    await clinic.press("adele", await waiting_for(clinic, "adele"), "approval.approve")
    await clinic.card("adele", "✓ Delivered")


async def test_what_the_waiver_is_not_for_waits_as_ever(clinic: Clinic) -> None:
    await clinic.say("megan", ask("bo", "31d"), "channel")
    asked = spoken(await waiting_for(clinic, "adele"))
    assert "Not automatic" not in asked
    assert not await audited(clinic, "request.waived")
    assert not await clinic.ledger("invitation.created")


async def test_a_waiver_lets_nobody_ask_who_may_not(clinic: Clinic) -> None:
    await clinic.say("diego", ask("bo"), "channel")
    await settled(clinic)
    assert not await audited(clinic, "request.submitted")
    assert (await audited(clinic, "request.refused"))[0]["refused"] == ["not-allowed"]
    assert not await clinic.ledger("invitation.created")


async def test_a_button_that_names_a_waived_request_decides_nothing(clinic: Clinic) -> None:
    await clinic.say("megan", ask("bo"), "channel")
    await clinic.card("megan", "✓ Delivered", "channel")
    (waived,) = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 1)
    await clinic.say("megan", ask("other", "31d"), "channel")
    stolen = button(
        await waiting_for(clinic, "adele"), "approval.deny", request=waived.request.request_id, waiver=WAIVER
    )
    answer = await send(clinic, "adele", "personal", stolen, inputs={"justification": "Not this one."})
    assert "Approved automatically on" in shown(answer)
    assert not await audited(clinic, "request.denied")


async def test_what_was_waived_can_be_listed_shown_and_no_more_canceled(clinic: Clinic) -> None:
    await clinic.say("megan", ask("bo"), "channel")
    await clinic.card("megan", "✓ Delivered", "channel")
    assert "R-1001" in await told(clinic, "megan", "/requests")
    assert f"Automatic: {WAIVER}" in await told(clinic, "megan", "/show R-1001")
    assert "It is approved, so it cannot be canceled any more." in await told(
        clinic, "megan", "/cancel R-1001"
    )


async def test_an_operator_reads_how_often_a_waiver_was_used(tmp_path: Path) -> None:
    async with open_clinic(tmp_path) as clinic:
        await clinic.say("megan", ask("bo"), "channel")
        await clinic.card("megan", "✓ Delivered", "channel")
        megan, guest = "megan.bowen@contoso-health.com", "cy@tailspintoys.com"
        ended, said = await typed(clinic.url, tmp_path, "explain", megan, guest, "Partner Directory")
        assert ended == 0
        assert f"Waiver {WAIVER}, by app Partner Directory: it does not apply to 90 days" in said
        ended, said = await typed(clinic.url, tmp_path, "explain", "R-1001")
        assert ended == 0
        assert "it would approve 30 days by itself. It was used 1 of 3 times within 1 day." in said
