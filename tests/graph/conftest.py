import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from access.ports import Invitation
from access.rules.model import Give, GiveKind, ObjectId
from bot.credential import StaticCredential
from bot.graph import Graph
from sandbox.app import create
from sandbox.settings import Settings

CLINIC = json.loads((Path(__file__).parents[2] / "sandbox/data/clinic.json").read_text(encoding="utf-8"))


class TurnedClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def turn(self, length: timedelta) -> None:
        self.at += length


@dataclass
class Entra:
    """The sandbox over HTTP: its controls, its ledger, and the ids of the clinic's story."""

    url: str
    http: aiohttp.ClientSession
    clinic: dict[str, Any] = field(default_factory=lambda: CLINIC)

    async def control(self, path: str, body: dict[str, Any]) -> Any:
        async with self.http.post(f"{self.url}/sandbox/{path}", json=body) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()

    async def switch(self, **positions: Any) -> None:
        await self.control("switches", positions)

    async def set_properties(self, object_id: str, **properties: Any) -> None:
        await self.control("act", {"act": "setProperties", "id": object_id, "properties": properties})

    async def accept(self, address: str) -> None:
        await self.control("act", {"act": "accept", "address": address})

    async def delete(self, object_id: str) -> None:
        await self.control("act", {"act": "deleteGuest", "id": object_id})

    async def fault(self, do: str, path: str, method: str = "POST", times: int = 1, **more: Any) -> None:
        match = {"method": method, "path": path}
        await self.control("faults", {"match": match, "do": do, "times": times, **more})

    async def ledger(self, kind: str) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.url}/sandbox/ledger", params={"kind": kind}) as answer:
            return [entry["detail"] for entry in await answer.json()]

    async def calls(self, method: str, ending: str) -> list[dict[str, Any]]:
        return [
            call
            for call in await self.ledger("graph.call")
            if call["method"] == method and call["path"].endswith(ending)
        ]

    def person(self, key: str) -> ObjectId:
        return ObjectId(self._of("people", key)["id"])

    def app(self, key: str) -> ObjectId:
        return ObjectId(self._of("apps", key)["id"])

    def group(self, key: str) -> ObjectId:
        return ObjectId(self._of("groups", key)["id"])

    def role(self, app: str, number: int = 0) -> Give:
        role = self._of("apps", app)["appRoles"][number]
        return Give(GiveKind.APP_ROLE, ObjectId(role["id"]), role["displayName"])

    def membership(self, group: str) -> Give:
        return Give(GiveKind.GROUP, self.group(group), group)

    def _of(self, kind: str, key: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.clinic[kind] if one["key"] == key)
        return found


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    runner = web.AppRunner(
        create(Settings(port=0, switches={"lag": 0})), access_log=None, shutdown_timeout=0.1
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http:
        yield Entra(f"http://{host}:{port}", http)
    await runner.cleanup()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def graph(entra: Entra, clock: TurnedClock) -> AsyncIterator[Graph]:
    token, own = StaticCredential(Settings().token), CLINIC["bot"]["appId"]
    opened = await Graph.open(entra.url, token, CLINIC["mailbox"]["id"], clock, app_id=own)
    yield opened
    await opened.close()


@pytest.fixture
async def ana(graph: Graph) -> ObjectId:
    """Invite a guest, and return who that is."""
    landing = "https://myapplications.microsoft.com"
    invitation = Invitation("ana@fabrikam.com", "Ana Ruiz", landing, sponsor=None, send_by_microsoft=False)
    return (await graph.access.invite(invitation)).guest_id
