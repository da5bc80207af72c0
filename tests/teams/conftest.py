import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from access.ports import NotDone
from access.rules.causes import Cause
from access.rules.model import ObjectId, Place
from bot.credential import StaticCredential
from bot.teams import Teams
from bot.web import LARGEST_BODY
from cards.look import Look
from dialogs.turn import Nothing, Reply, Turn
from tests.teams.channel import APP, TENANT, Bot, Channel


class HandClock:
    """A clock that a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class HandTime:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


class KeptNotes:
    """Notes in memory, and how often they were read and written."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.leases: dict[str, str] = {}
        self.away: set[str] = set()
        """The calls that fail: read, write."""
        self.slow: deque[asyncio.Event] = deque()
        """What the answers of the next reads wait for on their way, each for its own."""

    async def note(self, key: str) -> str | None:
        self.reads.append(key)
        self._answer("read")
        kept = self.kept.get(key)
        await asyncio.sleep(0)  # others have their turn, as with a store
        if self.slow:
            await self.slow.popleft().wait()
        return kept

    async def keep_note(self, key: str, value: str) -> None:
        self._answer("write")
        self.writes.append(key)
        self.kept[key] = value

    async def replace_note(self, key: str, was: str | None, value: str) -> bool:
        await asyncio.sleep(0)
        if self.kept.get(key) != was:
            return False
        await self.keep_note(key, value)
        return True

    def _answer(self, call: str) -> None:
        if call in self.away:
            raise NotDone(Cause.UNAVAILABLE, f"no {call}")

    async def take_lease(self, name: str, holder: str, lasting: timedelta) -> bool:  # noqa: ARG002 - time does not pass here
        return self.leases.setdefault(name, holder) == holder

    async def give_up_lease(self, name: str, holder: str) -> None:
        if self.leases.get(name) == holder:
            del self.leases[name]


class ScriptedFlows:
    """Answers every turn as the test says, and remembers the turns."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.reply: Reply | Callable[[Turn], Awaitable[Reply]] = Nothing()

    async def answer(self, turn: Turn) -> Reply:
        self.turns.append(turn)
        return await self.reply(turn) if callable(self.reply) else self.reply


@dataclass
class Installations:
    """Whom the app was installed for."""

    people: list[ObjectId] = field(default_factory=list)
    error: Exception | None = None

    async def install(self, person: ObjectId) -> None:
        self.people.append(person)
        if self.error is not None:
            raise self.error


@dataclass
class Returns:
    """Who, and where, may be told what could not be told before; None means a team's channels."""

    people: list[ObjectId] = field(default_factory=list)
    places: list[Place | None] = field(default_factory=list)

    async def again(self, person: ObjectId) -> None:
        self.people.append(person)

    async def reopened(self, place: Place | None) -> None:
        self.places.append(place)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    double = Channel()
    await double.server.start_server()
    yield double
    await double.server.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def passing() -> HandTime:
    return HandTime()


@pytest.fixture
def notes() -> KeptNotes:
    return KeptNotes()


@pytest.fixture
def flows() -> ScriptedFlows:
    return ScriptedFlows()


@pytest.fixture
def installations() -> Installations:
    return Installations()


@pytest.fixture
def returns() -> Returns:
    return Returns()


class Accounts:
    """The object ids that the directory has, which cannot be read until a test says so."""

    def __init__(self) -> None:
        self.ids: set[str] | None = None

    async def has(self, person: ObjectId) -> bool:
        if self.ids is None:
            raise NotDone(Cause.UNAVAILABLE, "the directory is away")
        return person in self.ids


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
async def teams(
    channel: Channel, clock: HandClock, notes: KeptNotes, installations: Installations, accounts: Accounts
) -> AsyncIterator[Teams]:
    opened = await Teams.open(
        app_id=APP,
        tenant_id=TENANT,
        openid_url=f"{channel.origin}/openid",
        service_origins=[channel.origin],
        credential=StaticCredential("made-up"),
        notes=notes,
        house=Look(ZoneInfo("UTC")),
        install=installations.install,
        belongs=accounts.has,
        clock=clock,
    )
    yield opened
    await opened.close()


@pytest.fixture
async def bot(teams: Teams, channel: Channel, flows: ScriptedFlows, returns: Returns) -> AsyncIterator[Bot]:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.add_routes(teams.routes(flows, returns))
    server = TestServer(app)
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        yield Bot(str(server.make_url("/api/messages")), channel, session)
    await server.close()
