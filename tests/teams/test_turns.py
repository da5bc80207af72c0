"""Activities become turns: who, where, what was said, pressed, filled in or looked for."""

import time
from typing import Any

import pytest

from dialogs.turn import Joined, Opened, Pressed, Said, Say, Scope, Searched, Show, Submitted
from tests.teams.channel import ANA, BOT, TENANT, Bot, Channel
from tests.teams.conftest import ScriptedFlows

CARD = {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "a card", "body": []}


def mention(text: str, who: str = BOT) -> dict[str, Any]:
    return {"type": "mention", "text": text, "mentioned": {"id": who, "name": "somebody"}}


SAID: list[tuple[str, list[dict[str, Any]], str]] = [
    ("/help", [], "/help"),
    ("<at>Guestlist</at> /help", [mention("<at>Guestlist</at>")], "/help"),
    ("<at>Guestlist</at>&nbsp;/help\n", [mention("<at>Guestlist</at>")], "/help"),
    ("/approve R-1 <at>Guestlist</at>", [mention("<at>Guestlist</at>")], "/approve R-1"),
    ("<at>A (b) [c]*</at> /help", [mention("<at>A (b) [c]*</at>")], "/help"),
    ("<at id='0'>Gäste</at> /help", [mention("<at id='0'>Gäste</at>")], "/help"),
    ("Guestlist to Guestlist", [mention("<at>Guestlist</at>")], "Guestlist to Guestlist"),
    ("<at>Guestlist</at> to Guestlist", [mention("<at>Guestlist</at>")], "to Guestlist"),
    ("<at>Guestlist</at> to <at>Guestlist</at>", [mention("<at>Guestlist</at>")], "to Guestlist"),
    ("<at>Guestlist</at> <at>Guestlist</at> /help", [mention("<at>Guestlist</at>")] * 2, "/help"),
    ("/help <at>Guestlist</at>, <at>Guestlist</at>", [mention("<at>Guestlist</at>")] * 2, "/help"),
    ("Hey <at>Guestlist</at>, invite Ana", [mention("<at>Guestlist</at>")], "Hey, invite Ana"),
    ("Hey <at>Guestlist</at>&nbsp;, invite Ana", [mention("<at>Guestlist</at>")], "Hey, invite Ana"),
    ("could you, <at>Guestlist</at>, invite Ana", [mention("<at>Guestlist</at>")], "could you, invite Ana"),
    ("<at>Guestlist</at>, could you", [mention("<at>Guestlist</at>")], "could you"),
    ("invite Ana, <at>Guestlist</at>", [mention("<at>Guestlist</at>")], "invite Ana"),
    ("invite Ana, <at>Guestlist</at>!", [mention("<at>Guestlist</at>")], "invite Ana!"),
    ("Hi <at>Guestlist</at>! Invite Ana", [mention("<at>Guestlist</at>")], "Hi! Invite Ana"),
    ("Ana <at>Guestlist</at> .net, please", [mention("<at>Guestlist</at>")], "Ana .net, please"),
    (
        "invite <at>Guestlist</at> ana@fabrikam.com",
        [mention("<at>Guestlist</at>")],
        "invite ana@fabrikam.com",
    ),
    ('<at id="0">Guestlist</at> /help', [mention("<at>Guestlist</at>")], "/help"),
    ("<at>Guestlist</at> /help", [], "/help"),
    ("&nbsp;<AT>guestlist</AT>&nbsp;/help", [], "/help"),
    ("@Guestlist /help", [], "/help"),
    ("@guestlist, /help", [], "/help"),
    ("@Guestlist @Guestlist /help", [], "/help"),
    ("@Guestlists /help", [], "@Guestlists /help"),
    ("@guestlist.example /help", [], "@guestlist.example /help"),
    ("/help @Guestlist", [], "/help @Guestlist"),
    ("<at>Ana Silva</at> asks <at>Guestlist</at>", [], "Ana Silva asks Guestlist"),
    ('/invite <a href="mailto:ana@x.com" title="x">ana@x.com</a> to', [], "/invite ana@x.com to"),
    ("/invite Ana <ana@x.com> to <a@x.com>", [], "/invite Ana <ana@x.com> to <a@x.com>"),
    ("<at>Ana</at> is asked", [mention("<at>Ana</at>", "29:ana")], "Ana is asked"),
    ("R&amp;D &lt;b&gt; &quot;x&quot; &#39;y&#39;", [], "R&D <b> \"x\" 'y'"),
    ("&lt;at&gt;Guestlist&lt;/at&gt;", [], "<at>Guestlist</at>"),
    ("  /invite\u00a0ana@fabrikam.com\r\n\tto  it ", [], "/invite ana@fabrikam.com to it"),
]


