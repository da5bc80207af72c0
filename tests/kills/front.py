"""What stands before the replicas: it passes each turn to one, and asks all whether they are alive."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import aiohttp
from aiohttp import web

from tests.kills.nursery import Child

Headers = Mapping[str, str]
PATIENCE = 5.0
"""Seconds within which health must be told."""
_EVERY = 0.1
_TURN = 10.0


@dataclass(slots=True)
class Post:
    """Where a replica serves, and the process that does at the moment."""

    name: str
    port: int
    child: Child | None = None
    """The one that takes turns."""
    newest: Child | None = None
    """The one that was started last, whether it takes turns or starts or stops."""

    @property
    def up(self) -> Child | None:
        """Return the process if it takes turns."""
        return self.child if self.child and self.child.alive and not self.child.paused else None


@dataclass(slots=True)
class Health:
    """What the probes have said of every replica from when it first listened until it did no more."""

    probes: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


class Front:
    """A load balancer that knows nothing of what it passes on."""

    def __init__(
        self, posts: Sequence[Post], http: aiohttp.ClientSession, dice: Random, patience: float = _TURN
    ) -> None:
        self._posts, self._http, self._dice = posts, http, dice
        self._patience = aiohttp.ClientTimeout(total=patience)
        self.health = Health()
        self.turns = 0
        """How many came, whatever became of them."""

    async def turn(self, request: web.Request) -> web.Response:
        """Pass a turn on; who sent it hears of a replica that died meanwhile as Teams would."""
        self.turns += 1
        port = self.choose()
        if not port:
            return web.Response(status=503)
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        body = await request.read()
        try:
            status, said, kind = await self.pass_on(port, request.path, body, kept)
        except (aiohttp.ClientError, TimeoutError):
            return web.Response(status=502)
        return web.Response(status=status, body=said, content_type=kind)

    def choose(self) -> int:
        """Return the port of a replica that takes turns, 0 where none does."""
        up = [post for post in self._posts if post.up]
        return self._dice.choice(up).port if up else 0

    async def pass_on(self, port: int, path: str, body: bytes, kept: Headers) -> tuple[int, bytes, str]:
        """Return the status, the body and the kind of what a replica answers."""
        url = f"http://127.0.0.1:{port}{path}"
        async with self._http.post(url, data=body, headers=kept, timeout=self._patience) as answer:
            return answer.status, await answer.read(), answer.content_type

    async def watch(self) -> None:
        """Ask every replica whether it is alive, all the time: while it starts and stops as well."""
        await asyncio.gather(*(self._watch(post) for post in self._posts))

    async def _watch(self, post: Post) -> None:
        while True:
            child = post.newest
            if child is not None and child.alive and not child.paused:
                await self._probe(post, child)
            await asyncio.sleep(_EVERY)

    async def _probe(self, post: Post, child: Child) -> None:
        begun, pauses, hung = time.monotonic(), child.pauses, False
        try:
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with self._http.get(f"http://127.0.0.1:{post.port}/healthz", timeout=timeout) as answer:
                said = "" if answer.status == web.HTTPOk.status_code else f"said {answer.status}"
                child.heard = True
        except (aiohttp.ClientError, TimeoutError) as error:
            said, hung = f"did not answer: {type(error).__name__}", isinstance(error, TimeoutError)
        took = time.monotonic() - begun
        if said:
            # It may have been killed or stopped under the probe; whoever did it says so a moment later.
            await asyncio.sleep(0.5)
        # Before it listens and once it does no more its port refuses; to be silent it is never allowed.
        silent = bool(said) and not hung and (child.leaving or not child.heard)
        same = post.newest is child and child.alive and not child.paused and child.pauses == pauses
        if same and not silent:
            self.health.probes += 1
            self.health.slowest = max(self.health.slowest, took)
            self.health.faults += [f"replica {post.name} {said} after {took:.1f} s"] if said else []


@asynccontextmanager
async def open_front(
    posts: Sequence[Post], dice: Random, kind: type[Front] = Front
) -> AsyncIterator[tuple[Front, str]]:
    """Serve on a port of its own; yields the address for turns, too."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        front = kind(posts, http, dice)
        application = web.Application()
        application.router.add_post("/api/messages", front.turn)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        watching = asyncio.create_task(front.watch())
        try:
            yield front, f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await runner.cleanup()
