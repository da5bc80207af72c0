"""Activities into turns: who acts, where, and what they said, pressed, filled in or looked for."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from botbuilder.schema import Activity

from access.rules.model import ObjectId, TenantId
from bot.teams.attachments import attached
from bot.teams.reader import Malformed, part, text
from bot.teams.reference import Reference, is_targeted
from dialogs.turn import (
    Actor,
    Consented,
    Joined,
    Opened,
    Pressed,
    Room,
    Said,
    Scope,
    Searched,
    Submitted,
    Turn,
)

_TAG = re.compile(r"</?at\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_ASIDE = "aside"
_LINK = re.compile(r"<a\s[^<>]*>|</a>", re.IGNORECASE)
"""What Teams makes of an address; what stands between the tags is what was typed."""
_OURS = "\0"
"""Stands for a mention of the bot until it is taken out; no text that is read holds one."""
_AROUND_OURS = re.compile(r"([,;:]?) ?\0(?:[ ,;:]*\0)*(?:([,;:])| ([,;:])(?= |$)|([.!?]+)(?= |$))?")
_SPOKEN_TO = r"^(?:(?:\s|\0|&nbsp;)*(?:<at\b[^<>]*>{name}</at>|@{name}(?![\w.-])))+"
_MOST_ROWS = 15
_SCOPES = {"personal": Scope.PERSONAL, "channel": Scope.CHANNEL, "groupChat": Scope.GROUP_CHAT}


def scope_of(activity: Activity) -> Scope:
    """Return where it happened; what is unknown is taken for a place where others listen."""
    return _SCOPES.get(activity.conversation.conversation_type, Scope.GROUP_CHAT)


def actor_of(activity: Activity) -> Actor | None:
    """Return who acts: object id and tenant of the validated activity; None for who has no object id."""
    sender = activity.from_property
    if not sender.aad_object_id:
        return None
    return Actor(
        object_id=ObjectId(sender.aad_object_id.lower()),
        tenant_id=TenantId(activity.conversation.tenant_id or ""),
        name=sender.name or "",
        locale=activity.locale or "",
        zone=activity.local_timezone or "",
    )


def said_text(activity: Activity) -> str:
    """Return what was typed, without the bot's mentions, on one line.

    A mention is found by its entity, not by the bot's name, which others may carry too; only where a text
    begins with the name, as a tag without its entity or as plain `@name`, is the bot spoken to by it.
    """
    typed = activity.text or ""
    if "<" in typed:
        typed = _LINK.sub("", typed)
    for entity in activity.entities or ():
        mentioned, shown = entity.get("mentioned"), entity.get("text")
        if entity.get("type") != "mention" or not isinstance(mentioned, dict) or not isinstance(shown, str):
            continue
        if mentioned.get("id") == activity.recipient.id and shown:
            typed = _without_mention(typed, shown)
    if ("<" in typed or "@" in typed) and (name := activity.recipient.name):
        typed = re.sub(_SPOKEN_TO.format(name=re.escape(name)), _OURS, typed, count=1, flags=re.IGNORECASE)
    line = " ".join(html.unescape(_TAG.sub("", typed)).split())
    return " ".join(_AROUND_OURS.sub(_unmentioned, line).split()) if _OURS in line else line


def _unmentioned(found: re.Match[str]) -> str:
    """Return what is left where a mention was: of the marks around it at most one, and only within a text."""
    before, after, apart, end = (mark or "" for mark in found.groups())
    if found.start() == 0:
        return ""
    if found.end() == len(found.string):
        return end
    return f"{end or before or after or apart} "


def _without_mention(typed: str, shown: str) -> str:
    """Take one mention out; where the entity spells the tag in another way, by the name within it."""
    if shown in typed:
        return typed.replace(shown, _OURS, 1)
    name = re.escape(_TAG.sub("", shown))
    return re.sub(rf"<at\b[^<>]*>{name}</at>", _OURS, typed, count=1, flags=re.IGNORECASE)


def turn_of(activity: Activity, actor: Actor) -> Turn:
    """Return the turn; raises `Malformed` where the value is not what the activity's name says."""
    told: dict[str, Any] = {
        "actor": actor,
        "place": Reference.of_activity(activity, aside=_began_aside(activity)).place,
        "scope": scope_of(activity),
        # A message's id is unique in its conversation only.
        "activity": f"{activity.conversation.id}/{activity.id}",
        "message": activity.reply_to_id or "",
    }
    if activity.type == "invoke":
        value = activity.value
        if not isinstance(value, dict):
            raise Malformed("an invoke without a value")
        return INVOKES[activity.name](value, told)
    if activity.type != "message":
        return Joined(**told)
    if isinstance(activity.value, dict):
        verb, data = _verb_and_data(activity.value)
        return Pressed(**told, verb=verb, data=data, anew=True)
    files = attached(activity) if told["scope"] is Scope.PERSONAL else ()
    return Said(**told, text=said_text(activity), alone=is_targeted(activity), files=files)


