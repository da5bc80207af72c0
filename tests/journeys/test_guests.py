"""`/guests` over HTTP: the guests of an app, for those whose app it is, and for nobody else."""

import pytest

from access.rules.model import DEFAULT_ACCESS
from tests.clinic import Clinic
from tests.journeys.acts import (
    ana_is_given_health_records,
    audited,
    button,
    send,
    shown,
    told,
)
from tests.journeys.test_who_may_see import said

ANA = "ana@fabrikam.com"
LIST = '/guests "Health Records"'
NOT_YOURS = "There is no app with this name whose guests you may see."


@pytest.fixture
async def delivered(clinic: Clinic) -> Clinic:
    """Let Megan's request be approved and delivered."""
    await clinic.switch(auditLag=0)
    await ana_is_given_health_records(clinic)
    return clinic


async def test_an_owner_sees_the_guest_with_request_term_and_sponsor(delivered: Clinic) -> None:
    answer = await told(delivered, "alex", LIST)
    for words in (
        "1 guest of Health Records",
        "Waiting 1.",
        ANA,
        "Ends ",
        "no sign-in on record",
        "R-1001, asked by Megan Bowen · sponsor Megan Bowen",
    ):
        assert words in answer, words
    await delivered.act(act="accept", address=ANA)
    assert "✓ Accepted" in await told(delivered, "megan", "/guests Health Records accepted")


async def test_the_row_opens_the_guest(delivered: Clinic) -> None:
    await told(delivered, "megan", LIST)
    card = await delivered.card("megan", "1 guest of Health Records")
    [row] = [one["selectAction"] for one in card["card"]["body"] if "selectAction" in one]
    assert "Ana has not accepted" in shown(await send(delivered, "megan", "personal", row))


async def test_an_access_that_guestlist_did_not_give_is_listed_without_an_end(delivered: Clinic) -> None:
    await delivered.act(act="assign", address=ANA, app="patient-portal", role=DEFAULT_ACCESS)
    answer = await told(delivered, "megan", "/guests Patient Portal")
    assert "No end known to Guestlist" in answer
    assert "Not given by Guestlist" in answer


async def test_who_owns_several_apps_chooses_and_filters_go_along(delivered: Clinic) -> None:
    assert "Guests of which app?" in await told(delivered, "megan", "/guests ending")
    card = await delivered.card("megan", "Guests of which app?")
    rows = [one["selectAction"] for one in card["card"]["body"] if "selectAction" in one]
    health = next(one for one in rows if "Health Records · 1 guest" in one["title"])
    answer = shown(await send(delivered, "megan", "personal", health))
    assert "1 guest of Health Records" in answer
    assert "Shown: Whose access ends within 14 days (0)." in answer


async def test_who_owns_several_apps_has_all_guests_in_one_list_too(delivered: Clinic) -> None:
    await delivered.act(act="assign", address=ANA, app="patient-portal", role=DEFAULT_ACCESS)
    assert "/guests all" in await told(delivered, "megan", "/guests")
    card = await delivered.card("megan", "Guests of which app?")
    answer = shown(await send(delivered, "megan", "personal", button(card, "guests.page")))
    assert "2 guest accesses to your apps" in answer
    assert f"Health Records · {ANA}" in answer
    assert f"Patient Portal · {ANA}" in answer
    assert "Shown: Who has not accepted (2)." in await told(delivered, "megan", "/guests all pending")


@pytest.mark.parametrize("where", ["personal", "channel"])
async def test_an_app_of_others_and_none_are_the_same_words(delivered: Clinic, where: str) -> None:
    answers = {
        "".join(await said(delivered, "diego", f'/guests "{app}"', where))
        for app in ("Health Records", "No such app", "Billing")
    }
    assert len(answers) == 1
    assert NOT_YOURS in answers.pop()
    assert {one["act"] for one in await audited(delivered, "act.refused")} == {"guests"}


async def test_an_admin_sees_the_guests_of_every_app_and_is_noted(delivered: Clinic) -> None:
    assert ANA in await told(delivered, "lidia", LIST)
    [looked] = await audited(delivered, "guests.looked")
    assert looked["page"] == 1


async def test_addresses_are_shown_in_ones_own_chat_wherever_they_were_asked_for(delivered: Clinic) -> None:
    before_all, own = await said(delivered, "megan", LIST, "channel")
    assert ANA not in before_all
    assert ANA in own


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (f"{LIST} page 99", "page 1 of 1"),
        (f"{LIST} by banana", "Write the app in quotes"),
        (f"{LIST} pending accepted", "Write the app in quotes"),
        (f"{LIST} nobody.example", "Shown: nobody.example (0)."),
        (f"{LIST} PENDING Fabrikam.com BY NAME", "Shown: Who has not accepted, fabrikam.com (1)."),
        (f"/guests {ANA}", f"For one guest, type /guest {ANA}."),
        ("/guests Helth Rekords", NOT_YOURS),
        ('/guests ""', NOT_YOURS),
        ("/guests 21d5256f-fe57-5ef2-a119-88667f4cf204", "1 guest of Health Records"),
    ],
)
async def test_what_is_typed_is_answered(delivered: Clinic, typed: str, words: str) -> None:
    assert words in await told(delivered, "megan", typed)


async def test_without_a_licence_or_a_permission_it_says_so_and_never_guesses(delivered: Clinic) -> None:
    await delivered.switch(signInLicence=False)
    assert "Last sign-in: not licensed to know (needs Entra ID P1)." in await told(delivered, "megan", LIST)
    await delivered.switch(auditPermission=False)
    answer = await told(delivered, "megan", LIST)
    assert "Last sign-in: not known, Guestlist may not read it." in answer
    assert "on record" not in answer


async def test_a_forged_press_shows_nobody_s_guests(delivered: Clinic) -> None:
    await told(delivered, "megan", LIST)
    card = await delivered.card("megan", "1 guest of Health Records")
    whole = button(card, "guests.page")
    await delivered.say("diego", "/help")
    for app in (whole["data"]["app"], "*", "", None, [whole["data"]["app"]]):
        action = {**whole, "data": {**whole["data"], "app": app, "only": ["x"], "page": "x"}}
        assert ANA not in shown(await send(delivered, "diego", "personal", action))
