"""What is on a person's screen: the people, their conversations, and messages as this person sees them."""

from typing import Any

from sandbox.teams import files, sent
from sandbox.teams.channel import Channel, Person
from sandbox.teams.model import BOT, TWO_PEOPLE, Conversation, Message

STORY_APP = "health-records"
GROUP_ROLES = {
    "security-operations": "Security admin",
    "guest-access-admins": "Guest access admin",
    "internal-audit": "Auditor",
}


SEEN_ELSEWHERE = (
    "graph.call",
    "connector.call",
    "activity.",
    "invoke",
    "message.",
    "card.p",
    "card.u",
    "onedrive",
)
NEWEST = 12


def effects(channel: Channel) -> dict[str, Any]:
    """Return the newest effects that no conversation shows, newest first, and how many calls there were."""
    entries = channel.ledger.entries
    found = [entry for entry in entries if not entry.kind.startswith(SEEN_ELSEWHERE)][-NEWEST:]
    return {
        "effects": [
            {"kind": entry.kind, "at": entry.at, "detail": entry.detail} for entry in reversed(found)
        ],
        "calls": {
            "graph": len(channel.ledger.of("graph.call")),
            "connector": len(channel.ledger.of("connector.call")),
        },
    }


def _role(channel: Channel, person: Person) -> str:
    """Say what somebody is in the story, which decides what they may try."""
    if "organisation" in person:
        return f"Of {person['organisation']}, in a shared channel"
    raw = channel.story.raw
    app = next(app for app in raw["apps"] if app["key"] == STORY_APP)
    if person["id"] in app["owners"]:
        reach = "" if channel.reachable(person["id"]) else ", without the Teams app"
        return f"Owner of {app['displayName']}{reach}"
    for group in raw["groups"]:
        if group["key"] in GROUP_ROLES and person["id"] in group["members"]:
            return GROUP_ROLES[group["key"]]
    if any(person["id"] in app["owners"] for app in raw["apps"]):
        return "Owner of other apps"
    return "Team member" if channel.reachable(person["id"]) else "Without the Teams app"


def people(channel: Channel) -> dict[str, Any]:
    members = [
        {
            "key": person["key"],
            "id": person["id"],
            "name": person["displayName"],
            "title": person["jobTitle"],
            "role": _role(channel, person),
            "enabled": person["accountEnabled"],
            "hasApp": person["id"] in channel.installed,
            "outside": "organisation" in person,
        }
        for person in channel.cast.values()
    ]
    guests = [
        {"key": guest["key"], "name": guest["displayName"], "address": guest["address"]}
        for guest in channel.story.raw["guestsToBe"]
    ]
    return {
        "people": members,
        "guests": guests,
        "bot": channel.story.bot,
        "tenant": channel.story.raw["tenant"],
    }


def found_people(channel: Channel, typed: str) -> list[dict[str, str]]:
    """Return the members whom a people picker finds, by how the words of their names begin."""
    words = typed.lower().split()
    found = []
    for person in channel.story.people.values():
        name = str(person["displayName"])
        known = [*name.lower().split(), str(person["mail"]).lower()]
        if all(any(part.startswith(word) for part in known) for word in words):
            found.append({"title": name, "value": str(person["id"])})
    return sorted(found, key=lambda row: row["title"])


def conversations(channel: Channel, person: Person) -> list[dict[str, Any]]:
    """List the person's channels and chats, those with the newest message first inside each kind."""
    mine = [there for there in channel.conversations.values() if person["id"] in there.members]
    rows = [_row(channel, there, person) for there in mine]
    order = {"channel": 0, "groupChat": 1, TWO_PEOPLE: 2, "personal": 3}
    return sorted(rows, key=lambda row: order[row["kind"]])


def _row(channel: Channel, there: Conversation, person: Person) -> dict[str, Any]:
    seen = list(there.seen_by(person["id"]))
    read = int(there.read.get(person["id"], 0))
    newest = max((_moved(message) for message in seen if message.sender != person["id"]), default=0)
    return {
        "id": there.id,
        "kind": there.kind,
        "name": _name(channel, there, person),
        "team": there.team.name if there.team else None,
        "unread": newest > read,
        "last": seen[-1].sent_at.isoformat() if seen else None,
        "members": len(there.members),
        "people": [channel.cast[member]["key"] for member in there.members],
        "installed": person["id"] in channel.installed,
        "blocked": there.kind == "personal" and person["id"] in channel.blocked,
        "closed": [
            {"id": one.id, "name": one.name}
            for one in channel.closed.values()
            if there.team is not None and one.team is there.team
        ],
        "hasBot": there.has_bot,
        "membership": there.membership,
    }


def _name(channel: Channel, there: Conversation, person: Person) -> str:
    others = [channel.cast[member]["displayName"] for member in there.members if member != person["id"]]
    if there.kind == TWO_PEOPLE:
        return str(others[0])
    return there.name or str(channel.story.bot["name"])


def _moved(message: Message) -> int:
    """Return when a message last changed, in the milliseconds that message ids are made of."""
    return int(message.updated_at.timestamp() * 1000) if message.updated_at else int(message.id)


def messages(channel: Channel, there: Conversation, person: Person) -> dict[str, Any]:
    """Return a conversation as this person sees it, and count it as read."""
    seen = list(there.seen_by(person["id"]))
    there.read[person["id"]] = str(max((_moved(message) for message in seen), default=0))
    return {
        "conversation": _row(channel, there, person),
        "messages": [_message(channel, message, person) for message in seen],
    }


def _message(channel: Channel, message: Message, person: Person) -> dict[str, Any]:
    by_bot = message.sender == BOT
    sender = None if by_bot else channel.cast[message.sender]
    return {
        "id": message.id,
        "thread": message.root,
        "from": {
            "key": sender["key"] if sender else BOT,
            "name": sender["displayName"] if sender else channel.story.bot["name"],
            "bot": by_bot,
        },
        "text": message.activity.get("text") or "",
        "markdown": by_bot and message.activity.get("textFormat", "markdown") == "markdown",
        "card": message.card_for(person["id"]),
        "file": files.shown(message),
        "attached": sent.names(message),
        "ownView": person["id"] in message.views,
        "onlyYou": message.only_for is not None,
        "at": message.sent_at.isoformat(),
        "updatedAt": message.updated_at.isoformat() if message.updated_at else None,
        "revision": message.revision,
    }
