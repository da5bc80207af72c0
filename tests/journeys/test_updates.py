"""The app comes and goes, channels and messages are deleted: requests go on, and who asked is told."""

import pytest

from tests.clinic import INVITE, Clinic, spoken
from tests.journeys.acts import approve, settled, waiting_for
from tests.journeys.around import happen, place, seen

CLOSED = "Guestlist can no longer write where this was asked"
WELCOME = "Bring guests into your apps"


async def welcomes(clinic: Clinic, who: str, name: str) -> int:
    await settled(clinic)
    return sum(WELCOME in spoken(one) for one in await seen(clinic, who, name) if one["card"])


async def calls(clinic: Clinic, method: str, status: int) -> int:
    """Return how many calls of the connector had this status."""
    made = [one["detail"] for one in await clinic.ledger("connector.call")]
    return sum(one["method"] == method and one["status"] == status for one in made)


# -- welcome ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "greeted", "typed"),
    [
        ("Guestlist", "Guestlist", "/invite"),
        ("Records owners", "Records owners", "@Guestlist /invite"),
        ("Partner onboarding", "General", "@Guestlist /invite"),
        ("Audit findings", "Audit findings", "@Guestlist /invite"),
        ("Fabrikam desk", "Fabrikam desk", "@Guestlist /invite"),
    ],
)
async def test_who_adds_the_app_is_told_what_to_type_once_and_not_again_at_an_upgrade(
    clinic: Clinic, name: str, greeted: str, typed: str
) -> None:
    where = "" if name == "Guestlist" else name
    await happen(clinic, "megan", "remove", where)
    await happen(clinic, "megan", "add", where)
    assert await welcomes(clinic, "megan", greeted) == 1
    [card] = [one for one in await seen(clinic, "megan", greeted) if one["card"]]
    assert typed in spoken(card)

    await happen(clinic, "megan", "upgrade", where)
    assert await welcomes(clinic, "megan", greeted) == 1


async def test_in_a_team_the_channel_that_was_chosen_is_greeted(clinic: Clinic) -> None:
    chosen = await place(clinic, "megan", "Partner onboarding")
    await happen(clinic, "megan", "add", "General", chosen=chosen)
    assert await welcomes(clinic, "megan", "General") == 0
    assert await welcomes(clinic, "megan", "Partner onboarding") == 1


async def test_a_welcome_is_in_the_language_of_who_reads_it(clinic: Clinic) -> None:
    await clinic.post("/teams/control", client={"as": "megan", "locale": "de-DE"})
    await happen(clinic, "megan", "add", "Records owners")
    await happen(clinic, "megan", "add")
    assert await welcomes(clinic, "megan", "Records owners") == 1, "in the house's, as everybody reads it"
    assert "Gäste" in spoken((await seen(clinic, "megan", "Guestlist"))[-1])


# -- a thread that is closed --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "where", "name"),
    [
        ("remove", "channel", "Partner onboarding"),
        ("close", "channel", "Partner onboarding"),
        ("delete-team", "channel", "Partner onboarding"),
        ("remove", "group", "Records owners"),
    ],
)
async def test_where_the_thread_is_closed_the_requestor_follows_the_request_in_their_own_chat(
    clinic: Clinic, what: str, where: str, name: str
) -> None:
    await clinic.say("megan", INVITE, where)
    await clinic.card("megan", "Waiting for approval", where)
    await waiting_for(clinic)
    await settled(clinic)
    await happen(clinic, "megan", what, name)

    await approve(clinic)
    card = await clinic.card("megan", CLOSED)
    delivered = await clinic.card("megan", "Delivered")
    assert card["id"] == delivered["id"]
    await settled(clinic)
    refused = [await calls(clinic, method, status) for method in ("PUT", "POST") for status in (403, 404)]
    assert sum(refused) <= 4, f"nothing piles up, Nia never had the app: {refused}"
    follows = [one for one in await clinic.messages("megan") if one["card"] and CLOSED in spoken(one)]
    assert len(follows) == 1, "told once"


