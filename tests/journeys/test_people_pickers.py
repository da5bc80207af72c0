"""Sponsor, whom to ask first, and the guest of /assign: chosen from lists, and checked again when sent."""

from typing import Any

import pytest

from tests.clinic import Clinic, spoken, until
from tests.journeys.acts import approve, audited, waiting_for
from tests.journeys.forms import Form

HEALTH_RECORDS = "21d5256f-fe57-5ef2-a119-88667f4cf204"
PEOPLE = "graph.microsoft.com/users"
FILLED = {
    "address": "ana@fabrikam.com",
    "name": "Ana Ruiz",
    "app": HEALTH_RECORDS,
    "term": "30d",
    "justification": "She runs the March audit",
}

FURTHER = {**FILLED, "app": "Case Review", "access": "default access"}


def person(clinic: Clinic, *keys: str) -> str:
    return ",".join(clinic.story.person(key)["id"] for key in keys)


async def picked(clinic: Clinic, who: str, typed: str) -> str:
    """Return the value of the one person whom a people picker finds."""
    asked = {"as": who, "conversation": await clinic.place(who, "personal"), "dataset": PEOPLE}
    found = await clinic.post("/teams/search", **asked, query=typed)
    [row] = found["shown"]["results"]
    return str(row["value"])


async def sponsors(clinic: Clinic) -> list[str]:
    state = await clinic.get("/sandbox/state")
    return [one for guest in state["guests"] for one in guest["sponsors"]]


async def test_teams_itself_finds_people_and_the_bot_is_not_asked(clinic: Clinic) -> None:
    before = len(await clinic.ledger("activity.delivered"))
    assert await picked(clinic, "megan", "lidia") == person(clinic, "lidia")
    assert len(await clinic.ledger("activity.delivered")) == before


async def test_a_sponsor_who_was_chosen_stands_for_the_guest_and_is_shown(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    await form.send(**FILLED, sponsor=await picked(clinic, "megan", "lidia"))
    name = clinic.story.person("lidia")["displayName"]
    assert name in spoken(await waiting_for(clinic))
    assert name in spoken(await clinic.card("megan", "Waiting for approval"))
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    assert await sponsors(clinic) == [person(clinic, "lidia")]
    [sent] = await audited(clinic, "request.submitted")
    assert sent["sponsor"] == person(clinic, "lidia")


async def test_where_nobody_is_chosen_the_requestor_is_the_sponsor(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    await form.send(**FILLED, sponsor=person(clinic, "megan"))
    assert "Sponsor" not in {fact["title"] for fact in facts(await waiting_for(clinic))}
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    assert await sponsors(clinic) == [person(clinic, "megan")]


def facts(message: dict[str, Any]) -> list[dict[str, str]]:
    return [fact for one in message["card"]["body"] for fact in one.get("facts", [])]


async def test_a_guest_who_was_there_before_gets_the_sponsor_who_was_chosen(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    await form.send(**FILLED)
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.guestlist.index.refresh()

    assign = await Form.open(clinic, "megan", "assign")
    address = next(one for one in assign._body() if one.get("id") == "address")
    assert address["choices.data"]["dataset"] == "guests"
    shown = await assign.send(**FURTHER, sponsor=person(clinic, "lidia"))
    assert shown["kind"] == "nothing", shown
    await approve(clinic)
    await clinic.card("megan", "Delivered")

    async def both() -> bool:
        return set(await sponsors(clinic)) == {person(clinic, "megan"), person(clinic, "lidia")}

    await until(both, "the new sponsor stands beside the old one")


@pytest.mark.parametrize("who", ["leaver", "guest", "nobody", "text"])
async def test_nobody_but_an_enabled_member_can_be_the_sponsor_and_all_is_kept(
    clinic: Clinic, who: str
) -> None:
    chosen = {"nobody": "7c1d3c3a-0000-4000-8000-000000000000", "text": "Lidia"}.get(who) or person(
        clinic, "leaver" if who == "leaver" else "diego"
    )
    if who == "guest":
        await clinic.act(act="setProperties", person="diego", properties={"userType": "Guest"})
    form = await Form.open(clinic, "megan")
    again = form.again(await form.send(**FILLED, sponsor=chosen))
    assert "a member of the organisation with an active account" in again.errors["sponsor"]
    assert {name: again.values[name] for name in FILLED} == FILLED
    assert again.values["sponsor"] == chosen
    assert await audited(clinic, "request.submitted") == []


async def test_a_sponsor_who_has_left_by_the_click_is_said_and_nothing_is_approved(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")
    await form.send(**FILLED, sponsor=person(clinic, "lidia"))
    card = await waiting_for(clinic)
    await clinic.act(act="disable", person="lidia")
    pressed = await clinic.press("alex", card, "approval.approve")
    assert "has no active account any more" in spoken(pressed["shown"])
    assert await clinic.ledger("invitation.created") == []


async def test_who_is_asked_first_gets_the_card_and_everybody_who_may_decide_still_does(
    clinic: Clinic,
) -> None:
    await clinic.post("/teams/control", app={"as": "nia", "action": "add"})
    form = await Form.open(clinic, "megan", where="channel")
    await form.send(**FILLED, ask_first=person(clinic, "nia"))
    await waiting_for(clinic, "nia")
    assert "Nia Chen is asked first." in spoken(await clinic.card("diego", "Waiting for approval", "channel"))
    assert not [one for one in await clinic.messages("alex") if one["card"] and "R-1001" in spoken(one)]

    await clinic.say("alex", "/approve R-1001")
    await clinic.card("megan", "Delivered", "channel")
    [decided] = await audited(clinic, "request.approved")
    assert decided["actor"] == person(clinic, "alex")


async def test_where_nobody_who_was_to_be_asked_first_can_be_reached_all_are_asked(clinic: Clinic) -> None:
    form = await Form.open(clinic, "megan")  # nia has never had the app, and shares no team with it
    await form.send(**FILLED, ask_first=person(clinic, "nia"))
    await waiting_for(clinic, "alex")
    said = spoken(await clinic.card("megan", "Waiting for approval"))
    assert "asked first" not in said
    assert "cannot message Nia Chen" in said


@pytest.mark.parametrize("keys", [("lidia",), ("alex", "diego"), ("megan",)])
async def test_who_may_not_decide_cannot_be_asked_first_and_who_may_is_said(
    clinic: Clinic, keys: tuple[str, ...]
) -> None:
    form = await Form.open(clinic, "megan")
    again = form.again(await form.send(**FILLED, ask_first=person(clinic, *keys)))
    assert "Choose Alex Wilber or Nia Chen, or nobody" in again.errors["ask_first"]
    assert {name: again.values[name] for name in FILLED} == FILLED
    assert again.values["ask_first"] == person(clinic, *keys)
    assert await audited(clinic, "request.submitted") == []


@pytest.mark.parametrize("known", [True, False])
async def test_the_guest_of_an_assignment_may_be_named_by_object_id(clinic: Clinic, *, known: bool) -> None:
    form = await Form.open(clinic, "megan")
    await form.send(**FILLED)
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    [guest] = (await clinic.get("/sandbox/state"))["guests"]
    chosen = guest["id"] if known else person(clinic, "alex")  # a member is no guest

    assign = await Form.open(clinic, "megan", "assign")
    shown = await assign.send(**{**FURTHER, "address": chosen})
    if known:
        assert shown["kind"] == "nothing", shown
    else:
        assert "No guest has this address" in assign.again(shown).errors["address"]
