"""Where races take place: real processes beside one sandbox, and people who press over HTTP, at once."""

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from bench.processes import free_port
from tests.clinic import Clinic, environment, spoken, until
from tests.kills import ages
from tests.kills.afterlives import left_to_do
from tests.kills.fleet import Deck, Replica
from tests.kills.front import Front, Post, open_front
from tests.kills.grounds import Away, Ground
from tests.kills.nursery import Child, Nursery, open_nursery
from tests.kills.onlooker import Sight, open_watched_sandbox
from tests.kills.tap import Tap
from tests.kills.troubles import set_clock
from tests.races.people import LANE, MORE, Lane, policy, story

ACTION = "adaptiveCard/action"
OTHER_TENANT = "00000000-0000-4000-8000-00000000beef"
_AGAIN = 20
"""How often somebody presses again who was not answered in time."""
_TURN = 60.0
POLICY = "policy.toml"
_PATIENCE = 120.0
"""Seconds for what comes at once where nobody else needs the processor."""


@dataclass(frozen=True, slots=True)
class Press:
    """What somebody did, and what they were answered; `twice` are the answers to a retry of their client."""

    who: str
    act: str
    status: int
    said: str
    unanswered: int = 0
    twice: tuple[str, ...] = ()
    real: bool = True
    """Whether it names this request and its own sender."""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Case:
    """A request that people race about."""

    lane: Lane
    app: str
    address: str
    request: str
    label: str


class Retrying(Front):
    """A load balancer whose clients lose an answer: what is marked is sent twice at once, anywhere."""

    def __init__(self, posts: Sequence[Post], http: aiohttp.ClientSession, dice: Random) -> None:
        super().__init__(posts, http, dice, _TURN)
        self.answers: dict[str, list[str]] = {}

    async def pass_on(self, port: int, path: str, body: bytes, kept: Any) -> tuple[int, bytes, str]:
        activity = json.loads(body)
        data = _data(activity)
        if sender := data.get("sender"):
            body = _sent_by(activity, sender)
        if not (mark := str(data.get("retried", ""))):
            return await super().pass_on(port, path, body, kept)
        ports = [port, self.choose(), port]
        found = await asyncio.gather(*(super(Retrying, self).pass_on(one, path, body, kept) for one in ports))
        # By the same process it is one turn, with one answer; another one knows what was decided.
        self.answers[mark] = [answer.decode() for _, answer, _ in found]
        return found[0]

    def choose_child(self) -> Child:
        """Return a process that takes turns."""
        return self._dice.choice([child for post in self._posts if (child := post.up)])


def _data(activity: Any) -> Mapping[str, Any]:
    return activity["value"]["action"].get("data", {}) if activity.get("name") == ACTION else {}


def _sent_by(activity: Any, sender: str) -> bytes:
    """Return an activity whose sender has no object id, or is of another tenant."""
    if sender == "nobody":
        del activity["from"]["aadObjectId"]
    else:
        activity["conversation"]["tenantId"] = activity["channelData"]["tenant"]["id"] = OTHER_TENANT
    return json.dumps(activity).encode()


