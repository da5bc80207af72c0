"""Reads an activity from bytes: only what is used, each part of the type it must have."""

from typing import Any

import orjson
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount

_LONGEST_ID = 1024


class Malformed(ValueError):
    """Bytes that are no activity, or an activity that is not what its type says."""


def read_activity(body: bytes) -> Activity:
    """Return the activity; raises `Malformed` for whatever a channel would not send."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed("not JSON") from error
    if not isinstance(raw, dict):
        raise Malformed("no object")
    if b"\\u0000" in body and _holds_nul(raw):
        raise Malformed("a NUL in a text")
    activity = Activity(
        type=identifier(raw, "type"),
        id=text(raw, "id"),
        channel_id=identifier(raw, "channelId"),
        service_url=identifier(raw, "serviceUrl"),
        from_property=_account(part(raw, "from")),
        recipient=_account(part(raw, "recipient")),
        conversation=_conversation(part(raw, "conversation")),
        name=text(raw, "name"),
        text=text(raw, "text"),
        value=raw.get("value"),
        locale=text(raw, "locale"),
        local_timezone=text(raw, "localTimezone"),
        reply_to_id=text(raw, "replyToId"),
        action=text(raw, "action"),
        entities=_objects(raw, "entities"),
        attachments=_objects(raw, "attachments"),
        channel_data=part(raw, "channelData"),
        members_added=[_account(one) for one in _objects(raw, "membersAdded")],
        members_removed=[_account(one) for one in _objects(raw, "membersRemoved")],
    )
    chosen_channel(activity.channel_data)  # which the welcome asks for when an answer is too late
    if activity.type in {"message", "invoke"}:
        identifier(raw, "id")
    return activity


def chosen_channel(channel_data: dict[str, Any]) -> str | None:
    """Return the channel that was chosen when the app was added to a team."""
    return text(part(part(channel_data, "settings"), "selectedChannel"), "id")


def text(raw: dict[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{name} is no text")
    return value


def identifier(raw: dict[str, Any], name: str) -> str:
    value = text(raw, name)
    if not value or len(value) > _LONGEST_ID:
        raise Malformed(f"{name} is missing or too long")
    return value


def part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a part that is an object, empty where there is none."""
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{name} is no object")
    return value


def _objects(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = raw.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Malformed(f"{name} is no list of objects")
    return value


def _account(raw: dict[str, Any]) -> ChannelAccount:
    account = ChannelAccount(
        id=identifier(raw, "id"), name=text(raw, "name"), aad_object_id=text(raw, "aadObjectId")
    )
    account.additional_properties = {
        "tenantId": text(raw, "tenantId"),
        "isTargeted": raw.get("isTargeted") is True,
    }
    return account


def _conversation(raw: dict[str, Any]) -> ConversationAccount:
    return ConversationAccount(
        id=identifier(raw, "id"),
        conversation_type=text(raw, "conversationType"),
        tenant_id=text(raw, "tenantId"),
    )


def _holds_nul(raw: Any) -> bool:
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and "\0" in value:
            return True
    return False
