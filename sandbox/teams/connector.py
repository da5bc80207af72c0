"""The Bot Connector's REST calls, as the bot makes them to `serviceUrl`."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.faults import FAULT
from sandbox.teams.channel import Channel, Person
from sandbox.teams.documented import FACTS, ConnectorError
from sandbox.teams.model import BOT, Conversation, Message, Team

if TYPE_CHECKING:
    from sandbox.app import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE = 200


def routes(world: "World") -> list[web.RouteDef]:
    calls = Connector(world)
    conversation = "/connector/v3/conversations/{conversation}"
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/connector/v3/conversations", calls.create),
        ("POST", f"{conversation}/activities", calls.send),
        ("POST", f"{conversation}/activities/{{activity}}", calls.send),
        ("PUT", f"{conversation}/activities/{{activity}}", calls.update),
        ("DELETE", f"{conversation}/activities/{{activity}}", calls.delete),
        ("GET", f"{conversation}/members", calls.members),
        ("GET", f"{conversation}/pagedmembers", calls.paged_members),
        ("GET", f"{conversation}/members/{{member}}", calls.member),
        ("GET", "/connector/v3/teams/{team}", calls.team),
        ("GET", "/connector/v3/teams/{team}/conversations", calls.team_channels),
    ]
    return [web.route(method, path, calls.guarded(handler)) for method, path, handler in table]


def _failure(status: int, headers: dict[str, str]) -> web.Response:
    """Return the answer of a fault that was asked for."""
    body = {
        "error": {"code": HTTPStatus(status).phrase.replace(" ", ""), "message": "A fault of the sandbox."}
    }
    return web.json_response(body, status=status, headers=headers)


class Connector:
    """Answers the bot's calls by what `documented.json` says of them."""

    def __init__(self, world: "World") -> None:
        self.channel: Channel = world.channel
        self.token, self.faults, self.switches = world.settings.token, world.faults, world.switches

    def guarded(self, handler: Handler) -> Handler:
        """Wrap a call with what all have in common: faults, the token, the app's limit, the ledger."""

        async def call(request: web.Request) -> web.StreamResponse:
            async def serve() -> web.StreamResponse:
                try:
                    self._admit(request)
                    return await handler(request)
                except ConnectorError as refusal:
                    return refusal.response()

            response = await self.faults.around(request, serve, _failure)
            self.channel.ledger.record(
                "connector.call",
                method=request.method,
                path=request.path,
                status=response.status,
                fault=request.get(FAULT),
            )
            return response

        return call

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise ConnectorError("unauthorized")
        self._count("app", "app")

    def _count(self, scope: str, limit: str) -> None:
        if self.channel.windows is not None:
            self.channel.windows.count(scope, limit)

    async def _body(self, request: web.Request) -> dict[str, Any]:
        text = await request.text()
        if len(text.encode("utf-16-le")) > FACTS["sizes"]["messageUtf16"]:
            raise ConnectorError("tooBig")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise ConnectorError("badArgument")
        return body

    def _conversation(self, request: web.Request) -> tuple[Conversation, str | None]:
        there, root = self.channel.conversation(request.match_info["conversation"])
        if there is None or (root and root not in there.messages):
            raise ConnectorError("noConversation")
        if not there.has_bot:
            raise ConnectorError("notInRoster")
        if there.kind == "personal" and not self.channel.reachable(there.members[0]):
            raise ConnectorError("notInRoster")
        if there.kind == "personal" and (refusal := self.channel.blocked.get(there.members[0])):
            raise ConnectorError(refusal)
        return there, root

    def _message(self, request: web.Request, there: Conversation) -> Message:
        message = there.messages.get(request.match_info["activity"])
        if message is None:
            raise ConnectorError("noActivity")
        if message.sender != BOT:
            raise ConnectorError("notYours")
        return message

    async def create(self, request: web.Request) -> web.Response:
        """Open a 1:1 chat, or start a thread in a channel."""
        body = await self._body(request)
        data = body.get("channelData") or {}
        tenant = body.get("tenantId") or (data.get("tenant") or {}).get("id")
        channel_id = (data.get("channel") or {}).get("id")
        if channel_id:
            return self._create_thread(channel_id, body)
        members = body.get("members") or []
        person = self.channel.find_person(str(members[0].get("id"))) if len(members) == 1 else None
        if person is None or {tenant, self.channel.tenant_of(person)} != {self.channel.story.tenant_id}:
            raise ConnectorError("badArgument")
        self._count(person["id"], "thread.send")
        if not self.channel.reachable(person["id"]):
            raise ConnectorError("notInstalled")
        there = self.channel.chat_with(person["id"])
        answer = {"id": there.id}
        if body.get("activity"):
            answer["activityId"] = self._post(there, body["activity"], None, None)
        return web.json_response(answer, status=201)

    def _create_thread(self, channel_id: str, body: dict[str, Any]) -> web.Response:
        there = self.channel.conversations.get(channel_id)
        if there is None:
            raise ConnectorError("noConversation")
        self._count(there.id, "thread.send")
        message_id = self._post(there, body.get("activity") or {}, None, None)
        return web.json_response({"id": there.wire_id(message_id), "activityId": message_id}, status=201)

    def _post(
        self, there: Conversation, activity: dict[str, Any], root: str | None, only_for: str | None
    ) -> str:
        if activity.get("type") != "message":
            if activity.get("type"):
                return self.channel.clock.message_id()
            raise ConnectorError("badArgument")
        if not activity.get("text") and not activity.get("attachments"):
            raise ConnectorError("badArgument")
        return self.channel.post(there, BOT, activity, root=root, only_for=only_for).id

    async def send(self, request: web.Request) -> web.Response:
        """Post to a chat, a channel (which starts a thread) or a thread; targeted to one person if asked."""
        activity = await self._body(request)
        there, root = self._conversation(request)
        self._count(there.id, "thread.send")
        answered = there.messages.get(request.match_info.get("activity", ""))
        if there.kind == "channel" and root is None and answered is not None:
            root = answered.root
        only_for = None
        if request.query.get("isTargetedActivity") == "true":
            only_for = self._targeted(there, activity)
        first = there.messages.get(root or "")
        if first is not None and first.only_for not in {None, only_for}:
            raise ConnectorError("noReplies")
        return web.json_response({"id": self._post(there, activity, root, only_for)}, status=201)

    def _targeted(self, there: Conversation, activity: dict[str, Any]) -> str:
        """Return whom a targeted message is for."""
        position = self.switches["targetedMessages"]
        if position != "shown":
            raise ConnectorError("targetedOff", status=position)
        person = self.channel.find_person(str((activity.get("recipient") or {}).get("id")))
        if person is None or person["id"] not in there.members or there.wire_kind == "personal":
            raise ConnectorError("targetedHere")
        return str(person["id"])

    async def update(self, request: web.Request) -> web.Response:
        activity = await self._body(request)
        there, _ = self._conversation(request)
        self._count(there.id, "thread.send")
        message = self._message(request, there)
        if message.only_for and "recipient" in activity:
            raise ConnectorError("targetedRecipient")
        self.channel.update(there, message, activity)
        return web.json_response({"id": message.id})

    async def delete(self, request: web.Request) -> web.Response:
        there, _ = self._conversation(request)
        self._count(there.id, "thread.send")
        self.channel.delete(there, self._message(request, there))
        return web.Response()

    # -- who is there ---------------------------------------------------------------------------------------

    def _account(self, person: Person) -> dict[str, Any]:
        return {
            "id": person["teamsUserId"],
            "name": person["displayName"],
            "objectId": person["id"],
            "aadObjectId": person["id"],
            "givenName": person["givenName"],
            "surname": person["surname"],
            "email": person["mail"],
            "userPrincipalName": person["userPrincipalName"],
            "tenantId": self.channel.tenant_of(person),
            "userRole": "user",
        }

    def _roster(self, request: web.Request) -> list[dict[str, Any]]:
        there, _ = self._conversation(request)
        self._count(there.id, "thread.members")
        return [self._account(self.channel.cast[member]) for member in there.members]

    async def members(self, request: web.Request) -> web.Response:
        return web.json_response(self._roster(request))

    async def paged_members(self, request: web.Request) -> web.Response:
        try:
            size = min(int(request.query.get("pageSize", PAGE)), PAGE)
            start = int(request.query.get("continuationToken") or 0)
        except ValueError as error:
            raise ConnectorError("badArgument") from error
        roster = self._roster(request)
        page: dict[str, Any] = {"members": roster[start : start + size]}
        if start + size < len(roster):
            page["continuationToken"] = str(start + size)
        return web.json_response(page)

    async def member(self, request: web.Request) -> web.Response:
        wanted = request.match_info["member"]
        for account in self._roster(request):
            if wanted in {account["id"], account["aadObjectId"], account["userPrincipalName"]}:
                return web.json_response(account)
        raise ConnectorError("noMember")

    def _team(self, request: web.Request) -> Team:
        team = self.channel.teams.get(request.match_info["team"])
        if team is None:
            raise ConnectorError("noConversation")
        return team

    async def team(self, request: web.Request) -> web.Response:
        team = self._team(request)
        return web.json_response(
            {
                "id": team.id,
                "name": team.name,
                "aadGroupId": team.group_id,
                "tenantId": self.channel.story.tenant_id,
                "type": "standard",
                "channelCount": len(team.standard),
                "memberCount": len(team.members),
            }
        )

    async def team_channels(self, request: web.Request) -> web.Response:
        """List a team's channels; Teams leaves the name of General out."""
        team = self._team(request)
        named = [
            {"id": c.id, "name": None if c.id == team.id else c.name}
            for c in team.channels
            if c.membership == "standard"
        ]
        return web.json_response({"conversations": named})
