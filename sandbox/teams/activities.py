"""Activities in the shape in which Teams sends them, quirks included."""

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sandbox.teams.model import Conversation, Message

if TYPE_CHECKING:
    from sandbox.teams.channel import Channel, Person

ZONE = "Europe/Berlin"


def _envelope(channel: "Channel", person: "Person", there: Conversation, root: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    zone, locale = person.get("timeZone", ZONE), person["preferredLanguage"]
    local = now.astimezone(ZoneInfo(zone))
    conversation: dict[str, Any] = {
        "id": there.wire_id(root),
        "tenantId": channel.story.tenant_id,
        "conversationType": there.wire_kind,
    }
    if there.wire_kind != "personal":
        conversation |= {"isGroup": True, "name": there.name}
    channel_data: dict[str, Any] = {"tenant": {"id": channel.story.tenant_id}}
    if there.team:
        channel_data |= {
            "team": {"id": there.team.id, "name": there.team.name, "aadGroupId": there.team.group_id},
            "channel": {"id": there.id, "name": there.name},
            "teamsTeamId": there.team.id,
            "teamsChannelId": there.id,
        }
    return {
        "channelId": "msteams",
        "serviceUrl": f"{channel.origin}/connector/",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "localTimestamp": local.isoformat(timespec="milliseconds"),
        "localTimezone": zone,
        "locale": locale,
        "from": {"id": person["teamsUserId"], "name": person["displayName"], "aadObjectId": person["id"]},
        "recipient": {"id": channel.story.bot["id"], "name": channel.story.bot["name"]},
        "conversation": conversation,
        "channelData": channel_data,
        "entities": [
            {
                "type": "clientInfo",
                "locale": locale,
                "country": locale.rpartition("-")[2],
                "platform": "Web",
                "timezone": zone,
            }
        ],
    }


def message(
    channel: "Channel",
    person: "Person",
    there: Conversation,
    *,
    message_id: str,
    root: str,
    text: str,
    targeted: bool,
    told: bool = True,
    files: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return what a person typed and sent along; in a group, names after an @ are mentions, `&nbsp;` and all.

    Each mention is a tag in the text and an entity that tells whom it means; `told` false leaves the
    entities out, as some clients do. Files may come without a text, which then is not there at all.
    """
    activity = _envelope(channel, person, there, root)
    activity |= {"type": "message", "id": message_id, "textFormat": "plain", "text": text}
    rich = html.escape(text, quote=False)
    if there.is_group and not targeted:
        rich, mentions = _with_mentions(channel, there, rich)
        activity["text"] = f"{rich}\n"
        activity["entities"] = [*(mentions if told else []), *activity["entities"]]
    activity["attachments"] = [*files, {"contentType": "text/html", "content": f"<p>{rich}</p>"}]
    if files and not text:
        activity["attachments"].pop()
        del activity["text"], activity["textFormat"]
    if targeted:
        activity["recipient"]["isTargeted"] = True
    if root != message_id:
        activity["replyToId"] = root
    return activity


def edited(channel: "Channel", person: "Person", there: Conversation, changed: Message) -> dict[str, Any]:
    """Return that a person has changed what they wrote: a new text under the id of the old one."""
    activity = message(
        channel,
        person,
        there,
        message_id=changed.id,
        root=changed.root,
        text=changed.activity["text"],
        targeted=False,
    )
    activity["channelData"]["eventType"] = "editMessage"
    return activity | {"type": "messageUpdate"}


def _with_mentions(channel: "Channel", there: Conversation, rich: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the text with a tag in place of each name after an @, and whom each of them means."""
    known = {person_id: channel.cast[person_id] for person_id in there.members}
    accounts = {
        one["displayName"]: {"id": one["teamsUserId"], "name": one["displayName"]} for one in known.values()
    }
    accounts[channel.story.bot["name"]] = {"id": channel.story.bot["id"], "name": channel.story.bot["name"]}
    names = "|".join(re.escape(name) for name in sorted(accounts, key=len, reverse=True))
    mentions: list[dict[str, Any]] = []

    def tagged(found: re.Match[str]) -> str:
        tag = f"<at>{found['name']}</at>"
        mentions.append({"type": "mention", "mentioned": accounts[found["name"]], "text": tag})
        return f"{tag}&nbsp;" if found["space"] else tag

    return re.sub(rf"@(?P<name>{names})\b(?P<space> ?)", tagged, rich), mentions


def submitted(
    channel: "Channel",
    person: "Person",
    there: Conversation,
    *,
    root: str,
    source: str,
    value: Any,
    text: str,
) -> dict[str, Any]:
    """Return the message that a pressed Action.Submit becomes: a value, and mostly no text."""
    activity = _envelope(channel, person, there, root)
    activity |= {"type": "message", "id": channel.clock.message_id(), "replyToId": source, "value": value}
    return activity | ({"text": text, "textFormat": "plain"} if text else {})


def invoke(
    channel: "Channel",
    person: "Person",
    there: Conversation,
    *,
    root: str | None,
    source: str | None,
    name: str,
    value: Any,
    beside: str = "message",
) -> dict[str, Any]:
    """Return a call that waits for the bot's answer: a card's action, a dialog, a typeahead."""
    activity = _envelope(channel, person, there, root)
    activity |= {"type": "invoke", "id": f"f:{uuid4()}", "name": name, "value": value}
    if source:
        activity["replyToId"] = source
    activity["channelData"]["source"] = {"name": beside}
    return activity


def installation(
    channel: "Channel", person: "Person", there: Conversation, action: str, chosen: str | None = None
) -> list[dict[str, Any]]:
    """Return what the bot hears when somebody adds or removes the app, which Teams tells in two ways."""
    bot = {"id": channel.story.bot["id"], "name": channel.story.bot["name"]}
    people = [] if there.team else [{"id": person["teamsUserId"], "aadObjectId": person["id"]}]
    added = action == "add"
    event = f"{_whose(there)}Member{'Added' if added else 'Removed'}" if there.team else None
    update = _update(channel, person, there, event)
    update["membersAdded" if added else "membersRemoved"] = [*people, bot]
    installed = _envelope(channel, person, there, None)
    installed |= {"type": "installationUpdate", "id": f"f:{uuid4()}", "action": action}
    if chosen:
        for activity in (update, installed):
            activity["channelData"]["settings"] = {"selectedChannel": {"id": chosen}}
    return [update, installed]


def upgrade(channel: "Channel", person: "Person", there: Conversation) -> list[dict[str, Any]]:
    """Return what the bot hears when a new version of the app takes the place of the old."""
    activities = []
    for action in ("remove-upgrade", "add-upgrade"):
        activity = _envelope(channel, person, there, None)
        activities.append(activity | {"type": "installationUpdate", "id": f"f:{uuid4()}", "action": action})
    return activities


def members(
    channel: "Channel", person: "Person", there: Conversation, what: str, other: "Person"
) -> dict[str, Any]:
    """Return what the bot hears when a member comes or goes."""
    event = f"{_whose(there)}Member{'Added' if what == 'join' else 'Removed'}" if there.team else None
    update = _update(channel, person, there, event)
    update["membersAdded" if what == "join" else "membersRemoved"] = [
        {"id": other["teamsUserId"], "aadObjectId": other["id"]}
    ]
    return update


def changed(channel: "Channel", person: "Person", there: Conversation, event: str) -> dict[str, Any]:
    """Return what the bot hears when a team or a channel is renamed, deleted, restored or archived."""
    return _update(channel, person, there, event)


def message_moved(
    channel: "Channel", person: "Person", there: Conversation, message: Message | None, event: str
) -> dict[str, Any]:
    """Return what the bot hears when somebody deletes or edits a message of theirs that mentioned it."""
    activity = _envelope(channel, person, there, message.root if message else None)
    message_id = message.id if message else channel.clock.message_id()
    kind = "messageDelete" if event == "softDeleteMessage" else "messageUpdate"
    text = (message.activity.get("text") or "") if message else ""
    said = {} if kind == "messageDelete" else {"text": text.removeprefix(f"@{channel.story.bot['name']} ")}
    activity |= {"type": kind, "id": message_id, **said}
    activity["channelData"]["eventType"] = event
    return activity


def _whose(there: Conversation) -> str:
    """Return what a member joins: the team, or the one channel of it that has members of its own."""
    return "team" if there.membership == "standard" else "channel"


def _update(channel: "Channel", person: "Person", there: Conversation, event: str | None) -> dict[str, Any]:
    update = _envelope(channel, person, there, None)
    update |= {"type": "conversationUpdate", "id": f"f:{uuid4()}"}
    if event is not None:
        update["channelData"]["eventType"] = event
    if there.membership != "standard":
        # Known of these events alone: https://github.com/microsoft/Agents/issues/179
        update["channelData"]["channel"]["type"] = there.membership
    return update
