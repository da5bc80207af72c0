"""The Chat port: cards drawn when they are sent, and every way to a person."""

from dataclasses import replace
from typing import Any

import pytest

from access.ports import NotDone, Refused, Unknown, Unreachable
from access.rules import jobs
from access.rules.causes import Cause
from access.rules.model import Named, ObjectId, Place, Record
from bot.teams import Teams
from bot.teams.chat import MOST_REFRESHED
from bot.teams.reference import Reference
from tests.cards.gallery import pending
from tests.teams.channel import ANA, BOT, TENANT, Answer, Bot, Channel, Heard
from tests.teams.conftest import Installations, KeptNotes, Returns, ScriptedFlows

BO = ObjectId("0b1c2d3e-0000-4000-8000-0000000000b0")
ADAPTIVE = "application/vnd.microsoft.card.adaptive"


@pytest.fixture
def record() -> Record:
    return pending(approvers=(Named(BO, "Bo Lind"),), requestor=Named(ObjectId(ANA), "Ana Silva"))


@pytest.fixture
def thread(channel: Channel) -> Place:
    return Reference(
        service=channel.service_url, conversation="19:abc@thread.tacv2", thread="1699", tenant=TENANT, bot=BOT
    ).place


def card_of(call: Heard) -> dict[str, Any]:
    attachment = call.body["attachments"][0]
    assert attachment["contentType"] == ADAPTIVE
    content: dict[str, Any] = attachment["content"]
    return content


