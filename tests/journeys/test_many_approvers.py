"""An app with eighty owners: the thread's card has views for sixty people, which is what Teams takes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from sandbox.story import Story
from tests.clinic import INVITE, Clinic, environment, guestlist_in, open_sandbox, spoken
from tests.journeys.acts import send, settled, shown

MANY, MOST = 80, 60
ANA = "ana@fabrikam.com"


def crowded() -> Story:
    """Return the clinic with eighty more owners of Health Records, all of them in the team."""
    story = Story.load()
    alex = story.person("alex")
    app = next(app for app in story.raw["apps"] if app["displayName"] == "Health Records")
    for number in range(MANY):
        key = f"owner{number}"
        person = {
            **alex,
            "key": key,
            "id": f"00000000-0000-4000-8000-{number:012d}",
            "teamsUserId": f"29:{key}",
            "displayName": f"Owner {number}",
            "userPrincipalName": f"{key}@contoso-health.com",
            "mail": f"{key}@contoso-health.com",
            "proxyAddresses": [],
        }
        story.raw["people"].append(person)
        app["owners"].append(person["id"])
        story.raw["teams"][0]["members"].append(person["id"])
    return story


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with open_sandbox(story=crowded()) as clinic:
        settings = Settings.read(environment(clinic.url, tmp_path / "guestlist.db"))
        assert isinstance(settings, Settings), settings
        async with guestlist_in(clinic, settings):
            yield clinic


async def test_at_most_sixty_people_have_a_view_of_their_own_and_the_requestor_is_one_of_them(
    clinic: Clinic,
) -> None:
    await clinic.post("/teams/control", limits="off")
    owners = [f"owner{number}" for number in range(MANY)]
    for first in range(0, MANY, 10):
        await asyncio.gather(*(clinic.say(who, "/help") for who in owners[first : first + 10]))
    await clinic.say("megan", INVITE, "channel")
    await clinic.card("megan", "Cancel request", "channel")
    await settled(clinic)

    [base] = [one for one in await clinic.messages("diego", "channel") if one["card"]]
    named: list[str] = base["card"]["refresh"]["userIds"]
    assert len(named) == len(set(named)) == MOST
    assert clinic.story.person("megan")["teamsUserId"] in named
    assert ANA not in spoken(base)
    remarks = [one["detail"]["remark"] for one in await clinic.ledger("card.remark")]
    assert not [one for one in remarks if "refreshes" in one]

    def is_named(who: str) -> bool:
        return clinic.story.person(who)["teamsUserId"] in named

    seen = next(who for who in owners if is_named(who))
    unseen = next(who for who in owners if not is_named(who))
    assert ANA in spoken(await clinic.card(seen, "Waiting for your decision", "channel"))
    other = await clinic.card(unseen, "R-1001", "channel")
    assert ANA not in spoken(other)

    own: dict[str, Any] = await clinic.card(unseen, "Waiting for your decision")
    approve = next(one for one in own["card"]["actions"] if one.get("verb") == "approval.approve")
    assert "Deliver" in shown(await send(clinic, unseen, "channel", approve)), (
        "not named, and yet an approver"
    )