def marked_aside(node: Any) -> Any:
    """Return a card whose buttons say that its thread is one person's, for no activity of theirs tells so."""
    if isinstance(node, list):
        return [marked_aside(part) for part in node]
    if not isinstance(node, dict):
        return node
    marked = {name: marked_aside(part) for name, part in node.items()}
    if marked.get("type") in {"Action.Execute", "Action.Submit"}:
        marked["data"] = {**marked.get("data", {}), _ASIDE: True}
    return marked


def _began_aside(activity: Activity) -> bool:
    """Tell whether a button carries that mark; at worst a request opens a thread of its own."""
    value = activity.value
    for name in ("action", "data"):
        if isinstance(value, dict) and _ASIDE not in value:
            value = value.get(name, value)
    return isinstance(value, dict) and value.get(_ASIDE) is True


def _verb_and_data(data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the verb that an Action.Submit carries in its data, and the rest."""
    verb = data.get("verb")
    rest = {name: value for name, value in data.items() if name not in {"verb", "msteams", _ASIDE}}
    return verb if isinstance(verb, str) else "", rest


def _pressed(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    action = part(value, "action")
    verb = text(action, "verb")
    if verb is None:
        raise Malformed("an action without a verb")
    return Pressed(**told, verb=verb, data=part(action, "data"), refresh=value.get("trigger") == "automatic")


def _opened(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    verb, data = _verb_and_data(part(value, "data"))
    return Opened(**told, verb=verb, data=data)


def _submitted(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    verb, data = _verb_and_data(part(value, "data"))
    return Submitted(**told, verb=verb, data=data)


def _composing(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    """Read a command of the message extension that opens a form, maybe on a message that somebody wrote."""
    command = text(value, "commandId")
    if not command:
        raise Malformed("a command without an id")
    _, data = _verb_and_data(part(value, "data"))
    written = text(part(part(value, "messagePayload"), "body"), "content") or ""
    quoted = " ".join(html.unescape(_ANY_TAG.sub(" ", written)).split())
    return Opened(**told, verb=f"{command}.open", data=data, quoted=quoted)


def _searched(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    options = part(value, "queryOptions")
    top, skip = options.get("top"), options.get("skip")
    most = min(top, _MOST_ROWS) if isinstance(top, int) and top > 0 else _MOST_ROWS
    return Searched(
        **told,
        dataset=text(value, "dataset") or "",
        text=text(value, "queryText") or "",
        inputs=part(value, "data"),
        most=most,
        skip=max(skip, 0) if isinstance(skip, int) else 0,
    )


def read_consent(value: Any) -> tuple[str, dict[str, Any], Room | None]:
    """Read a yes or a no to a file that was offered: what was offered, and on a yes where the file goes.

    https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4
    """
    if not isinstance(value, dict) or value.get("action") not in {"accept", "decline"}:
        raise Malformed("an answer to a file that is neither yes nor no")
    verb, data = _verb_and_data(part(value, "context"))
    return verb, data, _room(part(value, "uploadInfo")) if value["action"] == "accept" else None


def _consented(value: dict[str, Any], told: dict[str, Any]) -> Turn:
    """Return the turn of an answer: one for each offer, however often that is answered."""
    verb, data, room = read_consent(value)
    place, offer = told["activity"].rpartition("/")[0], told["message"]
    activity = f"{place}/{offer}/consent" if offer else told["activity"]
    return Consented(**{**told, "activity": activity}, verb=verb, data=data, room=room)


def _room(info: dict[str, Any]) -> Room:
    names = ("name", "contentUrl", "uploadUrl", "uniqueId", "fileType")
    name, url, upload_url, unique_id, kind = (text(info, one) or "" for one in names)
    if not (url and upload_url and unique_id):
        raise Malformed("a yes without a place for the file")
    return Room(name, url, upload_url, unique_id, kind)


CONSENT = "fileConsent/invoke"
INVOKES: dict[str, Callable[[dict[str, Any], dict[str, Any]], Turn]] = {
    "adaptiveCard/action": _pressed,
    "task/fetch": _opened,
    "task/submit": _submitted,
    "application/search": _searched,
    "composeExtension/fetchTask": _composing,
    "composeExtension/submitAction": _submitted,
    CONSENT: _consented,
}
"""The invokes that are answered, by name."""

COMPOSED = frozenset({"composeExtension/fetchTask", "composeExtension/submitAction"})
"""Those of the message extension."""
