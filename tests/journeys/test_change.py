"""`/change` over HTTP: the form, a line, what Graph is asked, and what others have changed meanwhile."""

from typing import Any

import pytest

from tests.clinic import Clinic, spoken
from tests.journeys.acts import approve, audited, button, send, settled, shown, told

ANA = "ana@fabrikam.com"
CHANGE = f"/change {ANA}"
NONE = "there is no guest with this address who has an app of yours"
LABEL = "R-1002"


async def ana(clinic: Clinic) -> dict[str, Any]:
    [found] = [one for one in (await clinic.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
    assert isinstance(found, dict)
    return found


async def newest(clinic: Clinic, who: str = "megan") -> dict[str, Any]:
    return [one for one in await clinic.messages(who) if one["card"]][-1]


async def test_the_form_shows_what_is_and_a_press_changes_it_and_reads_it_back(given: Clinic) -> None:
    assert "Megan Bowen" in await told(given, "megan", CHANGE)
    press = button(await newest(given), "change.send")
    answers = {"name": "Ana Sousa", "company": "Contoso Labs", "sponsor": "Alex Wilber"}
    done = await send(given, "megan", "personal", press, inputs=answers)
    assert f"{LABEL} has begun" in shown(done)
    await given.card("megan", "It was read back.")
    assert (await ana(given))["displayName"] == "Ana Sousa"
    [changed] = await given.ledger("user.changed")
    assert changed["detail"]["properties"] == ["companyName", "displayName"]
    alex = given.story.person("alex")["id"]
    assert [one["detail"]["sponsor"] for one in await given.ledger("sponsor.added")][-1:] == [alex]
    assert len(await given.ledger("sponsor.removed")) == 1
    assert "Contoso Labs" in await told(given, "megan", CHANGE)


async def test_a_line_changes_one_detail_at_once(given: Clinic) -> None:
    answer = await told(given, "megan", f'{CHANGE} name "Ana Sousa"')
    assert "Ana Ruiz → Ana Sousa" in answer or "→ Ana Sousa" in answer
    await given.card("megan", "It was read back.")
    assert (await ana(given))["displayName"] == "Ana Sousa"
    assert "All of it is so already" in await told(given, "megan", f"{CHANGE} name Ana Sousa")
    assert "Ana Sousa" in await told(given, "megan", f"/guest {ANA}")
    entries = [entry async for entry in given.guestlist.store.audit_entries()]
    assert "Sousa" not in str(entries)


async def test_the_company_is_cleared_by_the_box_whatever_the_client_sends_for_the_field(
    given: Clinic,
) -> None:
    await given.act(act="setProperties", address=ANA, properties={"companyName": "Northwind"})
    await told(given, "megan", CHANGE)
    press = button(await newest(given), "change.send")
    name = {"name": (await ana(given))["displayName"]}
    left_out = await send(given, "megan", "personal", press, inputs=name)
    assert "All of it is so already" in shown(left_out), "what is not sent is not cleared"
    answers = {**name, "no-company": "yes"}
    assert "has begun" in shown(await send(given, "megan", "personal", press, inputs=answers))
    await given.card("megan", "It was read back.")
    assert not (await ana(given))["companyName"]


async def test_what_somebody_else_has_changed_since_is_shown_again(given: Clinic) -> None:
    await told(given, "megan", CHANGE)
    press = button(await newest(given), "change.send")
    await given.act(act="setProperties", address=ANA, properties={"companyName": "Northwind"})
    done = await send(given, "megan", "personal", press, inputs={"name": "Ana Sousa", "company": ""})
    assert "Somebody else has changed" in shown(done)
    assert "Northwind" in str(done)
    assert await given.ledger("user.changed") == []


async def test_nobody_else_may_and_learns_nothing(given: Clinic) -> None:
    for typed in (CHANGE, f'{CHANGE} name "X Y"', "/change nobody@fabrikam.com"):
        assert NONE in await told(given, "diego", typed)
    assert NONE in await told(given, "megan", "/change alexw@contoso-health.com")
    refused = [one for one in await audited(given, "act.refused") if one["act"] == "change"]
    assert len(refused) == 4
    assert await given.ledger("user.changed") == []


async def test_bad_input_is_answered_and_nothing_is_done(given: Clinic) -> None:
    assert "Write the guest's address" in await told(given, "megan", "/change")
    assert "Write a name that people can read" in await told(given, "megan", f'{CHANGE} name "…"')
    assert "Nobody in the organisation" in await told(given, "megan", f"{CHANGE} sponsor Nobody Atall")
    assert "stands for nobody" in await told(given, "megan", f"{CHANGE} sponsor {ANA}")
    assert "at most 64 characters" in await told(given, "megan", f"{CHANGE} company {'a' * 65}")
    assert await given.ledger("user.changed") == []


async def test_in_a_channel_the_answer_is_for_who_asked_alone(given: Clinic) -> None:
    await given.say("megan", CHANGE, "channel")
    await settled(given)
    seen = [one for one in await given.messages("diego", "channel") if one["from"]["bot"] and one["card"]]
    assert all("Change Ana" not in spoken(one) for one in seen)


async def test_the_button_of_the_guests_card_leads_to_the_form(given: Clinic) -> None:
    await told(given, "megan", f"/guest {ANA}")
    answer = await send(given, "megan", "personal", button(await newest(given), "change.view"))
    assert "It is written to the directory for every app" in shown(answer)


async def test_a_new_address_is_asked_for_with_its_own_approval(
    given: Clinic,
) -> None:
    line = f"{CHANGE} address ana@adatum.com"
    answer = await told(given, "megan", line)
    for words in ("Ask for ana@adatum.com anew?", "Health Records", "stays until its end", "/remove R-1001"):
        assert words in answer, words
    press = button(await newest(given), "change.ask")
    why = {"justification": "She works for Adatum now, and goes on with the audit"}
    done = await send(given, "megan", "personal", press, inputs=why)
    assert f"Asked: {LABEL}" in shown(done)
    assert len((await given.get("/sandbox/state"))["guests"]) == 1
    await approve(given)
    await given.card("megan", "accepts the invitation")
    await settled(given)
    guests = (await given.get("/sandbox/state"))["guests"]
    assert {one["mail"] for one in guests} == {ANA, "ana@adatum.com"}
    assert await given.ledger("user.changed") == []
    assert f"Asked: {LABEL}" not in await told(given, "megan", f"{line} because she works there now")


async def test_the_form_leads_to_a_new_address_too(given: Clinic) -> None:
    await told(given, "megan", CHANGE)
    press = button(await newest(given), "change.address")
    answer = await send(given, "megan", "personal", press, inputs={"address": "ana@adatum.com"})
    assert "Ask for ana@adatum.com anew?" in shown(answer)


async def test_an_address_that_cannot_be_is_answered(given: Clinic) -> None:
    await given.act(act="addContact", name="Ana (contact)", mail="ana@adatum.com")
    for address, words in (
        (ANA, "has this address already"),
        ("ana@adatum.com", "Something else in the directory has this address"),
        ("alexw@contoso-health.com", "is a domain of this organisation"),
        ("ana@mailinator.com", "does not allow guests from mailinator.com"),
    ):
        assert words in await told(given, "megan", f"{CHANGE} address {address}"), address
    assert await audited(given, "request.submitted") != []
    assert len(await audited(given, "request.submitted")) == 1


async def test_while_the_directory_does_not_answer_nothing_is_changed_and_that_is_said(given: Clinic) -> None:
    await told(given, "megan", CHANGE)
    press = button(await newest(given), "change.send")
    await given.fault(match={"path": "^/v1.0/"}, mix={"503-before": 1.0})
    for answer in (
        await told(given, "megan", f'{CHANGE} name "Ana Sousa"'),
        shown(await send(given, "megan", "personal", press, inputs={"name": "Ana Sousa"})),
    ):
        assert "You changed nothing" in answer
    assert await given.ledger("user.changed") == []


async def test_several_details_are_changed_by_one_line(given: Clinic) -> None:
    await told(given, "megan", f'{CHANGE} name "Ana Sousa-Lima" company "Fabrikam Two"')
    await settled(given)
    (guest,) = [one for one in (await given.get("/sandbox/state"))["guests"] if one["mail"] == ANA]
    assert (guest["displayName"], guest["companyName"]) == ("Ana Sousa-Lima", "Fabrikam Two")


@pytest.mark.parametrize(
    "details",
    [
        "colour blue",
        "name",
        "sponsor",
        "name Ana Sousa company Fabrikam",
        'name "Ana" name "Bo"',
        f"address {ANA.replace('fabrikam', 'contoso')} now because she moved",
    ],
)
async def test_what_cannot_be_read_behind_the_address_changes_nothing_and_is_no_invitation(
    given: Clinic, details: str
) -> None:
    answer = await told(given, "megan", f"{CHANGE} {details}")
    assert "Nothing was changed" in answer
    assert "Invite" not in answer
    await settled(given)
    assert len(await given.guestlist.store.requested_by(given.story.person("megan")["id"], 9)) == 1


async def test_to_keep_an_address_is_no_invitation(given: Clinic) -> None:
    answer = await told(given, "megan", f"/keep {ANA}")
    assert "Write the number of the request" in answer
    assert "/keep R-1042" in answer
