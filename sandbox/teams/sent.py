"""Files that people send to the bot: Teams puts them into OneDrive, and tells the bot a link that opens them.

POST /teams/attach?as=&name=          a file's bytes → {id}: it is in OneDrive, and may be named by `say`
GET  /personal/{person}/_layouts/15/download.aspx?UniqueId=&tempauth=…      the link that the bot is told
GET  /:x:/g/personal/…                a link for people, which leads to a sign-in (switch `fileLink`)
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from aiohttp import web

from sandbox.teams.call import of_story
from sandbox.teams.channel import Channel, Person
from sandbox.teams.documented import FACTS
from sandbox.teams.drive import Session, failure, takes_files
from sandbox.teams.model import Conversation, Message

if TYPE_CHECKING:
    from sandbox.app import World

PART = 65_536


def attachments(
    channel: Channel, person: Person, there: Conversation, ids: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what tells the bot of this person's files, in a chat with it; elsewhere it would not come."""
    if ids and not takes_files(channel, there):
        raise web.HTTPBadRequest(text="a file is sent in a chat with an app that supports files")
    if not all(one in channel.sessions and channel.sessions[one].person_id == person["id"] for one in ids):
        raise web.HTTPNotFound(text="this person has no such file")
    return [_attachment(channel, person, one) for one in ids]


def _attachment(channel: Channel, person: Person, unique_id: str) -> dict[str, Any]:
    file, link = channel.sessions[unique_id], channel.switches["fileLink"]
    folder = f"/personal/{person['userPrincipalName'].replace('@', '_').replace('.', '_')}"
    documents = f"{channel.origin}{folder}/Documents/Microsoft%20Teams%20Chat%20Files"
    host = channel.origin if link != "elsewhere" else f"http://localhost:{channel.origin.rpartition(':')[2]}"
    url = f"{host}{folder}/_layouts/15/download.aspx?UniqueId={unique_id}&Translate=false"
    url += f"&tempauth=v1.{file.secret}&ApiVersion=2.0"
    return {
        "contentType": FACTS["files"]["sent"],
        "contentUrl": f"{documents}/{quote(file.name)}",
        "name": file.name,
        "content": {
            "downloadUrl": url if link != "sharing" else f"{host}/:x:/g{folder}/{file.secret}",
            "uniqueId": unique_id,
            "fileType": file.name.rpartition(".")[2],
        },
    }


def names(message: Message) -> list[str]:
    """Return the names of the files that a person sent with a message."""
    found = message.activity.get("attachments") or []
    return [one["name"] for one in found if one.get("contentType") == FACTS["files"]["sent"]]


async def attach(world: "World", request: web.Request) -> web.Response:
    person, name = of_story(world.channel, dict(request.query)), request.query.get("name") or "file"
    file = Session(person["id"], name, datetime.now(UTC), data=bytearray(await request.read()), is_whole=True)
    unique_id = str(uuid4()).upper()
    world.channel.sessions[unique_id] = file
    world.ledger.record("file.saved", name=name, size=len(file.data), person=person["id"])
    return web.json_response({"id": unique_id})


async def sign_in(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/_layouts/15/Authenticate.aspx"})


async def download(world: "World", request: web.Request) -> web.StreamResponse:
    """Give whoever has the link the file, or what the switch says."""
    file, link = world.channel.sessions.get(request.query.get("UniqueId", "")), world.switches["fileLink"]
    known = file is not None and request.query.get("tempauth") == f"v1.{file.secret}"
    if file is None or not known or link == "expired" or "Authorization" in request.headers:
        return failure(401, code="unauthenticated")
    if link == "page":
        return web.Response(text="<title>Sign in to your account</title>", content_type="text/html")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    if link not in {"drips", "endless"}:
        return web.Response(body=bytes(file.data), headers=headers, content_type="application/octet-stream")
    response = web.StreamResponse(headers=headers | {"Content-Type": "application/octet-stream"})
    await response.prepare(request)
    try:
        while True:
            await response.write(b" " if link == "drips" else bytes(PART))
            await asyncio.sleep(1 if link == "drips" else 0)
    except ConnectionError:  # whoever read has enough
        return response
