"""One batch: a fresh tenant, a fresh database, replicas that die as dealt, and all the trouble there is."""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp

from bench.processes import free_port
from tests.clinic import Clinic, environment, until
from tests.kills.aftermath import aftermath, without
from tests.kills.crowd import OFTEN, Crowd, policy
from tests.kills.evidence import gather
from tests.kills.fleet import Deck, Replica, trail_of
from tests.kills.front import Front, Post, open_front
from tests.kills.grounds import Away, Ground
from tests.kills.guarded import protections
from tests.kills.guardian import Guardian
from tests.kills.judge import judge
from tests.kills.listed import listed
from tests.kills.lister import Lister
from tests.kills.lives import lives
from tests.kills.nursery import open_nursery
from tests.kills.onlooker import Sight, open_watched_sandbox
from tests.kills.plans import Plan
from tests.kills.standing import listings, note_due, stood, waited
from tests.kills.tap import tapped
from tests.kills.troubles import Trouble, Turmoil, set_clock

GRAPH_FAULTS = {"429": 0.02, "503-before": 0.02, "503-after": 0.02, "reset-after": 0.02, "reset-before": 0.01}
CHANNEL_FAULTS = {"429": 0.02, "412": 0.01, "502-after": 0.01, "reset-after": 0.01, "503-before": 0.01}
PER_KILL = 1.6
"""Requests for each kill."""
_QUIET = 3.0
"""Seconds without a death after which another request comes in anyway."""
_SETTLED = 600.0
_FOR_LISTS = 60.0
"""Seconds for which a process lives that does not come by its point, which may be in the next list."""
_MORE = 20
"""Guests who are drawn beyond those that the deaths ask for."""


