"""What Teams documents, from `documented.json`, and the sliding windows of its limits."""

import json
from collections import deque
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import web

FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "documented.json").read_text(encoding="utf-8"))


class ConnectorError(Exception):
    """Carries one of Teams' documented refusals, by its name in `documented.json`, to the caller."""

    def __init__(self, name: str, *, status: int | None = None) -> None:
        super().__init__(name)
        self.status: int = status or FACTS["errors"][name]["status"]
        self.body = {"error": {key: FACTS["errors"][name][key] for key in ("code", "message")}}

    def response(self) -> web.Response:
        return web.json_response(self.body, status=self.status)


class Windows:
    """Counts calls in sliding windows and refuses the one that is too many."""

    def __init__(self) -> None:
        self._calls: dict[str, deque[float]] = {}

    def count(self, scope: str, limit: str) -> None:
        """Count a call to `scope` (a thread, or the app) under a limit of `documented.json`."""
        now = monotonic()
        calls = self._calls.setdefault(f"{limit}:{scope}", deque())
        windows: list[list[int]] = FACTS["limits"][limit]
        while calls and now - calls[0] > windows[-1][1]:
            calls.popleft()
        for most, seconds in windows:
            if len(calls) >= most and now - calls[-most] < seconds:
                raise ConnectorError("tooMany")
        calls.append(now)


def remarks(card: dict[str, Any]) -> list[str]:
    """Return what Teams would take badly in a card that it nevertheless takes."""
    found = []
    if len(json.dumps(card, ensure_ascii=False).encode()) > FACTS["sizes"]["cardUtf8"]:
        found.append("card is over 28 KiB")
    if "version" not in card:
        found.append("card has no version: phones do not draw it")
    if len(card.get("refresh", {}).get("userIds", [])) > FACTS["refresh"]["people"]:
        found.append("card refreshes for more than 60 people")
    if len([a for a in card.get("actions", []) if a.get("mode") != "secondary"]) > FACTS["sizes"]["actions"]:
        found.append("card has more than six visible actions")
    return found
