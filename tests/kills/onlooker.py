"""A sandbox with an onlooker: what the audit chain held when each call that writes came in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.app import WORLD, World, create
from sandbox.ledger import Entry
from sandbox.settings import Settings
from sandbox.story import Story
from tests.clinic import TOKEN, Clinic

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]
Head = Callable[[], Awaitable[int]]
_head: ContextVar[int | None] = ContextVar("head", default=None)


class Watched(list[Entry]):
    """The ledger's entries; of each that a writing call made it knows the chain's head at that time."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[int, int] = {}

    def append(self, entry: Entry) -> None:
        super().append(entry)
        if (head := _head.get()) is not None:
            self.heads[entry.seq] = head


class Logged(list[tuple[datetime, dict[str, Any]]]):
    """The entries of Entra's own log, and the chain's head at the time of the call that led to each."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[str, int] = {}

    def append(self, entry: tuple[datetime, dict[str, Any]]) -> None:
        super().append(entry)
        if (head := _head.get()) is not None:
            self.heads[entry[1]["id"]] = head


@dataclass(frozen=True, slots=True)
class Sight:
    """What the onlooker knows and nobody else."""

    world: World
    heads: Mapping[int, int]
    log: Logged

    @property
    def logged(self) -> list[Mapping[str, Any]]:
        """Return what Entra's own log says that Guestlist did, however late it is to be read.

        Each entry has its `head`, for the times in it and those of the chain are of two clocks.
        """
        ours = self.world.tenant.story.bot["servicePrincipalId"]
        return [
            {**one, "head": self.log.heads[one["id"]]}
            for _, one in self.log
            if (one["initiatedBy"]["app"] or {}).get("servicePrincipalId") == ours
        ]

    @property
    def links(self) -> list[str]:
        """Return the secret of every redeem link there was."""
        return [invitation.secret for invitation in self.world.tenant.invitations]


@asynccontextmanager
async def open_watched_sandbox(head: Head, story: Story | None = None) -> AsyncIterator[tuple[Clinic, Sight]]:
    """Serve the sandbox; `head` returns the chain's newest entry and is asked before each Graph write."""

    @web.middleware
    async def look_first(request: web.Request, handler: Serve) -> web.StreamResponse:
        writes = request.method != "GET" and request.path.startswith("/v1.0/")
        _head.set(await head() if writes else None)
        return await handler(request)

    application = create(Settings(port=0, token=TOKEN, switches={"lag": 0.3}), story)
    application.middlewares.append(look_first)
    watched = application[WORLD].ledger.entries = Watched()
    log = Logged()
    application[WORLD].tenant.audits.entries = log
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as http:
            yield Clinic(url, http, story or Story.load()), Sight(application[WORLD], watched.heads, log)
    finally:
        await runner.cleanup()
