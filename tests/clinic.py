"""The clinic for tests: the sandbox and Guestlist on loopback, and what people do there, over HTTP alone."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

import app
from access.service.steps import Patience
from bot.process import Guestlist
from bot.settings import Settings
from sandbox.app import create
from sandbox.settings import Settings as SandboxSettings
from sandbox.story import Story
from tests.canary import justifications, overhearing, private

POLICY = Path(__file__).parent.parent / "sandbox" / "policy.toml"
TOKEN = "a-token-for-tests"
_MOMENT = timedelta(seconds=0.2)
QUICK = Patience(lease=timedelta(seconds=2), proof_tries=6, most=_MOMENT, until_gone=_MOMENT)
PATIENCE = 60.0
"""Seconds for something that is waited for: far more than it takes where others work, too."""
INVITE = "@Guestlist /invite ana@fabrikam.com to Health Records for 90d because she runs the March audit"


def environment(sandbox: str, database: Path, port: int = 0, policy: Path = POLICY) -> dict[str, str]:
    """Return Guestlist's settings for a sandbox at this address."""
    story = Story.load()
    return {
        "GUESTLIST_APP_ID": story.bot["appId"],
        "GUESTLIST_TENANT_ID": story.tenant_id,
        "GUESTLIST_CREDENTIAL": "static",
        "GUESTLIST_STATIC_TOKEN": TOKEN,
        "GUESTLIST_DATABASE_URL": f"sqlite:///{database}",
        "GUESTLIST_POLICY_FILE": str(policy),
        "GUESTLIST_GRAPH_URL": sandbox,
        "GUESTLIST_LOGIN_URL": sandbox,
        "GUESTLIST_CHANNEL_OPENID_URL": f"{sandbox}/channel/v1/.well-known/openidconfiguration",
        "GUESTLIST_SERVICE_ORIGINS": sandbox,
        "GUESTLIST_FILE_ORIGINS": sandbox,
        "GUESTLIST_MAILBOX": story.raw["mailbox"]["id"],
        "GUESTLIST_TIME_ZONE": "Europe/Berlin",
        "GUESTLIST_DELTA_SECONDS": "1",
        "GUESTLIST_PORT": str(port),
    }


@dataclass(slots=True)
class Clinic:
    """What people, tests and the tenant do; everything goes through the sandbox's HTTP."""

    url: str
    http: aiohttp.ClientSession
    story: Story
    guestlist: Any = None
    bot: str = ""
    """Where the Guestlist of this process listens."""
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    whys: set[str] = field(default_factory=set)
    """What people have given as justifications."""

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(f"{self.url}{path}", params=query) as response:
            assert response.status < 400, await response.text()
            return await response.json()

    async def post(self, path: str, **body: Any) -> Any:
        self.whys |= justifications(body)
        async with self.http.post(f"{self.url}{path}", json=body) as response:
            assert response.status < 400, await response.text()
            return await response.json(content_type=None)

    # --- people ---

    async def place(self, who: str, name: str) -> str:
        """Return the id of a conversation: `channel`, `personal`, `group`."""
        if (who, name) not in self.places:
            wanted = {"channel": "channel", "personal": "personal", "group": "groupChat"}[name]

            async def look() -> list[str]:
                mine = await self.get("/teams/conversations", **{"as": who})
                return [one["id"] for one in mine if one["kind"] == wanted and one["name"] != "General"]

            self.places[who, name] = (await until(look, f"{who} has a {name}"))[0]
        return self.places[who, name]

    async def say(self, who: str, text: str, where: str = "personal") -> Any:
        place = await self.place(who, where)
        return await self.post("/teams/say", **{"as": who}, conversation=place, text=text)

    async def messages(self, who: str, where: str = "personal") -> list[dict[str, Any]]:
        place = await self.place(who, where)
        answer = await self.get("/teams/messages", **{"as": who}, conversation=place)
        return list(answer["messages"])

    async def card(self, who: str, text: str, where: str = "personal") -> dict[str, Any]:
        """Return the newest message whose card, as this person sees it, holds the text; waits for it."""

        async def look() -> dict[str, Any] | None:
            found = [one for one in await self.messages(who, where) if one["card"] and text in spoken(one)]
            return found[-1] if found else None

        found: dict[str, Any] = await until(look, f"{who} sees {text!r} in {where}")
        return found

    async def press(
        self, who: str, message: dict[str, Any], verb: str, where: str = "personal", **inputs: Any
    ) -> Any:
        """Press what the person sees; they look again where the card has just become anybody's view."""
        body = {
            "as": who,
            "conversation": await self.place(who, where),
            "messageId": message["id"],
            "action": {"verb": verb},
            "inputs": inputs,
        }

        self.whys |= justifications(body)

        async def act() -> Any:
            async with self.http.post(f"{self.url}/teams/press", json=body) as response:
                if response.status == web.HTTPNotFound.status_code:
                    await self.messages(who, where)
                    return None
                assert response.status < 400, await response.text()
                return await response.json()

        return await until(act, f"{who} has the button {verb} in {where}")

    # --- the tenant ---

    async def ledger(self, kind: str = "") -> list[dict[str, Any]]:
        found = await self.get("/sandbox/ledger", **({"kind": kind} if kind else {}))
        return list(found["entries"] if isinstance(found, dict) else found)

    async def fault(self, **rule: Any) -> None:
        await self.post("/sandbox/faults", **rule)

    async def switch(self, **switches: Any) -> None:
        await self.post("/sandbox/switches", **switches)

    async def act(self, **what: Any) -> Any:
        return await self.post("/sandbox/act", **what)


