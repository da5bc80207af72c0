"""Some rounds of races in one tenant and one database, side by side, and what came of them."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.clinic import until
from tests.kills.aftermath import without
from tests.kills.evidence import Evidence, gather
from tests.kills.fleet import trail_of
from tests.kills.grounds import Ground
from tests.kills.judge import judge
from tests.kills.lives import lives
from tests.races import of_lists
from tests.races.arena import Arena, open_arena
from tests.races.people import LANE, LANES, Lane
from tests.races.races import LISTS, LIVES, RACES, app_of
from tests.races.rights import of_races
from tests.races.rounds import Round
from tests.races.verdict import refused, verdict

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Result:
    """What a batch did and what it found."""

    faults: list[str] = field(default_factory=list)
    races: Counter[str] = field(default_factory=Counter)
    presses: int = 0
    refused: int = 0
    unanswered: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Races:
    """Runs races in every lane until all that were dealt are over, and judges them."""

    ground: Ground
    folder: Path
    seed: int
    dealt: Sequence[str]
    lanes: int = LANES
    rounds: list[Round] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def run(self) -> Result:
        begun = time.monotonic()
        dice = Random(self.seed)
        left = deque(self.dealt)
        async with open_arena(self.ground, self.folder, Random(dice.random()), self.lanes) as arena:
            lanes = [(lane, Random(dice.random())) for lane in LANE[: self.lanes]]
            await asyncio.gather(*(self._race(arena, lane, die, left) for lane, die in lanes))
            await until(arena.settled, "nothing is left to do", 300)
            faults = [*self.faults, *(fault for one in arena.replicas for fault in one.faults)]
            evidence = await self._evidence(arena, faults)
            ended = {now.case.address for now in self.rounds if now.race in LIVES}
            ended |= {one for now in self.rounds if now.wish for one in now.wish.addresses}
            judged = judge(without(evidence, ended))
            after = await of_races(arena, self.rounds, evidence)
            judged += [*lives(after), *(await of_lists.judged(self.rounds, arena, after))]
            for now in self.rounds:
                judged += [] if now.race in LIVES | LISTS else await self._judged(now, evidence)
        presses = [press for now in self.rounds for press in now.presses]
        return Result(
            faults=judged,
            races=Counter(now.race for now in self.rounds),
            presses=len(presses),
            refused=sum(refused(press.said) for press in presses),
            unanswered=sum(press.unanswered for press in presses),
            seconds=time.monotonic() - begun,
        )

    async def _race(self, arena: Arena, lane: Lane, dice: Random, left: deque[str]) -> None:
        while left:
            race = left.popleft()
            if race in LISTS:
                await self._list_race(arena, lane, dice, race)
                continue
            address = f"canary.{''.join(dice.choices(_LETTERS, k=9))}@fabrikam.com"
            case = await arena.ask(lane, app_of(race, lane, dice), address)
            now = Round(arena, lane, dice, race, case, "")
            await now.state()
            self.rounds.append(now)
            try:
                await RACES[race](now)
                await now.end()
            except AssertionError as error:
                self.faults.append(f"{race} {case.label}: {error}")

    async def _list_race(self, arena: Arena, lane: Lane, dice: Random, race: str) -> None:
        wish = of_lists.wish_of(dice)
        case = await of_lists.looked_at(arena, lane, app_of(race, lane, dice), wish)
        now = Round(arena, lane, dice, race, case, "", wish=wish)
        self.rounds.append(now)
        try:
            await of_lists.race(now, RACES[race])
        except AssertionError as error:
            self.faults.append(f"{race} {case.label}: {error}")

    async def _evidence(self, arena: Arena, faults: Sequence[str]) -> Evidence:
        logs = [path for path in (*(one.log for one in arena.replicas), *self.ground.files) if path.exists()]
        sight = arena.sight
        trail = trail_of(self.folder)
        return await gather(
            arena.clinic, self.ground, (), sight.heads, sight.links, trail, logs, faults, since=0
        )

    async def _judged(self, now: Round, evidence: Evidence) -> Sequence[str]:
        query = f"SELECT stage, person_id FROM decisions WHERE request_id = '{now.case.request}'"
        decisions = await self.ground.rows(query)
        return list(verdict(now, evidence, decisions, await now.arena.body(now.case)))
