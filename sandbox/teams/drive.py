"""Files in somebody's OneDrive, the room that an upload session makes for one, and who may send some."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import web

from sandbox.teams.menus import read

if TYPE_CHECKING:
    from sandbox.teams.channel import Channel
    from sandbox.teams.model import Conversation


@dataclass
class Session:
    """Room for one file of one person, or the file."""

    person_id: str
    name: str
    expires_at: datetime
    secret: str = field(default_factory=lambda: uuid4().hex)
    data: bytearray = field(default_factory=bytearray)
    is_whole: bool = False

    @property
    def missing(self) -> dict[str, Any]:
        expires = self.expires_at.isoformat().replace("+00:00", "Z")
        return {"expirationDateTime": expires, "nextExpectedRanges": [f"{len(self.data)}-"]}


def takes_files(channel: "Channel", there: "Conversation") -> bool:
    """Tell whether files come and go there: in a chat with an app whose manifest says so."""
    return there.kind == "personal" and any(
        bot.get("supportsFiles") for bot in read(channel.settings.manifest, "en")["bots"]
    )


def failure(
    status: int, headers: dict[str, str] | None = None, code: str = "generalException"
) -> web.Response:
    body = {"error": {"code": code, "message": f"The sandbox's OneDrive answers {status}."}}
    return web.json_response(body, status=status, headers=headers)