@dataclass(slots=True)
class Result:
    """What a batch did and what it found."""

    faults: list[str] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    pauses: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    requests: int = 0
    lists: int = 0
    rows: int = 0
    done: Counter[str] = field(default_factory=Counter)
    """What people did about lists, or what their runs met."""
    waited: list[float] = field(default_factory=list)
    """Seconds from when a process took turns until its first step of a list that waited for one."""
    stood: list[float] = field(default_factory=list)
    """Seconds from a death until the next step of a list, in whichever process."""
    probes: int = 0
    slowest_probe: float = 0.0
    slowest_drain: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class Batch:
    """Runs until every death of its plans has come and every request has ended, and is judged."""

    kept_alive: ClassVar[type[Replica]] = Replica
    ground: Ground
    folder: Path
    seed: int
    plans: Sequence[Plan]
    troubles: Sequence[Trouble] = ()
    blind: bool = False
    faults: bool = True
    per_kill: float = PER_KILL
    ahead: int = 6
    """Requests that come in before the first death."""
    often: int = OFTEN
    """Of so many guests one goes on after the delivery."""
    guardian: bool = False
    """Whether somebody protects an app meanwhile, again and again."""
    quiet: float = _QUIET
    lists: bool = False
    """Whether somebody sends lists meanwhile, one after the other."""
    usual: bool = False
    """Whether lists are run with leases and in lots as in the product; they are longer then."""
    kept: Path | None = None
    """Where the evidence goes if anything is found."""
    _lister: Lister | None = None
    _front: Front | None = None

    async def run(self) -> Result:
        begun = time.monotonic()
        dice = Random(self.seed)
        (self.folder / "trail").touch()
        set_clock(self.folder, 0.0)
        async with AsyncExitStack() as stack:
            clinic, sight = await stack.enter_async_context(open_watched_sandbox(self._head))
            http = await stack.enter_async_context(
                aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
            )
            posts = [Post("abc"[place], free_port()) for place in range(len(self.ground.urls()))]
            front, bot = await stack.enter_async_context(open_front(posts, Random(dice.random())))
            self._front = front
            await _set_up(clinic, bot)
            deck = Deck(deque(self.plans))
            replicas = await self._replicas(stack, clinic, posts, deck, dice, http)
            crowd = Crowd(clinic, self.ground, dice, self.often, anyway=self.blind)
            turmoil = Turmoil(self.ground, self.folder, replicas, self.troubles)
            since, lost = await self._play(clinic, crowd, deck, replicas, turmoil, dice)
            turmoil.count_losses()
            return await self._judged(
                clinic, sight, crowd, deck, replicas, turmoil, front, since, lost, begun
            )

    async def _head(self) -> int:
        """Return the newest audit entry; who asks while the database is away waits for it."""
        while True:
            try:
                ((head,),) = await self.ground.rows("SELECT coalesce(max(seq), 0) FROM audit")
            except Away:
                await asyncio.sleep(0.05)
            else:
                return int(head)

    async def _replicas(
        self,
        stack: AsyncExitStack,
        clinic: Clinic,
        posts: Sequence[Post],
        deck: Deck,
        dice: Random,
        http: aiohttp.ClientSession,
    ) -> list[Replica]:
        nursery = await stack.enter_async_context(open_nursery())
        found = []
        rules = self.folder / "policy.toml"
        rules.write_text(policy(), encoding="utf-8")
        for post, url in zip(posts, self.ground.urls(), strict=True):
            graph = urlsplit(clinic.url)
            tap = await stack.enter_async_context(tapped(str(graph.hostname), graph.port or 80))
            environ = environment(clinic.url, self.folder / "unused.db", post.port, rules)
            environ |= {"GUESTLIST_DATABASE_URL": url, "GUESTLIST_GRAPH_URL": f"http://127.0.0.1:{tap.port}"}
            if self.usual:
                environ |= {
                    "GUESTLIST_MAILBOX": ""
                }  # a mailbox would take twenty minutes for the mails of one
            die = Random(dice.random())
            one = self.kept_alive(post, environ, nursery, tap, self.folder, deck, die, http, self.blind)
            if self.lists:
                one.patience, one.usual, one.seen = _FOR_LISTS, self.usual, partial(note_due, self.ground)
            found.append(one)
        return found

    def _others(self, clinic: Clinic, replicas: Sequence[Replica], dice: Random) -> list[Guardian | Lister]:
        """Return who else is there beside the crowd."""
        found: list[Guardian | Lister] = [Guardian(clinic, self.ground)] if self.guardian else []
        if self.lists:

            def points() -> list[str]:
                return [one.plan.point for one in replicas if one.plan]

            self._lister = Lister(clinic, self.ground, Random(dice.random()), points, many=self.usual)
            found.append(self._lister)
        return found

    async def _play(
        self,
        clinic: Clinic,
        crowd: Crowd,
        deck: Deck,
        replicas: Sequence[Replica],
        turmoil: Turmoil,
        dice: Random,
    ) -> tuple[int, list[str]]:
        """Let all of it happen; return the ledger's last entry before, and what had not ended by the end."""
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(crowd.look())
            for replica in replicas:
                tasks.create_task(replica.run())
            since = await crowd.bring_in(round(len(self.plans) * self.per_kill) + self.ahead + _MORE)
            if self.faults:
                await fail_now_and_then(clinic, dice)
            trouble = tasks.create_task(turmoil.run())
            others = self._others(clinic, replicas, dice)
            living = [tasks.create_task(one.live()) for one in others]
            try:
                await self._let_in(crowd, deck, trouble)
                for one in others:
                    one.enough.set()
                if living:
                    await asyncio.wait_for(asyncio.gather(*living), _SETTLED)
                await until(crowd.settled, "every request has ended", _SETTLED)
                if self._lister is not None:
                    await until(self._lister.settled, "every list is counted", _SETTLED)
                    await until(crowd.settled, "every card is drawn", _SETTLED)
                lost = []
            except (AssertionError, TimeoutError) as error:
                lost = [str(error) or "who protects an app or sends lists did not come to an end"]
                for life in living:
                    life.cancel()
            trouble.cancel()
            looking.cancel()
            for replica in replicas:
                replica.leaving.set()
        await crowd.leave()
        return since, lost

    async def _let_in(self, crowd: Crowd, deck: Deck, trouble: "asyncio.Task[None]") -> None:
        """Let requests in as deaths come, and on while there is trouble, so that it has somebody to hit."""
        hits, moved_at = 0, time.monotonic()
        done = 0
        while self._going_on(crowd, deck, trouble, done):
            done = deck.hits.total()
            quiet = time.monotonic() - moved_at > self.quiet
            if done != hits:
                hits, moved_at = done, time.monotonic()
            if not crowd.full and (quiet or len(crowd.guests) < done * self.per_kill + self.ahead):
                crowd.invite()
                moved_at = time.monotonic() if quiet else moved_at
            await asyncio.sleep(0.05)

    def _going_on(self, crowd: Crowd, deck: Deck, trouble: "asyncio.Task[None]", done: int) -> bool:
        """Tell whether there is still to come what needs requests, or requests to come for what there was."""
        dying = deck.over < len(self.plans)
        few = len(crowd.guests) < done * self.per_kill
        return bool(deck.plans) or dying or few or not trouble.done()

    async def _judged(
        self,
        clinic: Clinic,
        sight: Sight,
        crowd: Crowd,
        deck: Deck,
        replicas: Sequence[Replica],
        turmoil: Turmoil,
        front: Front,
        since: int,
        lost: Sequence[str],
        begun: float,
    ) -> Result:
        at_once = [*lost, *front.health.faults, *(fault for one in replicas for fault in one.faults)]
        logs = [path for path in (*(one.log for one in replicas), *self.ground.files) if path.exists()]
        wishes = self._lister.wishes if self._lister else []
        of_lists = [guest for wish in wishes for guest in wish.guests()]
        evidence = await gather(
            clinic,
            self.ground,
            [*crowd.guests, *of_lists],
            sight.heads,
            sight.links,
            trail_of(self.folder),
            logs,
            at_once,
            since,
        )
        later = {guest.address for guest in crowd.guests if guest.later} | {one.address for one in of_lists}
        there = (await clinic.get("/sandbox/state"))["guests"]
        after = await aftermath(self.ground, sight, evidence, there)
        faults = [*judge(without(evidence, later)), *lives(after), *protections(after)]
        if self._lister is not None:
            faults += listed(after, await listings(clinic, self.ground, wishes, after))
        if faults and self.kept is not None:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            self.kept.write_text(json.dumps(asdict(evidence), indent=1, default=str), encoding="utf-8")
        return Result(
            faults=faults,
            hits=deck.hits,
            pauses=deck.pauses,
            troubles=turmoil.done,
            missed=deck.missed,
            requests=len(crowd.guests),
            lists=len(wishes),
            rows=sum(len(wish.rows) for wish in wishes),
            done=Counter(str(does) for wish in wishes for does in wish.does),
            waited=waited(evidence.trail),
            stood=stood(evidence.trail),
            probes=front.health.probes,
            slowest_probe=front.health.slowest,
            slowest_drain=max((took for one in replicas for took in one.drained), default=0.0),
            seconds=time.monotonic() - begun,
        )


async def fail_now_and_then(clinic: Clinic, dice: Random) -> None:
    """Have Graph and the Bot Connector answer wrongly now and then, from now on."""
    for path, mix in (("^/v1.0/", GRAPH_FAULTS), ("^/connector/", CHANNEL_FAULTS)):
        await clinic.fault(match={"path": path}, mix=mix, seed=dice.randrange(10**6))


async def _set_up(clinic: Clinic, bot: str) -> None:
    """Send turns to the replicas, without the limits of a real tenant, and let Nia have the app as well."""
    await clinic.post("/teams/control", botUrl=bot, limits="off", app={"as": "nia", "action": "add"})
    await clinic.switch(throttling="off")
