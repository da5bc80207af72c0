"""A guest does not accept: mailed again, the owner told and asked, kept, removed, or ended by the policy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clinic import POLICY, Clinic, open_clinic, spoken, until
from tests.journeys.acts import (
    ana_is_given_health_records,
    audited,
    button,
    send,
    shown,
    told,
)
from tests.journeys.ageing import DAY, ages
from tests.journeys.test_waiting_too_long import NEVER_QUIET, QUIET

ANA = "ana@fabrikam.com"


@pytest.fixture(params=["remove"])
async def given(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Clinic]:
    """Return a clinic that is never quiet, in which Ana has Health Records and has not accepted."""
    text = POLICY.read_text(encoding="utf-8").replace(QUIET, NEVER_QUIET)
    text = text.replace('after = "30d", then = "tell"', f'after = "30d", then = "{request.param}"')
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    (tmp_path / "loud").mkdir()
    async with open_clinic(tmp_path / "loud", policy=tmp_path / "policy.toml") as loud:
        await ana_is_given_health_records(loud)
        yield loud


async def test_ana_is_mailed_again_without_a_link_and_megan_is_told(given: Clinic) -> None:
    await ages(given, 4 * DAY)
    card = await given.card("megan", "Ana has not accepted yet")
    assert "The mail with the link was sent on" in spoken(card)
    assert "Ana gets a reminder by mail, too." in spoken(card)
    [mail] = [one for one in await given.ledger("mail.sent") if "is waiting for you" in str(one)]
    assert "rd=" not in str(mail)
    answer = await send(given, "megan", "personal", button(card, "guest.resend"))
    assert "new link" in shown(answer).lower()


async def test_megan_reads_on_the_reminder_what_is_in_the_way(given: Clinic) -> None:
    await given.switch(auditLag=0)
    await given.act(act="reinvite", address=ANA)
    await ages(given, 4 * DAY)
    card = await given.card("megan", "Ana has not accepted yet")
    assert "What was in the way on " in spoken(card)
    assert ": the link no longer works." in spoken(card)
    assert f"/guest {ANA}" in spoken(card)
    guest = await send(given, "megan", "personal", button(card, "guest.view"))
    assert "Stuck: the link no longer works" in shown(guest)


async def test_megan_keeps_the_access_by_a_press_and_again_by_a_line(given: Clinic) -> None:
    assert "may not be needed any more" in await told(given, "megan", "/keep R-1001")
    await ages(given, 31 * DAY)
    card = await given.card("megan", "Ana has not accepted")
    assert "Unless somebody keeps it, the policy ends the access on" in spoken(card)
    answer = await send(given, "megan", "personal", button(card, "assignment.keep"))
    assert "by Megan Bowen, until" in str(answer)
    assert "is kept" in await told(given, "alex", "/keep R-1001")
    assert [one["actor"] for one in await audited(given, "assignment.kept")] == [
        given.story.person("megan")["id"]
    ]
    hidden = await told(given, "diego", "/keep R-1001")
    assert hidden.replace("R-1001", "R-4711") == await told(given, "diego", "/keep R-4711")


async def test_megan_keeps_the_access_by_a_line_and_the_card_that_asked_says_so(given: Clinic) -> None:
    await ages(given, 31 * DAY)
    card = await given.card("megan", "Unless somebody keeps it, the policy ends the access on")
    assert "is kept" in await told(given, "megan", "/keep R-1001")
    asking = card["id"]

    async def says_so() -> bool:
        [now] = [one for one in await given.messages("megan", "personal") if one["id"] == asking]
        return "by Megan Bowen, until" in str(now) and "Unless somebody keeps it" not in str(now)

    await until(says_so, "the card that asked says who keeps the access")


async def test_where_nobody_keeps_it_the_policy_ends_it_and_everybody_can_read_why(given: Clinic) -> None:
    await ages(given, 31 * DAY)
    await given.card("megan", "Unless somebody keeps it")
    await ages(given, 8 * DAY)
    await given.card("diego", "Ended", "channel")
    card = await given.card("megan", "Ended")
    assert "The invitation was not accepted, and the policy ends such an access." in spoken(card)
    [begun] = await audited(given, "assignment.ending")
    assert (begun["why"], begun["actor"]) == ("never-accepted", None)
    assert begun["rule"].startswith("app ")


@pytest.mark.parametrize("given", ["tell"], indirect=True)
async def test_where_the_policy_only_asks_nothing_ends(given: Clinic) -> None:
    await ages(given, 31 * DAY)
    card = await given.card("megan", "nothing ends by itself")
    await ages(given, 40 * DAY)
    assert await audited(given, "assignment.ending") == []
    answer = await send(given, "megan", "personal", button(card, "assignment.remove"))
    assert "is being taken away" in shown(answer)


async def test_who_accepts_after_all_is_told_of_as_that(given: Clinic) -> None:
    await given.act(act="accept", address=ANA)
    await given.card("diego", "accepted", "channel")
    await ages(given, 60 * DAY)
    assert await audited(given, "acceptance.reminded") == []
    assert await audited(given, "assignment.lapsed") == []