@pytest.mark.parametrize(("text", "entities", "said"), SAID)
async def test_what_was_said_is_read_without_the_bots_mention(
    text: str, entities: list[dict[str, Any]], said: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(text=text, entities=entities))
    turn = flows.turns[0]
    assert isinstance(turn, Said)
    assert turn.text == said


async def test_a_person_is_their_object_id_and_tenant(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity())
    actor = flows.turns[0].actor
    assert (actor.object_id, actor.tenant_id) == (ANA, TENANT)
    assert (actor.name, actor.locale, actor.zone) == ("Ana Silva", "en-GB", "Europe/Lisbon")


async def test_who_has_no_object_id_is_refused_politely(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    nobody = {"id": "29:somebody", "name": "Ana Silva"}
    assert await bot.send(channel.activity(**{"from": nobody})) == (200, None)
    assert "cannot tell who you are" in channel.heard[0].body["text"]
    press = channel.invoke("adaptiveCard/action", {"action": {"verb": "x.y"}}, **{"from": nobody})
    assert "cannot tell who you are" in (await bot.send(press))[1]["value"]
    assert flows.turns == []


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("personal", Scope.PERSONAL),
        ("groupChat", Scope.GROUP_CHAT),
        ("channel", Scope.CHANNEL),
        ("new", Scope.GROUP_CHAT),
        (None, Scope.GROUP_CHAT),
    ],
)
async def test_an_unknown_kind_of_conversation_counts_as_one_where_others_listen(
    kind: str | None, scope: Scope, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(conversation={"id": "a:1", "conversationType": kind, "tenantId": TENANT}))
    assert flows.turns[0].scope is scope


