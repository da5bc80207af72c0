"""What people and teams do around the bot, and what of it the bot hears (`POST /teams/happen`).

{as, what: add | remove | upgrade, conversation?, chosen?}   the app: in the person's 1:1, in a chat, in a
team (any standard channel of it; `chosen` is the channel for its welcome), or in a
private or shared channel alone
{as, what: block | unblock, code?}        the person's 1:1; `code` names a refusal of `documented.json`
{as, what: delete | edit | undelete, conversation, messageId}    a message; of the bot's it hears nothing
{as, what: rename | close | reopen, conversation, name?}         a channel; `close` deletes it
{as, what: rename-team | archive-team | delete-team, conversation, name?}
{as, what: join | leave, conversation, member}                      a member
"""

from typing import Any

from aiohttp import web

from sandbox.teams import activities
from sandbox.teams.channel import Channel, Person
from sandbox.teams.model import BOT, Conversation, Message

CHANNEL_EVENTS = {"rename": "channelRenamed", "close": "channelDeleted", "reopen": "channelRestored"}
TEAM_EVENTS = {"rename-team": "teamRenamed", "archive-team": "teamArchived", "delete-team": "teamDeleted"}
MESSAGE_EVENTS = {"delete": "softDeleteMessage", "edit": "editMessage", "undelete": "undeleteMessage"}
BLOCKED = "blockedByUser"


async def happen(channel: Channel, asked: dict[str, Any]) -> dict[str, Any]:
    """Let it happen, and return the statuses with which the bot answered what it heard."""
    person, what = channel.find_person(str(asked.get("as"))), str(asked.get("what"))
    if person is None:
        raise web.HTTPNotFound(text="nobody in the story has this name")
    there = _place(channel, person, asked, what)
    heard = _heard(channel, person, there, what, asked)
    channel.tell({"what": "conversation", "conversation": there.id})
    if not there.has_bot and what not in {"add", "remove"}:
        heard = []  # nobody tells the bot of places where it is not
    return {"statuses": [(await channel.deliver(activity)).status for activity in heard]}


def _place(channel: Channel, person: Person, asked: dict[str, Any], what: str) -> Conversation:
    wanted = asked.get("conversation")
    if wanted is None:
        return channel.chat_with(person["id"])
    there = channel.closed.get(wanted) if what == "reopen" else channel.conversations.get(wanted)
    if there is None:
        raise web.HTTPNotFound(text="there is no such conversation")
    return there


def _heard(
    channel: Channel, person: Person, there: Conversation, what: str, asked: dict[str, Any]
) -> list[dict[str, Any]]:
    if what in {"block", "unblock"}:
        channel.blocked.pop(person["id"], None)
        if what == "block":
            channel.blocked[person["id"]] = str(asked.get("code", BLOCKED))
        return []
    if what in {"add", "remove"}:
        return channel.move_app(person, there, what, chosen=asked.get("chosen"))
    if what == "upgrade":
        return activities.upgrade(channel, person, there)
    if what in MESSAGE_EVENTS:
        return _message_moved(channel, person, there, what, there.messages.get(str(asked.get("messageId"))))
    if what in {"join", "leave"}:
        return _member_moved(channel, person, there, what, str(asked.get("member")))
    if what in CHANNEL_EVENTS | TEAM_EVENTS:
        _change(channel, there, what, str(asked.get("name")))
        return [activities.changed(channel, person, there, (CHANNEL_EVENTS | TEAM_EVENTS)[what])]
    raise web.HTTPBadRequest(text=f"nobody does {what!r} in this Teams")


def _change(channel: Channel, there: Conversation, what: str, name: str) -> None:
    """Change a channel or a whole team; an archived one is as it was, for the bot."""
    if not there.has_bot or there.team is None:
        raise web.HTTPBadRequest(text="the bot hears of teams and channels that it is in")
    match what:
        case "close":
            channel.closed[there.id] = channel.conversations.pop(there.id)
        case "reopen":
            channel.conversations[there.id] = channel.closed.pop(there.id)
        case "rename":
            there.name = name
        case "rename-team":
            there.team.name = name
        case "delete-team":
            for one in there.team.channels:
                channel.conversations.pop(one.id, None)


def _member_moved(
    channel: Channel, person: Person, there: Conversation, what: str, who: str
) -> list[dict[str, Any]]:
    other = channel.find_person(who)
    if other is None:
        raise web.HTTPNotFound(text="nobody in the story has this name")
    if what == "join":
        there.members.append(other["id"])
    else:
        there.members.remove(other["id"])
    return [activities.members(channel, person, there, what, other)]


def _message_moved(
    channel: Channel, person: Person, there: Conversation, what: str, message: Message | None
) -> list[dict[str, Any]]:
    if message is None and what != "undelete":
        raise web.HTTPNotFound(text="there is no such message")
    if what == "delete" and message is not None:
        channel.delete(there, message)
    if message is not None and message.sender == BOT:
        return []
    return [activities.message_moved(channel, person, there, message, MESSAGE_EVENTS[what])]
