"""An access is renewed, typed and pressed: approved, and its end moved; or refused, or not wanted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.clinic import POLICY, Clinic, open_clinic, spoken
from tests.journeys.acts import (
    ana_is_given_health_records,
    audited,
    button,
    send,
    settled,
    shown,
    told,
)
from tests.journeys.test_access_ends import ages
from tests.journeys.test_waiting_too_long import NEVER_QUIET, QUIET

ANA = "ana@fabrikam.com"
EXTEND = f'/extend {ANA} in "Health Records" by 90d because the audit goes on until summer'
NONE = "you have no guest with this address and such an access"


async def test_megan_asks_in_one_line_alex_approves_and_both_cards_say_the_new_end(given: Clinic) -> None:
    await given.say("megan", f"@Guestlist {EXTEND}", "channel")
    waits = await given.card("alex", "New end", "personal")
    assert "and no longer" in spoken(waits)
    assert "the audit goes on until summer" in spoken(waits)
    pressed = await given.press("alex", waits, "approval.approve")
    assert pressed["status"] == 200
    # The card of the first request names the renewal too, and may be shown first.
    done = await given.card("diego", "keeps this access to Health Records until", "channel")
    assert "Renewed" in spoken(done)
    await settled(given)
    first = await told(given, "megan", "/show R-1001")
    assert "by R-1002" in first
    assert len(await given.ledger("assignment.added")) + len(await given.ledger("member.added")) == 1
    [renewed] = await audited(given, "assignment.renewed")
    assert renewed["was"] < renewed["ends_at"]


async def test_the_form_of_a_renewal_says_whether_the_guest_gets_in(given: Clinic) -> None:
    await given.act(act="setProperties", app="health-records", properties={"accountEnabled": False})
    await told(given, "megan", f'/check {ANA} to "Health Records"')  # a form waits for two seconds
    form = await told(given, "megan", f'/extend {ANA} in "Health Records"')
    assert "this will fail. Sign-in to Health Records is switched off" in form


async def test_the_press_on_the_warning_asks_for_the_same_again_and_twice_is_once(tmp_path: Path) -> None:
    text = POLICY.read_text(encoding="utf-8").replace(QUIET, NEVER_QUIET)
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    (tmp_path / "loud").mkdir()
    async with open_clinic(tmp_path / "loud", policy=tmp_path / "policy.toml") as loud:
        await ana_is_given_health_records(loud)
        await ages(loud, timedelta(days=80))
        await ages(loud, timedelta())
        warning = await loud.card("megan", "An access nears its end")
        press = button(warning, "renewal.renew")
        first = shown(await send(loud, "megan", "personal", press))
        assert "R-1002" in first
        assert "R-1002" in shown(await send(loud, "megan", "personal", press))
        await settled(loud)
        assert len(await audited(loud, "request.submitted")) == 2
        ended = shown(await send(loud, "megan", "personal", button(warning, "renewal.end")))
        assert "Not to be renewed" in ended
        [noted] = await audited(loud, "assignment.not-renewed")
        assert noted["actor"] == loud.story.person("megan")["id"]


async def test_without_a_term_a_form_comes_and_what_is_wrong_with_it_stands_there(given: Clinic) -> None:
    form = await told(given, "megan", f"/extend {ANA}")
    assert "Renew Ana" in form
    card = [one for one in await given.messages("megan") if one["card"]][-1]
    unread = button(card, "renewal.send", term="soon", justification="x")
    wrong = await send(given, "megan", "personal", unread)
    assert "Write the term as 90d" in shown(wrong)
    past = await send(
        given, "megan", "personal", button(card, "renewal.send", term="2020-01-01", justification="")
    )
    assert "over before it begins" in shown(past)
    sent = await send(given, "megan", "personal", button(card, "renewal.send", term="30d", justification=""))
    assert "R-1002" in shown(sent)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/extend", "Write the guest's address, the app and by how much"),
        ("/extend Ana by 90d", "Write the guest's address, the app and by how much"),
        ("/extend R-4711 by 90d", "There is no request R-4711"),
        ("/extend nobody@fabrikam.com by 90d", NONE),
        (f"/extend {ANA} in Patient Portal by 90d", NONE),
        ("/extend R-1001 until 2020-01-01", "over before it begins"),
        ("/extend R-1001 by tomorrow", "Write the term as 90d"),
        ("/extend R-1001 by 9 years", "A renewal lasts"),
        ("/norenew", "Write the number of the request"),
        ("/norenew R-4711", "There is no request R-4711"),
        ("/norenew nobody@fabrikam.com", "Nothing was noted: you have no guest"),
    ],
)
async def test_bad_input_is_answered_and_nothing_is_asked_for(given: Clinic, typed: str, answer: str) -> None:
    assert answer in await told(given, "megan", typed)
    assert len(await audited(given, "request.submitted")) == 1


async def test_an_end_that_is_not_later_is_refused_with_the_present_one(given: Clinic) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert "The access lasts until" in await told(given, "megan", f"/extend R-1001 until {tomorrow}")


async def test_what_has_ended_is_not_renewed_and_somebody_elses_guest_is_nobody(given: Clinic) -> None:
    assert NONE in await told(given, "diego", EXTEND)
    hidden = await told(given, "diego", "/extend R-1001 by 90d")
    assert hidden.replace("R-1001", "R-4711") == await told(given, "diego", "/extend R-4711 by 90d")
    await told(given, "megan", "/remove R-1001")
    await given.card("diego", "Ended", "channel")
    await settled(given)
    assert "To give it again, send a new request" in await told(given, "megan", "/extend R-1001 by 90d")


async def test_a_second_renewal_names_the_first_and_norenew_is_typed_too(given: Clinic) -> None:
    await told(given, "megan", "/extend R-1001 by 90d")
    assert "R-1002" in await told(given, "megan", "/extend R-1001 by 30d")
    assert "Not to be renewed" in await told(given, "megan", "/norenew R-1001")
    assert "Not wanted: Megan Bowen" in await told(given, "megan", "/show R-1001")