async def test_a_press_becomes_a_turn_with_its_verb_and_inputs(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Show(CARD)
    action = {"type": "Action.Execute", "verb": "approval.approve", "data": {"request": "1", "note": "ok"}}
    await bot.send(channel.invoke("adaptiveCard/action", {"action": action, "trigger": "manual"}))
    turn = flows.turns[0]
    assert isinstance(turn, Pressed)
    assert (turn.verb, turn.data, turn.refresh) == (
        "approval.approve",
        {"request": "1", "note": "ok"},
        False,
    )


async def test_an_automatic_refresh_is_told_from_a_press(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    value = {"action": {"type": "Action.Execute", "verb": "request.view"}, "trigger": "automatic"}
    await bot.send(channel.invoke("adaptiveCard/action", value))
    turn = flows.turns[0]
    assert isinstance(turn, Pressed)
    assert turn.refresh
    assert turn.data == {}


async def test_the_submit_of_an_old_client_is_the_same_press(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    await bot.send(channel.activity(text=None, value={"verb": "approval.approve", "request": "1"}))
    turn = flows.turns[0]
    assert isinstance(turn, Pressed)
    assert (turn.verb, turn.data) == ("approval.approve", {"request": "1"})


async def test_a_dialog_is_opened_and_submitted_by_its_verb(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("fine")
    data = {"verb": "invite.open", "app": "x", "msteams": {"type": "task/fetch"}}
    await bot.send(channel.invoke("task/fetch", {"data": data, "context": {"theme": "dark"}}))
    await bot.send(channel.invoke("task/submit", {"data": {"verb": "invite.send", "a": "b"}}, id="f:2"))
    opened, submitted = flows.turns
    assert isinstance(opened, Opened)
    assert (opened.verb, opened.data) == ("invite.open", {"app": "x"})
    assert isinstance(submitted, Submitted)
    assert (submitted.verb, submitted.data) == ("invite.send", {"a": "b"})


@pytest.mark.parametrize(("top", "most"), [(5, 5), (100, 15), (0, 15), (-3, 15), ("x", 15), (None, 15)])
async def test_a_search_names_its_dataset_its_text_and_the_other_inputs(
    top: object, most: int, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    value = {"queryText": "hea", "queryOptions": {"top": top}, "dataset": "apps", "data": {"kind": "x"}}
    await bot.send(channel.invoke("application/search", value))
    turn = flows.turns[0]
    assert isinstance(turn, Searched)
    assert (turn.dataset, turn.text, turn.inputs, turn.most) == ("apps", "hea", {"kind": "x"}, most)


@pytest.mark.parametrize(("skip", "skipped"), [(15, 15), (0, 0), (-15, 0), ("x", 0), (None, 0), (1e9, 0)])
async def test_a_search_that_goes_on_says_how_much_was_shown(
    skip: object, skipped: int, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    value = {"queryText": "hea", "queryOptions": {"top": 15, "skip": skip}, "dataset": "apps"}
    await bot.send(channel.invoke("application/search", value))
    turn = flows.turns[0]
    assert isinstance(turn, Searched)
    assert turn.skip == skipped


async def test_joining_is_greeted_once_although_teams_tells_twice(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("welcome")
    added = channel.activity(type="conversationUpdate", id="f:1", membersAdded=[{"id": BOT}, {"id": "29:x"}])
    installed = channel.activity(type="installationUpdate", id="f:2", action="add")
    await bot.send(added)
    await bot.send(installed)
    assert [type(turn) for turn in flows.turns] == [Joined]
    assert [call.body["text"] for call in channel.heard] == ["welcome"]
    await bot.send(channel.activity(type="installationUpdate", id="f:3", action="remove"))
    await bot.send(channel.activity(type="installationUpdate", id="f:4", action="add"))
    assert len(flows.turns) == 2


async def test_an_upgrade_of_the_app_greets_nobody(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    flows.reply = Say("welcome")
    for number, action in enumerate(["remove-upgrade", "add-upgrade"]):
        await bot.send(channel.activity(type="installationUpdate", id=f"f:{number}", action=action))
    assert (flows.turns, channel.heard) == ([], [])


async def test_who_was_removed_as_a_member_is_greeted_again(
    bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("welcome")
    for number, change in enumerate(["membersAdded", "membersRemoved", "membersAdded"]):
        update = channel.activity(type="conversationUpdate", id=f"f:{number}", **{change: [{"id": BOT}]})
        await bot.send(update)
    assert len(flows.turns) == 2


@pytest.mark.parametrize("chosen", ["", "19:chosen@thread.tacv2"])
async def test_in_a_team_the_chosen_channel_is_greeted_and_else_general_which_has_the_teams_id(
    chosen: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    flows.reply = Say("welcome")
    general = {"id": "19:team@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
    settings = {"settings": {"selectedChannel": {"id": chosen}}} if chosen else {}
    data = {
        "tenant": {"id": TENANT},
        "team": {"id": general["id"]},
        "eventType": "teamMemberAdded",
        **settings,
    }
    told = {"conversation": general, "channelData": data, "text": None}
    await bot.send(channel.activity(type="conversationUpdate", id="f:1", membersAdded=[{"id": BOT}], **told))
    await bot.send(channel.activity(type="installationUpdate", id="f:2", action="add", **told))
    assert [call.path for call in channel.heard] == [f"/{chosen or general['id']}/activities"]


EVENTS = (
    "channelCreated",
    "channelDeleted",
    "channelMemberAdded",
    "channelMemberRemoved",
    "channelRenamed",
    "channelRestored",
    "channelShared",
    "channelUnshared",
    "teamArchived",
    "teamDeleted",
    "teamHardDeleted",
    "teamMemberAdded",
    "teamMemberRemoved",
    "teamRenamed",
    "teamRestored",
    "teamUnarchived",
    "unheardOf",
)


@pytest.mark.parametrize("event", EVENTS)
async def test_what_becomes_of_a_team_or_a_channel_is_no_turn(
    event: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    data = {"tenant": {"id": TENANT}, "eventType": event, "channel": {"id": "19:x", "type": "shared"}}
    members = {"membersRemoved": [{"id": "29:x"}], "membersAdded": [{"id": "29:y"}]}
    update = channel.in_channel(type="conversationUpdate", channelData=data, text=None, **members)
    assert await bot.send(update) == (200, None)
    assert (flows.turns, channel.heard) == ([], [])


async def test_that_somebody_else_joined_is_no_turn(bot: Bot, channel: Channel, flows: ScriptedFlows) -> None:
    await bot.send(channel.activity(type="conversationUpdate", membersAdded=[{"id": "29:x"}]))
    assert flows.turns == []


@pytest.mark.parametrize(
    "kind", ["messageReaction", "messageUpdate", "messageDelete", "typing", "event", "unheardOf"]
)
async def test_what_is_no_business_of_ours_is_accepted_in_silence(
    kind: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    assert await bot.send(channel.activity(type=kind)) == (200, None)
    assert flows.turns == []
    assert channel.heard == []


@pytest.mark.parametrize("piece", ["<at ", "<at>Guestlist", "<a ", "&nbsp;", "@Guestlist", "<at>"])
async def test_a_long_text_of_broken_tags_does_not_hold_the_event_loop(
    piece: str, bot: Bot, channel: Channel, flows: ScriptedFlows
) -> None:
    begun = time.process_time()
    await bot.send(
        channel.activity(text=piece * (200_000 // len(piece)), entities=[mention("<at>Guestlist </at>")] * 5)
    )
    assert time.process_time() - begun < 2
    assert isinstance(flows.turns[0], Said)
