"""Files that the bot offers: Teams' own cards for them, and the OneDrive that takes what was accepted.

POST /teams/consent {as, conversation, messageId, action: accept | decline}       → {status}
GET  /teams/files?as=                 [{name, size, url}] of this person's OneDrive, newest first
GET  /onedrive/files/{id}             the file itself
PUT, GET, DELETE /onedrive/upload/{id}?tempauth=…    an upload session, as Graph documents it
"""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aiohttp import web

from sandbox.faults import FAULT
from sandbox.teams import activities, sent
from sandbox.teams.documented import FACTS
from sandbox.teams.drive import Session, failure, takes_files

if TYPE_CHECKING:
    from sandbox.app import World
    from sandbox.teams.model import Message

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def shown(message: "Message") -> dict[str, Any] | None:
    """Return the card of a file that a message has, as a client draws it."""
    kinds = {FACTS["files"]["consent"]: "consent", FACTS["files"]["info"]: "info"}
    for attachment in message.activity.get("attachments") or []:
        if kind := kinds.get(attachment.get("contentType")):
            content = attachment.get("content") or {}
            return {
                "kind": kind,
                "name": attachment.get("name") or "",
                "description": content.get("description") or "",
                "size": content.get("sizeInBytes"),
                "url": attachment.get("contentUrl"),
            }
    return None


def routes(world: "World") -> list[web.RouteDef]:
    drive = OneDrive(world)
    session = "/onedrive/upload/{session}"
    return [
        web.post("/teams/consent", drive.consent),
        web.get("/teams/files", drive.list_files),
        web.get("/onedrive/files/{session}", drive.download),
        web.put(session, drive.faulty(drive.put)),
        web.get(session, drive.faulty(drive.missing)),
        web.delete(session, drive.faulty(drive.end)),
        web.post("/teams/attach", partial(sent.attach, world)),
        web.get("/personal/{person}/_layouts/15/download.aspx", drive.faulty(partial(sent.download, world))),
        web.get("/:x:/g/personal/{rest:.+}", drive.faulty(sent.sign_in)),
    ]


class OneDrive:
    """Everybody's files, and the sessions through which they come."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @property
    def _sessions(self) -> dict[str, Session]:
        sessions: dict[str, Session] = self._world.channel.sessions
        return sessions

    def faulty(self, handler: Handler) -> Handler:
        """Wrap a call with the faults that were asked for, and write it down."""

        async def call(request: web.Request) -> web.StreamResponse:
            async def serve() -> web.StreamResponse:
                return await handler(request)

            response = await self._world.faults.around(request, serve, failure)
            about = {"method": request.method, "status": response.status, "fault": request.get(FAULT)}
            told = request.headers.get("Content-Range")
            self._world.ledger.record("onedrive.call", **about, range=told)
            return response

        return call

    async def consent(self, request: web.Request) -> web.Response:
        """Accept or decline what the bot offers; accepted, there is room for it at once."""
        channel, asked = self._world.channel, await request.json()
        person = channel.find_person(str(asked.get("as")))
        there, _ = channel.conversation(str(asked.get("conversation")))
        message = there.messages.get(str(asked.get("messageId"))) if there else None
        if person is None or there is None or message is None or person["id"] not in there.members:
            raise web.HTTPNotFound(text="this person sees no such message")
        offered = next(
            (a for a in message.activity["attachments"] if a["contentType"] == FACTS["files"]["consent"]),
            None,
        )
        if offered is None or not takes_files(channel, there):
            raise web.HTTPBadRequest(text="a file is accepted in a chat with an app that supports files")
        accepted = asked.get("action") == "accept"
        context = offered["content"].get("acceptContext" if accepted else "declineContext")
        value = {"type": "fileUpload", "action": asked.get("action"), "context": context}
        if accepted:
            value["uploadInfo"] = self._room(str(person["id"]), str(offered.get("name")))
        told = {"root": message.root, "source": message.id, "name": "fileConsent/invoke", "value": value}
        answer = await channel.deliver(activities.invoke(channel, person, there, **told))
        return web.json_response({"status": answer.status})

    def _room(self, person_id: str, name: str) -> dict[str, Any]:
        seconds = float(self._world.switches["uploadSeconds"])
        unique_id = str(uuid4()).upper()
        session = Session(person_id, name, datetime.now(UTC) + timedelta(seconds=seconds))
        self._sessions[unique_id] = session
        origin = self._world.channel.origin
        return {
            "contentUrl": f"{origin}/onedrive/files/{unique_id}",
            "name": name,
            "uploadUrl": f"{origin}/onedrive/upload/{unique_id}?guid='{uuid4()}'&tempauth={session.secret}",
            "uniqueId": unique_id,
            "fileType": name.rpartition(".")[2],
        }

    def _open(self, request: web.Request) -> Session | None:
        found = self._sessions.get(request.match_info["session"])
        if found is None or found.is_whole or found.expires_at <= datetime.now(UTC):
            return None
        return found if request.query.get("tempauth") == found.secret else None

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Take the next range of a file."""
        found, told = self._open(request), _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if found is None:
            return failure(404, code="itemNotFound")
        if "Authorization" in request.headers:
            return failure(401, code="unauthenticated")
        body = await request.read()
        if told is None:
            return failure(400, code="invalidRequest")
        first, last, size = map(int, told.groups())
        if len(body) != last - first + 1 or len(body) >= FACTS["files"]["largest"] or last >= size:
            return failure(400, code="invalidRequest")
        if first != len(found.data):
            return failure(416, code="invalidRange")
        if last + 1 < size and len(body) % FACTS["files"]["multiple"]:
            return failure(400, code="invalidRequest")
        found.data += body
        if last + 1 < size:
            return web.json_response(found.missing, status=202)
        found.is_whole = True
        self._world.ledger.record("file.saved", name=found.name, size=size, person=found.person_id)
        unique_id = request.match_info["session"]
        return web.json_response({"id": unique_id, "name": found.name, "size": size, "file": {}}, status=201)

    async def missing(self, request: web.Request) -> web.StreamResponse:
        found = self._open(request)
        return web.json_response(found.missing) if found else failure(404, code="itemNotFound")

    async def end(self, request: web.Request) -> web.StreamResponse:
        if self._open(request) is None:
            return failure(404, code="itemNotFound")
        del self._sessions[request.match_info["session"]]
        return web.Response(status=204)

    async def list_files(self, request: web.Request) -> web.Response:
        person = self._world.channel.find_person(request.query.get("as", ""))
        mine = [
            {"name": one.name, "size": len(one.data), "url": f"/onedrive/files/{unique_id}"}
            for unique_id, one in self._sessions.items()
            if one.is_whole and person and one.person_id == person["id"]
        ]
        return web.json_response(mine[::-1])

    async def download(self, request: web.Request) -> web.Response:
        found = self._sessions.get(request.match_info["session"])
        if found is None or not found.is_whole:
            raise web.HTTPNotFound
        headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
        return web.Response(body=bytes(found.data), content_type="application/octet-stream", headers=headers)