def spoken(message: dict[str, Any]) -> str:
    """Return every text of a card, in reading order, for asking whether something is said."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            texts = (node.get(name) for name in ("text", "title", "value", "fallbackText"))
            found.extend(text for text in texts if isinstance(text, str))
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(message["card"])
    return "\n".join(found)


async def until(look: Callable[[], Awaitable[Any]], what: str, seconds: float = PATIENCE) -> Any:
    """Ask again until something is found, ever less often; fails by name when the time is up."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        found = await look()
        if found:
            return found
        await asyncio.sleep(min(0.02 + passed / 10, 0.5))
    raise AssertionError(f"not within {seconds} s: {what}")


@asynccontextmanager
async def open_sandbox(
    apps: int = 0, guests: int = 0, story: Story | None = None, **switches: Any
) -> AsyncIterator[Clinic]:
    """Serve the sandbox on a free port; new guests are known at once unless a lag is asked for."""
    settings = SandboxSettings(port=0, token=TOKEN, apps=apps, guests=guests, switches={"lag": 0, **switches})
    application = create(settings, story)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as http:
            yield Clinic(url, http, story or Story.load())
    finally:
        await runner.cleanup()


@asynccontextmanager
async def guestlist_in(
    clinic: Clinic, settings: Settings, overrides: app.Overrides | None = None
) -> AsyncIterator[Guestlist]:
    """Serve Guestlist in this process over its own port, as the bot of a sandbox.

    Whatever is done with it, its log and its audit hold nothing private in the end.
    """
    with overhearing() as said:
        guestlist = await app.build(settings, overrides or app.Overrides(patience=QUICK))
        runner = web.AppRunner(guestlist.application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.port).start()
        await guestlist.start()
        clinic.bot = f"http://127.0.0.1:{runner.addresses[0][1]}"
        await clinic.post("/teams/control", botUrl=f"{clinic.bot}/api/messages")
        clinic.guestlist = guestlist
        try:
            yield guestlist
            if not guestlist.state:  # who stops it in a test has closed the store
                said += [repr(entry) async for entry in guestlist.store.audit_entries()]
                for path in ("healthz", "readyz"):
                    async with clinic.http.get(f"{clinic.bot}/{path}") as probe:
                        said.append(await probe.text())
        finally:
            await runner.cleanup()
            await guestlist.stop()
    found = private(said, TOKEN, *clinic.whys)
    assert found == [], f"Nobody may read this: {found}"


@asynccontextmanager
async def open_clinic(
    folder: Path,
    overrides: app.Overrides | None = None,
    policy: Path = POLICY,
    changed: Mapping[str, str] | None = None,
    **switches: Any,
) -> AsyncIterator[Clinic]:
    """Serve the sandbox and Guestlist in this process, each over its own port; `changed` are settings."""
    async with open_sandbox(**switches) as clinic:
        environ = environment(clinic.url, folder / "guestlist.db", policy=policy)
        settings = Settings.read({**environ, **(changed or {})})
        assert isinstance(settings, Settings), settings
        async with guestlist_in(clinic, settings, overrides):
            yield clinic
