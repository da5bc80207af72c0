"""What Teams' menus offer of the app, read from its manifest: by scope, and in the person's language."""

import json
import re
from pathlib import Path
from typing import Any

from sandbox.teams.model import Conversation

SCOPES = {"personal": "personal", "groupChat": "groupChat", "channel": "team"}
CONTEXTS = ["compose", "commandBox"]
NONE: dict[str, list["Json"]] = {"commands": [], "slash": [], "compose": [], "message": []}
Json = dict[str, Any]


def read(manifest: Path, language: str) -> Json:
    """Return the manifest, its texts replaced by those of the person's language where the package has it."""
    raw: Json = json.loads(manifest.read_text(encoding="utf-8"))
    for entry in (raw.get("localizationInfo") or {}).get("additionalLanguages", []):
        if language.partition("-")[0] == entry["languageTag"].partition("-")[0]:
            folders = (manifest.parent, manifest.parent / "languages")
            file = next(folder / entry["file"] for folder in folders if (folder / entry["file"]).is_file())
            for path, text in json.loads(file.read_text(encoding="utf-8")).items():
                _put(raw, path, text)
    return raw


def _put(raw: Json, path: str, text: str) -> None:
    """Put a text where a path such as `bots[0].commandLists[1].commands[0].title` leads."""
    *steps, last = re.findall(r"[^.\[\]]+", path)
    place: Any = raw
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    place[last] = text


def menus(manifest: Path, there: Conversation, language: str) -> dict[str, list[Json]]:
    """Return the menus of a conversation: `commands`, `slash`, `compose`, and `message` of each message.

    A bot's command is there where the bot is; a message extension works in every chat of its people.
    """
    raw = read(manifest, language)
    actions = [
        command
        for extension in raw.get("composeExtensions", [])
        for command in extension["commands"]
        if command.get("type") == "action"
    ]
    group = there.kind in {"groupChat", "channel"}
    slashed = [one for one in actions if group and "slash" in one.get("triggers", [])]
    return {
        "commands": _commands(raw, there, "mention"),
        "slash": [*_commands(raw, there, "slash"), *(_action(one) for one in slashed)],
        "compose": [_action(one) for one in actions if "compose" in one.get("context", CONTEXTS)],
        "message": [_action(one) for one in actions if "message" in one.get("context", CONTEXTS)],
    }


def _commands(raw: Json, there: Conversation, trigger: str) -> list[Json]:
    """Return the bot's commands for a trigger; a slash makes a targeted message, which no 1:1 has."""
    found: list[Json] = []
    for bot in raw.get("bots", []):
        if not there.has_bot or (trigger == "slash" and not bot.get("supportsTargetedMessages")):
            continue
        for listed in bot.get("commandLists", []):
            if SCOPES.get(there.kind) in listed["scopes"] and trigger in listed.get("triggers", ["mention"]):
                found += [
                    {"title": one["title"], "description": one.get("description", "")}
                    for one in listed["commands"]
                ]
    return [] if trigger == "slash" and not there.is_group else found


def _action(command: Json) -> Json:
    return {
        "id": command["id"],
        "title": command["title"],
        "description": command.get("description", ""),
    }
