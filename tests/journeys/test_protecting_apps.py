"""Protecting an app over HTTP: drafted for its owner, decided by security admins, made and removed once."""

import pytest

from tests.clinic import Clinic
from tests.journeys.acts import audited, button, send, settled, shown, told

MFA = '/protect "Health Records" mfa'
TITLE = "Protect Health Records at the sign-in of guests"
MADE = "enabledForReportingButNotEnforced"


async def made(clinic: Clinic) -> None:
    """Have the app protected in report-only mode."""
    await clinic.switch(guestMfa=False)
    await clinic.say("megan", f"{MFA} send", "personal")
    waits = await clinic.card("isaiah", "Waiting for your decision")
    await send(clinic, "isaiah", "personal", button(waits, "approval.approve"))
    await clinic.card("isaiah", "nobody is stopped by it")
    await settled(clinic)


async def test_an_owner_is_shown_what_would_change_and_nothing_is_written(given: Clinic) -> None:
    await given.switch(guestMfa=False)
    answer = await told(given, "megan", MFA)
    for words in (
        TITLE,
        "Locks out nobody of 1 guest",
        "Second factor: 0 of 1 → 1 of 1",
        "mfa send",
    ):
        assert words in answer, words
    assert await given.ledger("policy.added") == []


@pytest.mark.parametrize("line", [MFA, "/protect all-apps mfa", "/protect ana@fabrikam.com mfa"])
async def test_who_may_not_ask_hears_of_no_app(given: Clinic, line: str) -> None:
    who = "diego" if line == MFA else "megan"
    assert "no app with this name" in await told(given, who, line)


async def test_without_the_permission_the_values_are_shown_and_nothing_is_sent(given: Clinic) -> None:
    await given.switch(withheldPermissions="Policy.ReadWrite.ConditionalAccess")
    answer = await told(given, "megan", f"{MFA} send")
    for words in ("Nothing can be sent yet", "Policy.ReadWrite.ConditionalAccess", "builtInControls: mfa"):
        assert words in answer, words


async def test_it_is_made_once_though_the_answer_is_lost_and_removed_once(given: Clinic) -> None:
    await given.fault(match={"method": "POST", "path": "/conditionalAccess/policies$"}, do="503-after")
    await made(given)
    added = await given.ledger("policy.added")
    assert [one["detail"]["state"] for one in added] == [MADE]
    card = await given.card("isaiah", "nobody is stopped by it")
    look = button(card, "protect.foresee")
    foreseen = await send(given, "isaiah", "personal", look)
    assert "You approve with this press" in shown(foreseen)
    removes = button(card, "protect.remove")
    await send(given, "isaiah", "personal", removes)
    await given.card("isaiah", "its policies are gone")
    await settled(given)
    assert len(await given.ledger("policy.deleted")) == 1
    assert len(await audited(given, "guard.removed")) == 1


async def test_somebody_else_s_press_changes_nothing(given: Clinic) -> None:
    await made(given)
    card = await given.card("isaiah", "nobody is stopped by it")
    await given.say("diego", "/help")
    for verb in ("protect.foresee", "protect.remove"):
        answer = await send(given, "diego", "personal", button(card, verb))
        assert "Nothing was changed" in shown(answer)
    assert await given.ledger("policy.deleted") == []
