"""Presses, dialogs, refreshes and typeahead: what a client sends and how it takes the bot's answer."""

import asyncio
from dataclasses import asdict
from time import monotonic
from typing import Any
from uuid import uuid4

from sandbox.teams import activities
from sandbox.teams.channel import Answer, Channel, Dialog, Person
from sandbox.teams.documented import FACTS
from sandbox.teams.model import CARD, Conversation, Message, parts

WENT_WRONG = {"kind": "error", "text": "Something went wrong. Please try again."}
MESSAGE = "application/vnd.microsoft.activity.message"
SEARCH_RESULT = "application/vnd.microsoft.search.searchResponse"
OK = 200
PATIENCE = 3.0
Shown = dict[str, Any]


def _is_card(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "AdaptiveCard"


def card_answer(answer: Answer) -> Shown:
    """Read an answer to adaptiveCard/action as Teams does: a card, a message, or a failure."""
    body = answer.body
    if answer.status not in range(200, 300) or not isinstance(body, dict) or body.get("statusCode") != OK:
        return WENT_WRONG
    kind, value = body.get("type"), body.get("value")
    if kind == CARD and _is_card(value):
        return {"kind": "card", "card": value}
    if kind == MESSAGE and isinstance(value, str):
        return {"kind": "message", "text": value}
    return WENT_WRONG


def dialog_answer(answer: Answer, *, may_close: bool) -> Shown:
    """Read an answer to task/fetch or task/submit; nothing closes a dialog that was submitted."""
    if answer.status not in range(200, 300):
        return WENT_WRONG
    if not answer.body:
        return {"kind": "nothing"} if may_close else WENT_WRONG
    task = answer.body.get("task") if isinstance(answer.body, dict) else None
    if not isinstance(task, dict):
        return WENT_WRONG
    value = task.get("value")
    if task.get("type") == "message" and isinstance(value, str):
        return {"kind": "message", "text": value}
    if task.get("type") == "continue" and isinstance(value, dict):
        attachment = value.get("card") or {}
        if attachment.get("contentType") == CARD and _is_card(attachment.get("content")):
            return {"kind": "dialog", "title": value.get("title") or "", "card": attachment["content"]}
    return WENT_WRONG


def search_answer(answer: Answer) -> Shown:
    """Read an answer to application/search: at most fifteen rows of a title and a value."""
    body = answer.body
    if answer.status not in range(200, 300) or not isinstance(body, dict):
        return WENT_WRONG
    rows = (body.get("value") or {}).get("results")
    if body.get("statusCode") != OK or body.get("type") != SEARCH_RESULT or not isinstance(rows, list):
        return WENT_WRONG
    if not all(isinstance(row, dict) and isinstance(row.get("title"), str) for row in rows):
        return WENT_WRONG
    return {"kind": "results", "results": rows[: FACTS["typeahead"]["rows"]]}


def find_action(card: dict[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the action on a card that has the wanted id, verb or title, wherever on the card it stands."""
    actions = [part for part in parts(card) if str(part.get("type", "")).startswith("Action.")]
    for action in actions:
        verb = action.get("verb") or (action.get("data") or {}).get("verb")
        found = {"id": action.get("id"), "verb": verb, "title": action.get("title")}
        if wanted and all(found.get(key) == value for key, value in wanted.items()):
            return action
    return None


class Client:
    """One person's Teams client, looking at one conversation."""

    def __init__(self, channel: Channel, person: Person, there: Conversation) -> None:
        self.channel, self.person, self.there = channel, person, there

    async def _invoke(
        self, name: str, value: Any, source: Message | None, *, root: str | None = None
    ) -> Answer:
        root = source.root if source else root
        return await self.channel.deliver(
            activities.invoke(
                self.channel,
                self.person,
                self.there,
                root=root,
                source=source.id if source else None,
                name=name,
                value=value,
            )
        )

    def _note(self, name: str, verb: str | None, answer: Answer, shown: Shown, trigger: str) -> None:
        self.channel.ledger.record(
            "invoke",
            name=name,
            verb=verb,
            status=answer.status,
            by=self.person["id"],
            trigger=trigger,
            shown=shown["kind"],
        )

    async def look(self) -> None:
        """Refresh the cards that are due, as a client does when the conversation comes into view."""
        due = [m for m in list(self.there.seen_by(self.person["id"]))[-30:] if self._wants_refresh(m)]
        if due:
            await asyncio.wait([self.channel.spawn(self._refresh(m)) for m in due], timeout=PATIENCE)

    def _wants_refresh(self, message: Message) -> bool:
        refresh = (message.card_for(self.person["id"]) or {}).get("refresh")
        if not refresh or not refresh.get("action"):
            return False
        named = refresh.get("userIds")
        if named is None and len(self.there.members) > FACTS["refresh"]["people"]:
            return False
        if named is not None and not {self.person["teamsUserId"], self.person["id"]} & set(named):
            return False
        last = message.refreshed.get(self.person["id"])
        return last is None or monotonic() - last > FACTS["refresh"]["everySeconds"]

    async def _refresh(self, message: Message) -> None:
        card, revision = message.card_for(self.person["id"]) or {}, message.revision
        message.refreshed[self.person["id"]] = monotonic()
        action = card["refresh"]["action"]
        _, shown = await self._execute(message, action, {}, "automatic")
        if shown["kind"] == "card" and message.revision == revision:
            self._show(message, shown["card"])

    def _show(self, message: Message, card: dict[str, Any]) -> None:
        message.views[self.person["id"]] = card
        message.refreshed[self.person["id"]] = monotonic()
        self.channel.tell(
            {
                "what": "view",
                "conversation": self.there.id,
                "messageId": message.id,
                "person": self.person["key"],
            }
        )

    async def _execute(
        self, message: Message, action: dict[str, Any], inputs: dict[str, Any], trigger: str
    ) -> tuple[Answer, Shown]:
        sent = {key: action[key] for key in ("type", "id", "title", "verb") if key in action}
        data = action.get("data") or {}
        value: dict[str, Any] = {"action": {**sent, "data": {**data, **inputs}}, "trigger": trigger}
        answer = await self._invoke("adaptiveCard/action", value, message)
        shown = card_answer(answer)
        self._note("adaptiveCard/action", action.get("verb"), answer, shown, trigger)
        return answer, shown

    async def press(
        self, message: Message, action: dict[str, Any], inputs: dict[str, Any]
    ) -> tuple[Answer, Shown]:
        """Press an Action.Execute or an Action.Submit of a message's card."""
        if action.get("associatedInputs") == "none":
            inputs = {}
        if action.get("type") == "Action.Execute":
            answer, shown = await self._execute(message, action, inputs, "manual")
            if shown["kind"] == "card":
                self._show(message, shown["card"])
            return answer, shown
        data = {**(action.get("data") or {}), **inputs}
        teams = data.get("msteams") or {}
        if teams.get("type") == "task/fetch":
            return await self._dialog("task/fetch", data, message, message.id)
        value = {key: value for key, value in data.items() if key != "msteams"}
        answer = await self.channel.deliver(
            activities.submitted(
                self.channel,
                self.person,
                self.there,
                root=message.root,
                source=message.id,
                value=value,
                text=str(teams.get("text") or ""),
            )
        )
        shown = {"kind": "nothing"} if answer.status in range(200, 300) else WENT_WRONG
        return answer, shown

    async def _dialog(
        self, name: str, data: dict[str, Any], source: Message | None, source_id: str
    ) -> tuple[Answer, Shown]:
        value = {"data": data, "context": {"theme": "default"}}
        answer = await self._invoke(name, value, source)
        shown = dialog_answer(answer, may_close=name == "task/submit")
        if shown["kind"] == "dialog":
            opened = Dialog(
                uuid4().hex, self.person["id"], self.there.id, source_id, shown["title"], shown["card"]
            )
            self.channel.dialogs[opened.id] = opened
            shown = {"kind": "dialog", "dialog": asdict(opened)}
        self._note(name, data.get("verb"), answer, shown, "manual")
        return answer, shown

    async def submit(
        self, dialog: Dialog, action: dict[str, Any], inputs: dict[str, Any]
    ) -> tuple[Answer, Shown]:
        """Press an Action.Submit in a dialog; it stays open if the answer could not be used."""
        source = self.there.messages.get(dialog.message_id)
        data = {**(action.get("data") or {}), **inputs}
        answer, shown = await self._dialog("task/submit", data, source, dialog.message_id)
        if shown["kind"] != "error":
            self.channel.dialogs.pop(dialog.id, None)
        return answer, shown

    async def search(self, source: Message | None, value: dict[str, Any]) -> tuple[Answer, Shown]:
        """Ask the bot for the rows of a typeahead."""
        answer = await self._invoke("application/search", value, source)
        shown = search_answer(answer)
        self._note("application/search", value.get("dataset"), answer, shown, "manual")
        return answer, shown
