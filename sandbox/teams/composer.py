"""Message extensions: an action that a person chooses in the compose box or on a message, and its form."""

import html
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from sandbox.teams import activities
from sandbox.teams.channel import Answer, Dialog
from sandbox.teams.invokes import WENT_WRONG, Client, Shown, dialog_answer
from sandbox.teams.model import BOT, Message

FETCH = "composeExtension/fetchTask"
SUBMIT = "composeExtension/submitAction"


def extension_answer(answer: Answer, *, may_close: bool) -> Shown:
    """Read an answer to a message extension: a dialog, a sentence, or what is put into the box."""
    body = answer.body
    told = body.get("composeExtension") if isinstance(body, dict) else None
    if answer.status not in range(200, 300) or not isinstance(told, dict):
        return dialog_answer(answer, may_close=may_close)
    if told.get("type") == "message" and isinstance(told.get("text"), str):
        return {"kind": "message", "text": told["text"]}
    if told.get("type") in {"result", "botMessagePreview"} and may_close:
        return {"kind": "draft"}
    return WENT_WRONG


class Composer(Client):
    """A client whose person is about to write in a conversation, or looks at a message of it."""

    async def open(
        self, command: str, context: str, *, on: Message | None, root: str | None
    ) -> tuple[Answer, Shown]:
        """Choose an action; `on` is the message it was chosen on."""
        value: dict[str, Any] = {"commandId": command, "commandContext": context}
        if on is not None:
            value["messagePayload"], root = self._payload(on), on.root
        return await self._ask(FETCH, value, root)

    async def submit(
        self, dialog: Dialog, action: dict[str, Any], inputs: dict[str, Any]
    ) -> tuple[Answer, Shown]:
        """Send the form; it stays open if the answer could not be used."""
        data = {**(action.get("data") or {}), **inputs}
        value = {**(dialog.command or {}), "data": data}
        answer, shown = await self._ask(SUBMIT, value, dialog.message_id or None)
        if shown["kind"] != "error":
            self.channel.dialogs.pop(dialog.id, None)
        return answer, shown

    async def _ask(self, name: str, value: dict[str, Any], root: str | None) -> tuple[Answer, Shown]:
        sent = {**value, "requestId": uuid4().hex, "context": {"theme": "default"}}
        beside = "message" if "messagePayload" in value else "compose"
        answer = await self.channel.deliver(
            activities.invoke(
                self.channel,
                self.person,
                self.there,
                root=root,
                source=None,
                name=name,
                value=sent,
                beside=beside,
            )
        )
        shown = extension_answer(answer, may_close=name == SUBMIT)
        if shown["kind"] == "dialog":
            command = {key: value[key] for key in value if key != "data"}
            opened = Dialog(
                uuid4().hex,
                self.person["id"],
                self.there.id,
                root or "",
                shown["title"],
                shown["card"],
                command,
            )
            self.channel.dialogs[opened.id] = opened
            shown = {"kind": "dialog", "dialog": asdict(opened)}
        self._note(name, value["commandId"], answer, shown, "manual")
        return answer, shown

    def _payload(self, message: Message) -> dict[str, Any]:
        """Return a message as an action on it is told."""
        said = str(message.activity.get("text") or "")
        sender: dict[str, Any] = {"device": None, "conversation": None, "user": None, "application": None}
        if message.sender == BOT:
            bot = self.channel.story.bot
            sender["application"] = {
                "applicationIdentityType": "bot",
                "id": bot["appId"],
                "displayName": bot["name"],
            }
        else:
            person = self.channel.cast[message.sender]
            sender["user"] = {
                "userIdentityType": "aadUser",
                "id": person["id"],
                "displayName": person["displayName"],
            }
        return {
            "id": message.id,
            "replyToId": None if message.root == message.id else message.root,
            "createdDateTime": message.sent_at.isoformat(),
            "lastModifiedDateTime": message.updated_at.isoformat() if message.updated_at else None,
            "deleted": False,
            "importance": "normal",
            "locale": self.person["preferredLanguage"].lower(),
            "body": {"contentType": "html", "content": f"<div><div>{html.escape(said)}</div>\n</div>"},
            "from": sender,
            "reactions": [],
            "mentions": [],
            "attachments": [],
        }