async def test_where_the_app_comes_back_nothing_is_posted_twice(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", "Waiting for approval", "channel")
    await settled(clinic)
    await happen(clinic, "megan", "remove", "Partner onboarding")
    await happen(clinic, "megan", "add", "Partner onboarding")
    await approve(clinic)
    await clinic.card("megan", "Delivered", "channel")
    await settled(clinic)
    cards = [one for one in await clinic.messages("megan", "channel") if one["card"]]
    assert len(cards) == 1
    assert await clinic.messages("megan") == []


async def test_the_acceptance_is_told_in_private_where_the_thread_is_closed(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await settled(clinic)
    await happen(clinic, "megan", "remove", "Partner onboarding")
    await approve(clinic)
    await clinic.card("megan", "Delivered")
    await settled(clinic)
    await clinic.act(act="accept", address="ana@fabrikam.com")
    await clinic.card("megan", "Ana accepted")


# -- what changes around the bot ----------------------------------------------------------------------------


async def test_names_that_change_and_members_who_come_and_go_break_nothing(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await waiting_for(clinic)
    await happen(clinic, "megan", "rename", "Partner onboarding", name="Partners")
    await happen(clinic, "megan", "rename-team", "Partners", name="Partnerships")
    await happen(clinic, "megan", "archive-team", "Partners")
    await happen(clinic, "megan", "join", "Partners", member="nia")
    await happen(clinic, "megan", "leave", "Partners", member="adele")
    await approve(clinic)
    await clinic.card("diego", "Delivered", "channel")
    await settled(clinic)
    said = " ".join(str(one["card"]) for one in await clinic.messages("diego", "channel"))
    assert "Partner onboarding" not in said


async def test_a_channel_that_is_deleted_and_restored_breaks_nothing(clinic: Clinic) -> None:
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", "Waiting for approval", "channel")
    await settled(clinic)
    channel = await clinic.place("megan", "channel")
    await happen(clinic, "megan", "close", "Partner onboarding")
    answer = await clinic.post("/teams/happen", **{"as": "megan"}, what="reopen", conversation=channel)
    assert answer["statuses"] == [200]
    await approve(clinic)
    await clinic.card("megan", "Delivered", "channel")


@pytest.mark.parametrize("what", ["delete", "edit", "undelete"])
async def test_a_message_that_somebody_deletes_or_edits_changes_nothing(clinic: Clinic, what: str) -> None:
    said = await clinic.say("megan", INVITE, "group")
    await clinic.card("megan", "Waiting for approval", "group")
    await settled(clinic)
    before = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 10)
    await happen(clinic, "megan", what, "Records owners", messageId=said["messageId"])
    await settled(clinic)
    after = await clinic.guestlist.store.requested_by(clinic.story.person("megan")["id"], 10)
    assert [one.request for one in before] == [one.request for one in after]


# -- a message of ours that somebody deletes ----------------------------------------------------------------


async def test_a_card_that_somebody_deletes_is_posted_anew_in_its_thread_at_its_next_change_and_once(
    clinic: Clinic,
) -> None:
    said = await clinic.say("megan", INVITE, "channel")
    card = await clinic.card("megan", "Waiting for approval", "channel")
    await settled(clinic)
    await happen(clinic, "megan", "delete", "Partner onboarding", messageId=card["id"])
    await settled(clinic)
    assert [one for one in await clinic.messages("megan", "channel") if one["card"]] == []
    await approve(clinic)
    again = await clinic.card("megan", "Delivered", "channel")
    await settled(clinic)
    assert again["thread"] == said["messageId"]
    assert len([one for one in await clinic.messages("megan", "channel") if one["card"]]) == 1


async def test_where_the_message_that_opens_the_thread_is_deleted_the_card_opens_a_new_one(
    clinic: Clinic,
) -> None:
    said = await clinic.say("megan", INVITE, "channel")
    card = await clinic.card("megan", "Waiting for approval", "channel")
    await settled(clinic)
    for message in (card["id"], said["messageId"]):
        await happen(clinic, "megan", "delete", "Partner onboarding", messageId=message)
    await approve(clinic)
    again = await clinic.card("megan", "Delivered", "channel")
    await settled(clinic)
    assert again["thread"] == again["id"]
    await clinic.act(act="accept", address="ana@fabrikam.com")
    notice = await clinic.card("megan", "Ana accepted", "channel")
    await settled(clinic)
    assert notice["thread"] == again["id"]
    assert len([one for one in await clinic.messages("megan", "channel") if one["card"]]) == 2
