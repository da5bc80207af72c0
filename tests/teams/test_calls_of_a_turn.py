"""What a turn costs others: with a real sign-in over TLS, nothing but the reply leaves Guestlist."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from bench import wire
from bench.channel import Channel, certificate, own_name
from bench.processes import free_port, running
from tests.clinic import POLICY
from tests.teams.channel import ANA, APP, TENANT

TURNS = 10
TEAM = "19:general@thread.tacv2"
ROOMS: dict[str, dict[str, Any]] = {
    "groupChat": {"conversation": {"id": "19:owners@thread.v2", "conversationType": "groupChat"}},
    "channel": {
        "conversation": {"id": f"{TEAM};messageid=1", "conversationType": "channel"},
        "channelData": {"team": {"id": TEAM}, "channel": {"id": TEAM}},
    },
    "personal": {"conversation": {"id": "a:ana", "conversationType": "personal"}},
}


class Teams(Channel):
    """Says besides, when the roster is asked, that whoever it is belongs to our tenant."""

    def answer(self, first: bytes, body: bytes) -> tuple[bytes, float]:
        if b"/members/" in first and first.startswith(b"GET "):
            self.calls["roster"] += 1
            return orjson.dumps({"id": "29:1ana", "aadObjectId": ANA, "tenantId": TENANT}), 0.0
        return super().answer(first, body)

    def heard_in(self, scope: str, number: int) -> dict[str, Any]:
        """Return `/help` as Teams sends it in this scope: before others it names the bot."""
        activity, room = self.activity(number, "/help"), ROOMS[scope]
        activity["from"] = {"id": "29:1ana", "name": "Ana", "aadObjectId": ANA}
        activity["conversation"] = {**room["conversation"], "tenantId": TENANT}
        activity["channelData"] = {"tenant": {"id": TENANT}, **room.get("channelData", {})}
        if scope != "personal":
            activity["conversation"]["isGroup"] = True
            activity["text"] = "<at>Guestlist</at> /help"
            mentioned = {"id": f"28:{APP}", "name": "Guestlist"}
            named = {"type": "mention", "mentioned": mentioned, "text": "<at>Guestlist</at>"}
            activity["entities"] = [named, *activity["entities"]]
        return activity


@dataclass(slots=True)
class Rig:
    teams: Teams
    caller: wire.Caller
    sent: int = 0

    async def help(self, scope: str) -> None:
        self.sent += 1
        activity = self.teams.heard_in(scope, time.time_ns() + self.sent)
        assert await self.caller.post(orjson.dumps(activity)) == 200


@asynccontextmanager
async def guestlist(folder: Path) -> AsyncIterator[Rig]:
    """Start Guestlist with a client secret: the sign-in, Graph, the keys and the connector are one double."""
    try:
        host, address = own_name()
    except SystemExit as nobody_knows:
        pytest.skip(str(nobody_knows))
    context, trusted = certificate(folder, host)
    teams = Teams(APP, TENANT)
    server = await wire.serve(address, teams.answer, context)
    origin = teams.origin = f"https://{host}:{server.sockets[0].getsockname()[1]}"
    port = free_port()
    named = {
        "APP_ID": APP,
        "TENANT_ID": TENANT,
        "CREDENTIAL": "secret",
        "CLIENT_SECRET": "for tests",
        "DATABASE_URL": f"sqlite:///{folder / 'guestlist.db'}",
        "POLICY_FILE": str(POLICY),
        "GRAPH_URL": origin,
        "LOGIN_URL": origin,
        "CHANNEL_OPENID_URL": f"{origin}/openid",
        "SERVICE_ORIGINS": origin,
        "DELTA_SECONDS": "3600",
        "PORT": str(port),
    }
    environment = {f"GUESTLIST_{name}": value for name, value in named.items()}
    environment |= {"SSL_CERT_FILE": str(trusted), "REQUESTS_CA_BUNDLE": str(trusted)}
    try:
        async with running(["app.py"], environment, port):
            caller = wire.Caller("127.0.0.1", port, teams.token())
            yield Rig(teams, caller)
            caller.close()
    finally:
        server.close()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with guestlist(tmp_path) as opened:
        yield opened


async def test_a_turn_asks_nobody_anything_and_sends_one_reply(rig: Rig) -> None:
    """After the first: the keys and a token are had by then, and whose tenant Ana is of."""
    asked: dict[str, int] = {}
    for scope in ROOMS:
        rig.teams.calls.clear()
        await rig.help(scope)
        asked[scope] = rig.teams.calls["roster"]
        rig.teams.calls.clear()
        for _ in range(TURNS):
            await rig.help(scope)
        calls = dict(rig.teams.calls)
        beside = calls.pop("other", 0)  # Graph; what runs beside the turns may begin meanwhile
        assert calls == {"connector": TURNS}, scope
        assert beside < TURNS / 2, f"{scope}: Graph is asked with every turn"
    assert asked == {"groupChat": 1, "channel": 0, "personal": 0}, "whose tenant Ana is of is asked once"