@dataclass(slots=True)
class Arena:
    """A tenant, a database and the replicas on it, for as many races as one likes."""

    clinic: Clinic
    ground: Ground
    sight: Sight
    front: Retrying
    replicas: Sequence[Replica]
    folder: Path
    seats: dict[str, str] = field(default_factory=dict)
    """The message on which each person presses; what counts is the data, which anybody can forge."""
    otherwise: set[int] = field(default_factory=set)
    """The lanes in which the other policy is in force."""
    written: list[str] = field(default_factory=list)
    """The digests of all policies that were written."""

    async def seat(self, who: str) -> None:
        """Let somebody meet the bot, so that they can be asked and can press."""
        await self.clinic.say(who, "/help")
        [*_, newest] = [one for one in await self.clinic.messages(who) if one["card"]]
        self.seats[who] = newest["id"]

    async def ask(self, lane: Lane, app: str, address: str) -> Case:
        """Have the lane's requestor ask for a guest; wait until the request stands."""
        what = f"{app} as {MORE}" if app == lane.ranked else app
        line = f"/invite {address} to {what} for 90d because canary-why races"
        mine = (
            "SELECT r.id, r.number FROM requests r JOIN personal p ON p.subject = r.subject "
            f"WHERE p.address = '{address}'"
        )

        async def look() -> Sequence[Any]:
            # The same request is none of its own: to ask again is safe.
            await self.clinic.say(lane.requestor, line)
            return await self.rows(mine)

        ((request, number),) = await until(look, f"the request for {address}", _PATIENCE)
        return Case(lane, app, address, request, f"R-{number}")

    async def rows(self, query: str) -> Sequence[Any]:
        try:
            return await self.ground.rows(query)
        except Away:
            return ()

    async def body(self, case: Case) -> dict[str, Any]:
        """Return the request as it is stored."""
        ((text,),) = await self.ground.rows(f"SELECT body FROM requests WHERE id = '{case.request}'")
        return dict(json.loads(text))

    async def press(self, case: Case, who: str, act: str, **data: Any) -> Press:
        """Press a button of a request's card, again where no answer came in time."""
        given = {"request": case.request, **data}
        body = await self._pressing(who, act, given)
        answer, unanswered = await self._answered(body)
        mark = str(data.get("retried", ""))
        twice = tuple(self.front.answers.pop(mark, ())) if mark else ()
        real = given["request"] == case.request and "sender" not in data
        return Press(who, act, answer["status"], _said(answer), unanswered, twice, real, data)

    async def answer(self, who: str, act: str, **data: Any) -> Any:
        """Press a button, and return all that the presser is shown."""
        answer, _ = await self._answered(await self._pressing(who, act, data))
        return answer

    async def _pressing(self, who: str, act: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "as": who,
            "conversation": await self.clinic.place(who, "personal"),
            "messageId": self.seats[who],
            "action": {"type": "Action.Execute", "verb": act, "data": data},
        }

    async def _answered(self, body: Mapping[str, Any]) -> tuple[Any, int]:
        """Press until there is an answer; returns how often there was none, too."""
        answer, unanswered = await self.clinic.post("/teams/press", **body), 0
        while not answer["status"] and unanswered < _AGAIN:
            answer, unanswered = await self.clinic.post("/teams/press", **body), unanswered + 1
        return answer, unanswered

    async def type(self, who: str, text: str) -> int:
        """Type a line, again where no answer came in time."""
        answer, unanswered = await self.clinic.say(who, text), 0
        while not answer["status"] and unanswered < _AGAIN:
            answer, unanswered = await self.clinic.say(who, text), unanswered + 1
        return int(answer["status"])

    def age(self, case: Case, by: timedelta) -> None:
        """Have a request been sent so much earlier, in whichever process."""
        self.age_of(case.request, by)

    def age_of(self, request: str, by: timedelta) -> None:
        ages.order(self.folder, request, by)
        self.front.choose_child().send(ages.SIGNAL)

    async def rule(self, lane: Lane, *, otherwise: bool) -> None:
        """Have a lane's other policy in force, or the usual one, in every process; lanes share the file."""
        (self.otherwise.add if otherwise else self.otherwise.discard)(lane.number)
        place = len(self.written)
        self.written.append(write_policy(self.folder, policy(self.otherwise), place))

        def taken_up(log: Path) -> bool:
            told = log.read_text(encoding="utf-8")
            return any(digest in told for digest in self.written[place:])

        async def everywhere() -> bool:
            return all([await asyncio.to_thread(taken_up, one.log) for one in self.replicas])

        await until(everywhere, "every process has taken the policy up", _PATIENCE)

    async def guests(self) -> list[dict[str, Any]]:
        """Return those whom the directory has, with what they have."""
        return list((await self.clinic.get("/sandbox/state"))["guests"])

    async def settled(self, of: str = "") -> bool:
        """Tell whether nothing is left to do for any request; `of` narrows that."""
        waiting = f"{left_to_do(time.time())}{of}"
        try:
            return not await self.ground.rows(f"SELECT key FROM jobs WHERE {waiting}")
        except Away:
            return False


def _said(answer: Any) -> str:
    shown = answer["shown"]
    return spoken(shown) if shown["kind"] == "card" else str(shown.get("text", shown["kind"]))


@asynccontextmanager
async def open_arena(ground: Ground, folder: Path, dice: Random, lanes: int) -> AsyncIterator[Arena]:
    """Serve a sandbox and as many replicas as the ground has lines, and let everybody meet the bot."""
    (folder / "trail").touch()
    set_clock(folder, 0.0)

    async def head() -> int:
        ((newest,),) = await ground.rows("SELECT coalesce(max(seq), 0) FROM audit")
        return int(newest)

    posts = [Post("abc"[place], free_port()) for place in range(len(ground.urls()))]
    async with (
        open_watched_sandbox(head, story()) as (clinic, sight),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
        open_front(posts, dice, Retrying) as (front, bot),
        open_nursery() as nursery,
    ):
        await clinic.post("/teams/control", botUrl=bot, limits="off", app={"as": "nia", "action": "add"})
        await clinic.switch(throttling="off")
        replicas = _replicas(ground, folder, posts, clinic, nursery, dice, http)
        living = [asyncio.create_task(one.run()) for one in replicas]
        assert isinstance(front, Retrying)
        arena = Arena(clinic, ground, sight, front, replicas, folder)
        try:
            await until(_all_up(posts), "every replica is ready", 120)
            for lane in LANE[:lanes]:
                await asyncio.gather(*(arena.seat(who) for who in lane.people))
            yield arena
        finally:
            for one in replicas:
                one.leaving.set()
            await asyncio.gather(*living)


def _all_up(posts: Sequence[Post]) -> Any:
    async def look() -> bool:
        return all(post.up for post in posts)

    return look


def write_policy(folder: Path, text: str, number: int) -> str:
    """Write the policy, which no process reads half of, and return its digest; no two are the same."""
    content = f"{text}\n# {number}\n".encode()
    (folder / f"{POLICY}.new").write_bytes(content)
    (folder / f"{POLICY}.new").replace(folder / POLICY)
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _replicas(
    ground: Ground,
    folder: Path,
    posts: Sequence[Post],
    clinic: Clinic,
    nursery: Nursery,
    dice: Random,
    http: aiohttp.ClientSession,
) -> list[Replica]:
    """Return replicas that live on until they are to leave: no death is dealt here."""
    write_policy(folder, policy(), 0)
    rules = folder / POLICY
    found = []
    for post, url in zip(posts, ground.urls(), strict=True):
        environ = environment(clinic.url, folder / "unused.db", post.port, rules)
        environ |= {"GUESTLIST_DATABASE_URL": url}
        found.append(Replica(post, environ, nursery, Tap(), folder, Deck(deque()), dice, http))
    return found
