"""A long run at a steady pace: people type all the time, Graph fails now and then, each replica dies once."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

import aiohttp

from tests.clinic import Clinic, until
from tests.kills.batch import Batch, fail_now_and_then
from tests.kills.crowd import Crowd
from tests.kills.fleet import Deck, Replica
from tests.kills.nursery import Child
from tests.kills.plans import Plan
from tests.kills.troubles import Turmoil
from tests.soak.measure import Grown, Life, Meter, Windows, grown

RATE = 5.0
"""Turns a second, of everybody together."""
INVITED = 18.0
"""Guests a minute while people move in; a mailbox sends thirty mails in one."""
_MOVING_IN, _LATER = 1 / 3, 0.25
"""For which share of the whole so many come, and which share of them later: memory that follows the
guests, as a list that shows them takes it, is no leak."""
_DEATHS = (1 / 12, 2 / 12, 3 / 12)
"""When a replica is killed, as shares of the whole; what comes after is long enough to be measured."""
_WARM_UP, _WINDOW = 1 / 4, 1 / 30
_MOST = 100
"""Turns that may be under way at once; what is beyond is not sent, and told."""
_STEP = 0.05
_REST = 20.0
"""Seconds without anybody, in which connections that nobody uses are closed."""
_STARTED, _SETTLED = 120.0, 900.0
_TALK = (
    ("megan", "personal", "/requests"),
    ("alex", "personal", "/approvals"),
    ("megan", "personal", "/show {label}"),
    ("megan", "personal", '/guests "Health Records"'),
    ("diego", "channel", "@Guestlist /help"),
    ("nia", "personal", "/approvals"),
    ("megan", "personal", "/help {label}"),
    ("alex", "personal", "/show {label}"),
    ("megan", "personal", "inviet somebody"),
    ("megan", "personal", "/guest {label}"),
    ("alex", "personal", "/audit {label}"),
    ("isaiah", "personal", "/help invite"),
)


@dataclass(slots=True)
class Steady(Replica):
    """Lives until somebody kills it, and comes again; its leases are the product's."""

    usual: bool = True
    doomed: asyncio.Event = field(default_factory=asyncio.Event)

    async def _live(self, child: Child, plan: Plan | None) -> None:  # noqa: ARG002 - deaths are not dealt here
        ends = [asyncio.create_task(event.wait()) for event in (child.ended, self.leaving, self.doomed)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if self.leaving.is_set() and child.alive:
            await self._drain(child)
        else:
            self.doomed.clear()
            await self._kill(child)


@dataclass(slots=True)
class Talk:
    """Types what changes nothing, so that with the crowd's own lines there are so many turns a second."""

    clinic: Clinic
    crowd: Crowd
    dice: Random
    turns: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    held_back: int = 0
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def begin(self) -> None:
        who, where, text = self.dice.choice(_TALK)
        numbers = [number for number, _ in self.crowd.states.values()]
        if "{label}" in text and not numbers:
            text = "/help"
        if self.under_way >= _MOST:
            self.held_back += 1
            return
        label = f"R-{self.dice.choice(numbers)}" if numbers else ""
        turn = asyncio.create_task(self._say(who, where, text.format(label=label)))
        self._under_way.add(turn)
        turn.add_done_callback(self._under_way.discard)

    async def _say(self, who: str, where: str, text: str) -> None:
        begun = time.monotonic()
        self.turns += 1
        try:
            said = await self.clinic.say(who, text, where)
        except (aiohttp.ClientError, TimeoutError):
            self.answers[0] += 1
            return
        self.answers[int(said["status"])] += 1
        self.took.append(time.monotonic() - begun)

    async def end(self) -> None:
        """Wait for what is under way, which the front lets last for ten seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way)


@dataclass(slots=True)
class Soaked:
    """What a soak measured, beside what a batch finds."""

    turns: int = 0
    """What was sent to the replicas."""
    answers: Counter[int] = field(default_factory=Counter)
    """How the turns that change nothing were answered, by status."""
    took: list[float] = field(default_factory=list)
    held_back: int = 0
    seconds: float = 0.0
    lives: Sequence[Life] = ()
    grown: Sequence[Grown] = ()


@dataclass(slots=True)
class Soak(Batch):
    """So many seconds of five turns each; `soaked` is there once it has run."""

    kept_alive: ClassVar[type[Replica]] = Steady
    lasts: float = 1800.0
    rate: float = RATE
    invited: float = INVITED
    soaked: Soaked = field(default_factory=Soaked)

    async def _play(
        self,
        clinic: Clinic,
        crowd: Crowd,
        deck: Deck,
        replicas: Sequence[Replica],
        turmoil: Turmoil,  # noqa: ARG002 - of a soak the deaths are all the trouble, beside the faults
        dice: Random,
    ) -> tuple[int, list[str]]:
        """Let people type for so long, kill each replica once meanwhile, and wait until all has ended."""
        meter = Meter(lambda: [(one.post.name, one.post.child) for one in replicas])
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(crowd.look())
            for replica in replicas:
                tasks.create_task(replica.run())
            since = await crowd.bring_in(round(self._asked_for(self.lasts)))
            await fail_now_and_then(clinic, dice)
            await self._all_up(replicas)
            metering = tasks.create_task(meter.run())
            killing = tasks.create_task(self._kill_each(replicas, deck))
            talk = Talk(clinic, crowd, Random(dice.random()))
            await self._type(talk, crowd)
            loaded = time.monotonic() - meter.begun
            try:
                await killing
                await until(crowd.settled, "every request has ended", _SETTLED)
                lost = []
            except (AssertionError, TimeoutError) as error:
                lost = [str(error)]
            await asyncio.sleep(_REST)
            metering.cancel()
            looking.cancel()
            for replica in replicas:
                replica.leaving.set()
        await crowd.leave()
        self._note(talk, meter, loaded)
        return since, lost

    async def _all_up(self, replicas: Sequence[Replica]) -> None:
        async def up() -> bool:
            return all(one.post.up for one in replicas)

        await until(up, "every replica takes turns", _STARTED)

    async def _kill_each(self, replicas: Sequence[Replica], deck: Deck) -> None:
        begun = time.monotonic()
        for share, replica in zip(_DEATHS, replicas, strict=True):
            await asyncio.sleep(begun + share * self.lasts - time.monotonic())
            assert isinstance(replica, Steady)
            replica.doomed.set()
            deck.over += 1

    def _asked_for(self, now: float) -> float:
        """Return for how many guests somebody has asked by then, in seconds."""
        moving = min(now, self.lasts * _MOVING_IN)
        return (moving + (now - moving) * _LATER) / 60 * self.invited

    async def _type(self, talk: Talk, crowd: Crowd) -> None:
        """Bring guests in as dealt, and have the rest of the turns be talk."""
        assert self._front is not None
        begun = time.monotonic()
        while (now := time.monotonic() - begun) < self.lasts:
            if crowd.coming and not crowd.full and len(crowd.guests) < self._asked_for(now):
                crowd.invite()
            # A turn that has not been answered may not have arrived yet, so it counts as well.
            for _ in range(round(now * self.rate) - self._front.turns - talk.under_way):
                talk.begin()
            await asyncio.sleep(_STEP)
        self.soaked.seconds = time.monotonic() - begun
        self.soaked.turns = self._front.turns
        await talk.end()

    def _note(self, talk: Talk, meter: Meter, loaded: float) -> None:
        windows = Windows(self.lasts * _WARM_UP, self.lasts * _WINDOW, loaded)
        lives = list(meter.lives.values())
        told = self.soaked
        told.answers, told.took, told.held_back = talk.answers, talk.took, talk.held_back
        told.lives = lives
        told.grown = [one for life in lives if (one := grown(life, windows)) is not None]
