"""A small Graph client for the sandbox's own tests: plain HTTP, so that no vendor hides a mistake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.app import WORLD, World, create
from sandbox.settings import Settings
from sandbox.story import Story

EVENTUAL = {"ConsistencyLevel": "eventual"}


@dataclass(frozen=True)
class Answered:
    status: int
    body: Any
    headers: Any

    @property
    def value(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.body
        return list(self.body["value"])

    @property
    def message(self) -> str:
        return str(self.body["error"]["message"])


@dataclass
class Entra:
    """The sandbox on a free port; `world` is looked at only where HTTP cannot tell."""

    url: str
    http: aiohttp.ClientSession
    world: World
    story: Story

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answered:
        headers = {"Authorization": f"Bearer {self.world.settings.token}"} | more.pop("headers", {})
        address = path if path.startswith("http") else f"{self.url}{more.pop('root', '/v1.0')}{path}"
        async with self.http.request(method, address, json=body, headers=headers, params=more) as answer:
            parsed = (
                await answer.json(content_type=None) if answer.content_type == "application/json" else None
            )
            return Answered(answer.status, parsed or await answer.text(), answer.headers)

    async def get(self, path: str, **more: Any) -> Answered:
        return await self.call("GET", path, **{name.replace("_", "$", 1): v for name, v in more.items()})

    async def control(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        async with self.http.request(method, f"{self.url}/sandbox/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def switch(self, **positions: Any) -> None:
        await self.control("switches", positions)

    async def ledger(self, kind: str) -> list[dict[str, Any]]:
        return [entry["detail"] for entry in await self.control(f"ledger?kind={kind}")]

    async def invite(self, address: str = "ana@fabrikam.com", **more: Any) -> Answered:
        body = {
            "invitedUserEmailAddress": address,
            "inviteRedirectUrl": "https://myapplications.microsoft.com",
        }
        return await self.call("POST", "/invitations", {**body, **more})

    async def guest(self, address: str = "ana@fabrikam.com") -> str:
        return str((await self.invite(address)).body["invitedUser"]["id"])

    def app(self, key: str) -> dict[str, Any]:
        return dict(next(app for app in self.story.raw["apps"] if app["key"] == key))

    def group(self, key: str) -> str:
        return str(next(group["id"] for group in self.story.raw["groups"] if group["key"] == key))

    def person(self, key: str) -> str:
        return str(self.story.person(key)["id"])

    async def assign(self, principal: str, app: str = "health-records", role: int | str = 0) -> Answered:
        entry = self.app(app)
        role_id = entry["appRoles"][role]["id"] if isinstance(role, int) else role
        body = {"principalId": principal, "resourceId": entry["id"], "appRoleId": role_id}
        return await self.call("POST", f"/servicePrincipals/{entry['id']}/appRoleAssignedTo", body)

    async def join(self, group: str, member: str) -> Answered:
        body = {"@odata.id": f"{self.url}/v1.0/directoryObjects/{member}"}
        return await self.call("POST", f"/groups/{self.group(group)}/members/$ref", body)


@asynccontextmanager
async def opened(**switches: Any) -> AsyncIterator[Entra]:
    application = create(Settings(port=0, switches=switches))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Entra(f"http://{host}:{port}", http, application[WORLD], application[WORLD].story)
    await runner.cleanup()