async def test_a_card_is_posted_into_the_thread_with_its_words(
    teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    channel.answers.extend([Answer(404), Answer(404), Answer(201, {"id": "m9"})])
    assert await teams.chat.post(thread, record, "thread") == (thread, "m9")
    call = channel.heard[-1]
    assert (call.method, call.path) == ("POST", "/19:abc@thread.tacv2;messageid=1699/activities")
    assert call.body["type"] == "message"
    assert call.body["summary"] == card_of(call)["fallbackText"]


async def test_a_card_is_updated_in_place(
    teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    await teams.chat.update(thread, "m9", record, "thread")
    call = channel.heard[-1]
    assert (call.method, call.path) == ("PUT", "/19:abc@thread.tacv2;messageid=1699/activities/m9")
    assert card_of(call)["type"] == "AdaptiveCard"


async def test_the_thread_is_refreshed_for_approvers_before_the_requestor(
    teams: Teams, channel: Channel, bot: Bot, record: Record, thread: Place
) -> None:
    await bot.send(channel.activity())
    channel.answers.append(Answer(200, {"id": "29:bo"}))
    await teams.chat.post(thread, record, "thread")
    looked, posted = channel.heard
    assert (looked.method, looked.path) == ("GET", f"/19:abc@thread.tacv2/members/{BO}")
    assert card_of(posted)["refresh"]["userIds"] == ["29:bo", "29:ana"]
    await teams.chat.post(thread, record, "thread")
    assert len(channel.heard) == 3


async def test_nobody_known_means_no_refresh(
    teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    channel.answers.extend([Answer(404), Answer(403)])
    await teams.chat.post(thread, record, "thread")
    assert "refresh" not in card_of(channel.heard[-1])


async def test_a_thread_is_refreshed_for_no_more_people_than_teams_takes(
    teams: Teams, channel: Channel, thread: Place, notes: KeptNotes
) -> None:
    many = tuple(Named(ObjectId(f"person-{number}"), f"P {number}") for number in range(70))
    for one in many:
        notes.kept[f"person/{one.object_id}"] = f'{{"user": "29:{one.object_id}", "place": ""}}'
    record = pending(approvers=many)
    requestor = record.request.requestor.object_id
    notes.kept[f"person/{requestor}"] = '{"user": "29:requestor", "place": ""}'
    await teams.chat.update(thread, "m", record, "thread")
    users = card_of(channel.heard[-1])["refresh"]["userIds"]
    assert len(users) == MOST_REFRESHED
    assert (users[0], users[-1]) == ("29:person-0", "29:requestor"), "who has no other card"


@pytest.mark.parametrize(
    ("conversation", "kind", "thread"),
    [
        ("19:abc@thread.tacv2", "channel", ";messageid=m7"),
        ("19:skypespaces_abc@thread.skype", "channel", ";messageid=m7"),
        ("19:abc@thread.skype", "groupChat", ""),
        ("19:group@thread.v2", "groupChat", ""),
    ],
)
async def test_an_acceptance_is_told_in_the_thread_that_the_requests_card_opened(
    conversation: str,
    kind: str,
    thread: str,
    teams: Teams,
    channel: Channel,
    bot: Bot,
    record: Record,
    flows: ScriptedFlows,
) -> None:
    said = channel.in_channel(recipient={"id": BOT, "name": "Guestlist", "isTargeted": True})
    said["conversation"] |= {"id": conversation, "conversationType": kind}
    await bot.send(said)
    place = flows.turns[0].place
    assert ('"kind"' in place) == ("skypespaces" in place), "which older versions cannot read"
    card = jobs.card(record.request, jobs.THREAD, place, record.request.submitted_at)
    shown = replace(card, body={**card.body, jobs.MESSAGE: "m7"})
    accepted = replace(record, jobs={**record.jobs, card.key: shown})
    await teams.chat.post(place, accepted, f"{jobs.ACCEPTED}{jobs.THREAD}")
    assert channel.heard[-1].path == f"/{conversation}{thread}/activities"


def test_a_place_that_tells_by_its_id_what_it_is_is_kept_as_older_versions_read_it() -> None:
    there = Reference(service="s", conversation="19:abc@thread.tacv2", thread="", tenant="t", bot="b")
    assert there.place == (
        '{"service":"s","conversation":"19:abc@thread.tacv2","thread":"","tenant":"t","bot":"b"}'
    )
    old = replace(there, conversation="19:abc@thread.skype", kind="channel")
    assert Reference.read(old.place) == old
    newer = Place(there.place.replace("{", '{"more":1,', 1))
    assert Reference.read(newer) == there, "what a newer version writes besides"


async def test_an_approvers_own_card_asks_for_no_refresh(
    teams: Teams, channel: Channel, bot: Bot, record: Record
) -> None:
    await bot.send(channel.activity())
    place = await teams.chat.reach(ObjectId(ANA))
    await teams.chat.post(place, record, f"approver/{BO}")
    assert [call.method for call in channel.heard] == ["POST"]
    assert "refresh" not in card_of(channel.heard[0])


@pytest.mark.parametrize(("status", "error"), [(403, Unreachable), (502, Unknown)])
async def test_what_the_channel_says_of_a_post_is_handed_on(
    status: int, error: type[Exception], teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    channel.answers.append(Answer(status))
    with pytest.raises(error):
        await teams.chat.post(thread, record, "accepted/thread")


# --- reaching a person --------------------------------------------------------------------------


async def test_a_person_who_wrote_in_private_is_reached_there(
    teams: Teams, channel: Channel, bot: Bot
) -> None:
    await bot.send(channel.activity())
    place = await teams.chat.reach(ObjectId(ANA))
    assert Reference.read(place).conversation == "a:ana"
    assert channel.heard == []


async def test_a_known_chat_is_known_to_the_next_process_too(
    teams: Teams, channel: Channel, notes: KeptNotes, thread: Place
) -> None:
    notes.kept[f"person/{BO}"] = '{"user": "29:bo", "place": "somewhere"}'
    assert await teams.chat.reach(BO) == "somewhere"


async def test_who_never_wrote_gets_a_chat_opened_which_is_then_known(
    teams: Teams, channel: Channel, bot: Bot, installations: Installations
) -> None:
    await bot.send(channel.activity())
    channel.answers.append(Answer(201, {"id": "a:bo"}))
    place = await teams.chat.reach(BO)
    assert Reference.read(place) == Reference(
        service=channel.service_url, conversation="a:bo", thread="", tenant=TENANT, bot=BOT
    )
    assert await teams.chat.reach(BO) == place
    assert len(channel.heard) == 1
    assert installations.people == []


async def test_who_was_only_seen_in_a_channel_has_no_known_chat(
    teams: Teams, channel: Channel, bot: Bot
) -> None:
    await bot.send(channel.in_channel())
    channel.answers.append(Answer(201, {"id": "a:opened"}))
    assert Reference.read(await teams.chat.reach(ObjectId(ANA))).conversation == "a:opened"


async def test_the_app_is_installed_for_who_never_had_it(
    teams: Teams, channel: Channel, bot: Bot, installations: Installations
) -> None:
    await bot.send(channel.activity())
    channel.answers.extend([Answer(403), Answer(403), Answer(201, {"id": "a:bo"})])
    place = await teams.chat.reach(BO)
    assert Reference.read(place).conversation == "a:bo"
    assert installations.people == [BO]


async def test_who_may_not_be_given_the_app_is_unreachable(
    teams: Teams, channel: Channel, bot: Bot, installations: Installations
) -> None:
    await bot.send(channel.activity())
    installations.error = Refused(Cause.RIGHTS_MISSING, "no permission")
    channel.answers.append(Answer(403))
    with pytest.raises(Unreachable) as caught:
        await teams.chat.reach(BO)
    assert caught.value.cause is Cause.RIGHTS_MISSING
    assert len(channel.heard) == 1


async def test_an_installation_that_may_come_off_later_is_no_final_answer(
    teams: Teams, channel: Channel, bot: Bot, installations: Installations
) -> None:
    await bot.send(channel.activity())
    installations.error = NotDone(Cause.THROTTLED, "later")
    channel.answers.append(Answer(403))
    with pytest.raises(NotDone):
        await teams.chat.reach(BO)


async def test_nobody_is_reached_before_teams_was_ever_heard(teams: Teams) -> None:
    with pytest.raises(Unreachable):
        await teams.chat.reach(BO)


async def test_where_teams_is_reached_is_known_to_the_next_process(
    teams: Teams, channel: Channel, notes: KeptNotes
) -> None:
    notes.kept["teams/service"] = f'["{channel.service_url}", "{BOT}"]'
    channel.answers.append(Answer(201, {"id": "a:bo"}))
    assert Reference.read(await teams.chat.reach(BO)).conversation == "a:bo"


async def test_a_chat_that_has_closed_is_forgotten_and_the_next_try_opens_one(
    teams: Teams, channel: Channel, bot: Bot, record: Record, installations: Installations
) -> None:
    await bot.send(channel.activity())
    place = await teams.chat.reach(ObjectId(ANA))
    channel.answers.extend(
        [Answer(403), Answer(403), Answer(201, {"id": "a:again"}), Answer(201, {"id": "m"})]
    )
    elsewhere, message = await teams.chat.post(place, record, "requestor")
    assert (Reference.read(elsewhere).conversation, message) == ("a:again", "m")
    assert await teams.chat.reach(ObjectId(ANA)) == elsewhere
    assert installations.people == [ANA]


BLOCKED = (
    "BotDisabledByAdmin",
    "BotNotInConversationRoster",
    "ConversationBlockedByUser",
    "ForbiddenOperationException",
    "MessageWritesBlocked",
    "NotEnoughPermissions",
)


@pytest.mark.parametrize("code", BLOCKED)
async def test_who_blocks_us_is_tried_once_more_in_the_chat_that_opens_which_is_forgotten(
    code: str, teams: Teams, channel: Channel, bot: Bot, record: Record
) -> None:
    await bot.send(channel.activity())
    place = await teams.chat.reach(ObjectId(ANA))
    refused = Answer(403, {"error": {"code": code, "message": "no"}})
    channel.answers.extend([refused, Answer(201, {"id": "a:ana"}), refused])
    with pytest.raises(Unreachable):
        await teams.chat.post(place, record, "requestor")
    assert len(channel.heard) == 3
    channel.answers.append(Answer(201, {"id": "a:again"}))
    assert Reference.read(await teams.chat.reach(ObjectId(ANA))).conversation == "a:again"


async def test_who_blocks_us_is_not_written_to_again_where_a_message_of_ours_stands(
    teams: Teams, channel: Channel, bot: Bot, record: Record
) -> None:
    await bot.send(channel.activity())
    channel.answers.append(Answer(403))
    with pytest.raises(Unreachable):
        await teams.chat.update(await teams.chat.reach(ObjectId(ANA)), "m1", record, "requestor")
    assert len(channel.heard) == 1
    channel.answers.append(Answer(201, {"id": "a:again"}))
    assert Reference.read(await teams.chat.reach(ObjectId(ANA))).conversation == "a:again"


async def test_who_writes_in_their_own_chat_may_be_told_what_they_missed_and_a_place_where_it_is_said(
    channel: Channel, bot: Bot, returns: Returns
) -> None:
    await bot.send(channel.activity())
    assert (returns.people, returns.places) == ([ANA], [])
    await bot.send(channel.in_channel())
    (place,) = returns.places
    assert place is not None
    assert Reference.read(place).conversation == "19:abc@thread.tacv2"
    assert returns.people == [ANA]


@pytest.mark.parametrize(
    "told", ["channelRestored", "teamRestored", "teamUnarchived", ["teamArchived"], "teamArchived", None]
)
async def test_a_team_that_is_there_again_may_be_told_what_it_missed(
    told: Any, channel: Channel, bot: Bot, returns: Returns
) -> None:
    event = {"type": "conversationUpdate", "channelData": {"tenant": {"id": TENANT}, "eventType": told}}
    status, _ = await bot.send(channel.in_channel(**event))
    assert status == 200
    assert returns.places == ([] if told in (["teamArchived"], "teamArchived", None) else [None])


async def test_a_team_to_which_nobody_known_adds_the_app_may_be_told_what_it_missed(
    channel: Channel, bot: Bot, returns: Returns
) -> None:
    await bot.send(channel.in_channel(type="installationUpdate", action="add", **{"from": {"id": "29:x"}}))
    assert returns.places == [None]


async def test_where_the_first_message_of_a_thread_is_deleted_a_new_thread_begins(
    teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    channel.answers.extend([Answer(404), Answer(201, {"id": "m2"})])
    elsewhere, message = await teams.chat.post(thread, record, "accepted/thread")
    assert (Reference.read(elsewhere).wire_id, message) == ("19:abc@thread.tacv2;messageid=m2", "m2")


async def test_a_channel_that_is_deleted_is_closed(
    teams: Teams, channel: Channel, record: Record, thread: Place
) -> None:
    channel.answers.extend([Answer(404), Answer(404)])
    with pytest.raises(Unreachable):
        await teams.chat.post(thread, record, "accepted/thread")
    assert len(channel.heard) == 2
