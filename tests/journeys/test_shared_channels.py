"""Private and shared channels: members are served, those of other tenants see and do nothing."""

from tests.clinic import Clinic, spoken
from tests.journeys.acts import approve, settled
from tests.journeys.around import happen, place, seen

LINE = "@Guestlist /invite ana@fabrikam.com to Health Records for 90d because she runs the March audit"
DESK, FINDINGS = "Fabrikam desk", "Audit findings"


async def say(clinic: Clinic, who: str, text: str, name: str, **more: bool) -> None:
    said = {"as": who, "conversation": await place(clinic, who, name), "text": text, **more}
    assert (await clinic.post("/teams/say", **said))["status"] == 200


async def test_a_request_lives_in_a_shared_channel_before_members_of_another_tenant(clinic: Clinic) -> None:
    await say(clinic, "megan", LINE, DESK)
    await approve(clinic)
    await settled(clinic)
    [card] = [one for one in await seen(clinic, "rosa", DESK) if one["card"]]
    assert "Delivered" in spoken(card)
    assert not card["ownView"]
    assert "ana@fabrikam.com" not in spoken(card), "what only the requestor and approvers may read"
    rosa = clinic.story.outsiders[next(iter(clinic.story.outsiders))]
    assert rosa["teamsUserId"] not in card["card"]["refresh"]["userIds"]


async def test_a_member_of_another_tenant_asks_in_vain_and_is_told_so_alone(clinic: Clinic) -> None:
    await say(clinic, "rosa", LINE, DESK)
    await settled(clinic)
    [asked, refused] = await seen(clinic, "rosa", DESK)
    assert refused["onlyYou"]
    assert "and no others" in refused["text"]
    assert [one["id"] for one in await seen(clinic, "megan", DESK)] == [asked["id"]]
    assert await clinic.guestlist.store.waiting(10) == []


async def test_where_targeted_messages_are_refused_a_member_of_another_tenant_is_met_with_silence(
    clinic: Clinic,
) -> None:
    await clinic.switch(targetedMessages=403)
    await say(clinic, "rosa", "@Guestlist /help", DESK)
    await settled(clinic)
    assert len(await seen(clinic, "rosa", DESK)) == 1


async def test_a_member_of_another_tenant_decides_nothing_and_gets_no_view_of_their_own(
    clinic: Clinic,
) -> None:
    await say(clinic, "megan", LINE, DESK)
    await settled(clinic)
    [card] = [one for one in await seen(clinic, "rosa", DESK) if one["card"]]
    for action in (card["card"]["refresh"]["action"], {"verb": "approval.approve"}):
        forged = {"type": "Action.Execute", "data": {}, **action}
        body = {"as": "rosa", "conversation": await place(clinic, "rosa", DESK), "messageId": card["id"]}
        answer = await clinic.post("/teams/press", **body, action=forged)
        assert answer["shown"]["kind"] == "message"
        assert "and no others" in answer["shown"]["text"]
    await say(clinic, "rosa", "@Guestlist /approve R-1001", DESK)
    assert len(await clinic.guestlist.store.waiting(10)) == 1


async def test_members_of_our_tenant_are_served_in_a_private_channel(clinic: Clinic) -> None:
    await say(clinic, "megan", LINE, FINDINGS)
    await approve(clinic)
    await settled(clinic)
    assert "Delivered" in spoken([one for one in await seen(clinic, "isaiah", FINDINGS) if one["card"]][-1])
    rows = await clinic.get("/teams/conversations", **{"as": "diego"})
    assert FINDINGS not in {row["name"] for row in rows}


async def test_a_private_channel_that_removes_the_app_is_a_thread_that_is_closed(clinic: Clinic) -> None:
    await say(clinic, "megan", LINE, FINDINGS)
    await settled(clinic)
    await happen(clinic, "megan", "remove", FINDINGS)
    await approve(clinic)
    await clinic.card("megan", "Guestlist can no longer write where this was asked")


async def test_a_guest_of_our_tenant_asks_and_decides_nothing_in_a_channel(clinic: Clinic) -> None:
    alex = clinic.story.person("alex")["id"]
    await clinic.act(act="setProperties", id=alex, properties={"userType": "Guest"})
    await clinic.say("alex", LINE, "channel")
    await settled(clinic)
    assert await clinic.guestlist.store.waiting(10) == []

    await clinic.act(act="setProperties", id=alex, properties={"userType": "Member"})
    await clinic.say("megan", LINE, "channel")
    await clinic.act(act="setProperties", id=alex, properties={"userType": "Guest"})
    await clinic.say("alex", "@Guestlist /approve R-1001", "channel")
    [waiting] = await clinic.guestlist.store.waiting(10)
    assert waiting.request.review is None
