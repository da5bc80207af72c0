"""The Bot Connector's REST calls, as Teams documents them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.echo_bot import CHANNEL, GROUP_CHAT, Rig, card_message, small_teams

CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Hello"}]}
TEXT = {"type": "message", "text": "Hello"}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with small_teams() as rig:
        yield rig


def to(rig: Rig, who: str) -> dict[str, Any]:
    person = rig.world.story.person(who)
    return {"members": [{"id": person["teamsUserId"]}], "tenantId": rig.world.story.tenant_id}


async def test_a_chat_is_opened_once_and_the_same_id_is_returned_again(rig: Rig) -> None:
    by_teams_id = await rig.bot.call("POST", "conversations", to(rig, "megan"))
    object_id = {**to(rig, "megan"), "members": [{"id": rig.world.story.person("megan")["id"]}]}
    by_object_id = await rig.bot.call("POST", "conversations", object_id)
    assert by_teams_id == by_object_id == (201, {"id": rig.chat("megan")})


async def test_a_person_without_the_app_cannot_be_written_to(rig: Rig) -> None:
    status, body = await rig.bot.call("POST", "conversations", to(rig, "nia"))
    assert (status, body["error"]["code"]) == (403, "ForbiddenOperationException")


async def test_a_person_in_a_team_that_has_the_app_can_be_written_to(rig: Rig) -> None:
    rig.world.channel.installed.clear()
    assert (await rig.bot.call("POST", "conversations", to(rig, "alex")))[0] == 201
    assert (await rig.bot.call("POST", "conversations", to(rig, "grady")))[0] == 403


async def test_after_an_installation_the_bot_hears_of_it_and_may_write(rig: Rig) -> None:
    rig.world.channel.install(rig.world.story.person("nia")["id"])
    status, body = await rig.bot.call("POST", "conversations", to(rig, "nia"))
    assert status == 201
    await rig.settled()
    heard = {activity["type"]: activity for activity in rig.bot.activities}
    assert heard["conversationUpdate"]["conversation"]["id"] == body["id"]
    assert heard["installationUpdate"]["action"] == "add"


async def test_after_a_removal_the_chat_refuses_the_bot(rig: Rig) -> None:
    await rig.post("control", app={"as": "grady", "action": "remove"})
    status, body = await rig.bot.call("POST", f"conversations/{rig.chat('grady')}/activities", TEXT)
    assert (status, body["error"]["code"]) == (403, "BotNotInConversationRoster")


async def test_another_tenant_is_refused(rig: Rig) -> None:
    body = {**to(rig, "megan"), "tenantId": "another"}
    assert (await rig.bot.call("POST", "conversations", body))[0] == 400


async def test_a_thread_in_a_channel_can_be_started_and_answered(rig: Rig) -> None:
    start = {"isGroup": True, "channelData": {"channel": {"id": CHANNEL}}, "activity": card_message(CARD)}
    status, thread = await rig.bot.call("POST", "conversations", start)
    assert status == 201
    assert thread["id"] == f"{CHANNEL};messageid={thread['activityId']}"
    await rig.bot.call("POST", f"conversations/{thread['id']}/activities", TEXT)
    seen = await rig.messages("megan")
    assert [message["thread"] for message in seen] == [thread["activityId"]] * 2


async def test_a_post_to_the_channel_itself_starts_a_thread_of_its_own(rig: Rig) -> None:
    for _ in range(2):
        await rig.bot.call("POST", f"conversations/{CHANNEL}/activities", TEXT)
    assert len({message["thread"] for message in await rig.messages("megan")}) == 2


async def test_an_update_replaces_the_card_and_a_deleted_message_is_gone(rig: Rig) -> None:
    where = f"conversations/{rig.chat('megan')}/activities"
    _, posted = await rig.bot.call("POST", where, card_message(CARD))
    changed = {**CARD, "body": [{"type": "TextBlock", "text": "Changed"}]}
    assert await rig.bot.call("PUT", f"{where}/{posted['id']}", card_message(changed)) == (200, posted)
    (message,) = await rig.messages("megan", rig.chat("megan"))
    assert (message["card"], message["revision"]) == (changed, 2)
    assert (await rig.bot.call("DELETE", f"{where}/{posted['id']}"))[0] == 200
    assert await rig.messages("megan", rig.chat("megan")) == []
    status, body = await rig.bot.call("PUT", f"{where}/{posted['id']}", card_message(CARD))
    assert (status, body["error"]["code"]) == (404, "ActivityNotFoundInConversation")


async def test_the_bot_cannot_change_what_a_person_said(rig: Rig) -> None:
    said = await rig.say("megan", "Hello", rig.chat("megan"))
    status, _ = await rig.bot.call("PUT", f"conversations/{rig.chat('megan')}/activities/{said}", TEXT)
    assert status == 403


@pytest.mark.parametrize(
    "conversation", ["a:unknown", f"{CHANNEL};messageid=1", "19:unknown@thread.tacv2;messageid=1"]
)
async def test_an_unknown_conversation_is_not_found(rig: Rig, conversation: str) -> None:
    status, body = await rig.bot.call("POST", f"conversations/{conversation}/activities", TEXT)
    assert (status, body["error"]["code"]) == (404, "ConversationNotFound")


async def test_a_wrong_token_is_refused_and_noted(rig: Rig) -> None:
    path = f"conversations/{CHANNEL}/activities"
    assert (await rig.bot.call("POST", path, TEXT, token="another"))[0] == 401
    (call,) = rig.world.ledger.of("connector.call")
    assert call.detail["status"] == 401


@pytest.mark.parametrize("activity", [{"text": "no type"}, {"type": "message"}])
async def test_an_activity_without_type_or_content_is_refused(rig: Rig, activity: dict[str, Any]) -> None:
    assert (await rig.bot.call("POST", f"conversations/{CHANNEL}/activities", activity))[0] == 400


async def test_a_message_over_100_kb_is_refused_and_a_card_over_28_kib_is_remarked(rig: Rig) -> None:
    path = f"conversations/{rig.chat('megan')}/activities"
    card = {**CARD, "body": [{"type": "TextBlock", "text": "x" * 29_000}]}
    assert (await rig.bot.call("POST", path, card_message(card)))[0] == 201
    (remark,) = rig.world.ledger.of("card.remark")
    assert remark.detail["remark"] == "card is over 28 KiB"
    status, body = await rig.bot.call("POST", path, {"type": "message", "text": "x" * 51_200})
    assert (status, body["error"]["code"]) == (413, "MessageSizeTooBig")


async def test_the_eighth_message_to_a_thread_within_a_second_is_too_many(rig: Rig) -> None:
    await rig.post("control", limits="documented")
    path = f"conversations/{rig.chat('megan')}/activities"
    statuses = [(await rig.bot.call("POST", path, TEXT))[0] for _ in range(8)]
    assert statuses == [201] * 7 + [429]


async def test_a_targeted_message_is_seen_by_one_person(rig: Rig) -> None:
    activity = {**TEXT, "recipient": {"id": rig.world.story.person("alex")["teamsUserId"]}}
    path = f"conversations/{GROUP_CHAT}/activities?isTargetedActivity=true"
    assert (await rig.bot.call("POST", path, activity))[0] == 201
    assert len(await rig.messages("alex", GROUP_CHAT)) == 1
    assert await rig.messages("megan", GROUP_CHAT) == []


async def test_the_roster_comes_whole_in_pages_and_one_by_one(rig: Rig) -> None:
    _, whole = await rig.bot.call("GET", f"conversations/{CHANNEL}/members")
    _, first = await rig.bot.call("GET", f"conversations/{CHANNEL}/pagedmembers?pageSize=4")
    token = first["continuationToken"]
    _, rest = await rig.bot.call("GET", f"conversations/{CHANNEL}/pagedmembers?continuationToken={token}")
    assert first["members"] + rest["members"] == whole
    assert "continuationToken" not in rest
    megan = rig.world.story.person("megan")
    for name in (megan["teamsUserId"], megan["id"]):
        _, member = await rig.bot.call("GET", f"conversations/{CHANNEL}/members/{name}")
        assert member["userPrincipalName"] == megan["userPrincipalName"]
    assert (await rig.bot.call("GET", f"conversations/{CHANNEL}/members/29:nobody"))[0] == 404


async def test_a_team_tells_its_channels_and_leaves_the_name_of_general_out(rig: Rig) -> None:
    team = rig.world.story.raw["teams"][0]["teamThread"]
    _, listed = await rig.bot.call("GET", f"teams/{team}/conversations")
    assert [channel["name"] for channel in listed["conversations"]] == [None, "Partner onboarding"]
    _, details = await rig.bot.call("GET", f"teams/{team}")
    assert (details["channelCount"], details["tenantId"]) == (2, rig.world.story.tenant_id)


@pytest.mark.parametrize(("fault", "posted"), [("412", 0), ("502", 0), ("504-after", 1)])
async def test_faults_meet_connector_calls_before_or_after_their_effect(
    rig: Rig, fault: str, posted: int
) -> None:
    from sandbox.faults import Rule  # noqa: PLC0415 - only this test looks inside

    rig.world.faults.rules.append(Rule.of({"match": {"method": "POST", "path": "/connector/"}, "do": fault}))
    status, _ = await rig.bot.call("POST", f"conversations/{rig.chat('megan')}/activities", TEXT)
    assert status == int(fault[:3])
    assert len(await rig.messages("megan", rig.chat("megan"))) == posted
    assert rig.world.ledger.of("connector.call")[-1].detail["fault"] == fault
