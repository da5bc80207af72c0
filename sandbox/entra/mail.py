"""Mail through Graph: drafts that can be found again by an extended property, sending, sent items."""

import re
import secrets
from email.utils import make_msgid
from uuid import uuid4

from sandbox.entra.call import Answer, Call, Refused
from sandbox.entra.filters import Filter
from sandbox.entra.mailbox import Mail, Mailbox, Message
from sandbox.entra.shaping import TYPES, draw, page, selected
from sandbox.entra.tenant import Json, stamp

EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '((?:[^']|'')+)'\)")
UNSTORED = ("singleValueExtendedProperties", "@odata.type")


def _mailbox(call: Call) -> Mailbox:
    """Return the one mailbox that the app may use; any other that exists is refused."""
    key, box = call.args["id"].lower(), call.tenant.mailbox
    if key in (box.id, box.address.lower()):
        return box
    raise Refused("mailDenied" if call.tenant.find("user", key) else "notFound", id=call.args["id"])


def _message(call: Call) -> Message:
    message = _mailbox(call).find(call.args["message"])
    if message is None:
        raise Refused("mailNotFound")
    return message


def _drawn(call: Call, message: Message) -> Json:
    """Return a message under the kind of id that the caller prefers."""
    prefers = call.headers.get("Prefer", "").replace('"', "").lower()
    key = message.immutable_id if "idtype=immutableid" in prefers else message.rest_id
    shape = draw("message", {**message.props, "id": key}, selected("message", call.query.get("$select")))
    expand = call.query.get("$expand")
    if expand:
        found = EXPAND.fullmatch(expand.strip())
        if not found:
            raise Refused("badQuery", detail=f"'{expand}' cannot be expanded here.")
        wanted = found[1].replace("''", "'")
        shape["singleValueExtendedProperties"] = [each for each in message.properties if each["id"] == wanted]
    return shape


def _new(box: Mailbox, given: Json) -> Message:
    writable = TYPES["message"]["writable"]
    unknown = [name for name in given if name not in (*writable, *UNSTORED)]
    if unknown:
        raise Refused("badQuery", detail=f"The property '{unknown[0]}' cannot be set on a message here.")
    now = stamp()
    sender = {"emailAddress": {"name": box.name, "address": box.address}}
    body = given.get("body") or {"contentType": "text", "content": ""}
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body["content"])).strip()
    props = {
        **TYPES["message"]["new"],
        "createdDateTime": now,
        "lastModifiedDateTime": now,
        "internetMessageId": make_msgid(domain="contoso-health.com"),
        "changeKey": secrets.token_urlsafe(12),
        "conversationId": str(uuid4()),
        "bodyPreview": text[:255],
        "sender": sender,
        "from": sender,
        **{name: given[name] for name in writable if name in given},
        "body": body,
    }
    properties = [
        {"id": p["id"], "value": p["value"]} for p in given.get("singleValueExtendedProperties", [])
    ]
    return Message(props, properties)


def create_draft(call: Call) -> Answer:
    box = _mailbox(call)
    message = _new(box, call.body())
    box.messages.append(message)
    call.world.ledger.record("mail.drafted", key=_key(message), to=_receivers(message))
    context = call.context(f"users('{box.id}')/messages/$entity")
    return Answer(201, {"@odata.context": context, **_drawn(call, message)})


def _key(message: Message) -> str | None:
    return next((each["value"] for each in message.properties), None)


def _receivers(message: Message) -> list[str]:
    lists = ("toRecipients", "ccRecipients", "bccRecipients")
    return [each["emailAddress"]["address"] for name in lists for each in message.props.get(name) or []]


def list_messages(call: Call) -> Answer:
    call.allow("$filter", "$select", "$expand", "$top", "$skiptoken")
    box = _mailbox(call)
    found = box.messages
    if "$filter" in call.query:
        parsed = Filter(call.query["$filter"], TYPES["message"]["filter"])
        found = [
            m for m in found if parsed.matches({**m.props, "singleValueExtendedProperties": m.properties})
        ]
    body: Json = {"@odata.context": call.context(f"users('{box.id}')/messages")}
    body["value"] = [_drawn(call, message) for message in page(call, body, found)]
    return Answer(body=body)


def get_message(call: Call) -> Answer:
    call.allow("$select", "$expand")
    context = call.context(f"users('{call.tenant.mailbox.id}')/messages/$entity")
    return Answer(body={"@odata.context": context, **_drawn(call, _message(call))})


def delete_message(call: Call) -> Answer:
    _mailbox(call).messages.remove(_message(call))
    return Answer(204)


def send_message(call: Call) -> Answer:
    message, switches = _message(call), call.tenant.switches
    if not message.props["isDraft"] and switches["sendSentMessage"] == "refused":
        raise Refused("alreadySent")
    _send(call, message)
    fresh = Message({})
    message.rest_id = fresh.rest_id
    if switches["immutableIdOnSend"] == "changes":
        message.immutable_id = fresh.immutable_id
    return Answer(202)


def _send(call: Call, message: Message) -> None:
    receivers, now = _receivers(message), stamp()
    if not receivers:
        raise Refused("mailNoReceiver")
    message.props |= {
        "isDraft": False,
        "parentFolderId": "sentitems",
        "sentDateTime": now,
        "receivedDateTime": now,
    }
    box = call.tenant.mailbox
    body = message.props["body"]["content"]
    mail = Mail(f"{box.name} <{box.address}>", receivers, message.props.get("subject") or "", body, now)
    call.tenant.deliver(mail, _key(message))


def send_mail(call: Call) -> Answer:
    """Send at once: nothing tells afterwards whether it happened, unless a copy is saved."""
    box, body = _mailbox(call), call.body()
    message = _new(box, body.get("message") or {})
    _send(call, message)
    if body.get("saveToSentItems", True):
        box.messages.append(message)
    return Answer(202)


ROUTES = [
    ("POST", "/users/{id}/messages", create_draft),
    ("GET", "/users/{id}/messages", list_messages),
    ("GET", "/users/{id}/messages/{message}", get_message),
    ("DELETE", "/users/{id}/messages/{message}", delete_message),
    ("POST", "/users/{id}/messages/{message}/send", send_message),
    ("POST", "/users/{id}/sendMail", send_mail),
]
