"""One race about one request: what people can press, all at once, and what came of each press."""

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from tests.clinic import until
from tests.kills.wishes import Wish
from tests.races.arena import Arena, Case, Press
from tests.races.people import Lane, identity

PENDING, DELIVERING = "pendingApproval", "delivering"
CHANGED = ("request.approved", "request.denied", "request.canceled", "request.expired")
STORM = 10
WHY = "canary-why not"
APPROVE, DENY, ASK, AMEND = "approval.approve", "approval.deny", "approval.ask", "approval.amend"
ANSWER, CANCEL = "request.answer", "request.cancel"


@dataclass(slots=True)
class Round:
    """One race about one request, and what came of each press."""

    arena: Arena
    lane: Lane
    dice: Random
    race: str
    case: Case
    plan: str
    presses: list[Press] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    """Approvers who may decide no longer when the race begins."""
    delegates: dict[str, str] = field(default_factory=dict)
    """Who may decide for whom, from when that is delegated until it has ended."""
    left: set[str] = field(default_factory=set)
    """Approvers who may decide no longer, from some moment of the race until its end."""
    wish: Wish | None = None
    """The list that it is about, if it is about one."""
    rule: str = ""
    """The policy's text that it was asked under."""
    _retried: int = 0

    async def go(self, *presses: Coroutine[Any, Any, Press]) -> list[Press]:
        """Let all of it happen at once."""
        mixed = list(presses)
        self.dice.shuffle(mixed)
        found = await asyncio.gather(*mixed)
        self.presses += found
        return list(found)

    def press(self, who: str, act: str, **data: Any) -> Coroutine[Any, Any, Press]:
        return self.arena.press(self.case, who, act, **data)

    def approve(self, who: str, **data: Any) -> Coroutine[Any, Any, Press]:
        return self.press(who, APPROVE, **{"plan": self.plan, **data})

    def deny(self, who: str) -> Coroutine[Any, Any, Press]:
        return self.press(who, DENY, justification=WHY)

    def retried(self, who: str) -> Coroutine[Any, Any, Press]:
        """Return a press whose client sends it three times."""
        self._retried += 1
        return self.approve(who, retried=f"{self.case.label} {self._retried}")

    def amend(self, who: str, **less: str) -> Coroutine[Any, Any, Press]:
        return self.press(who, AMEND, **less)

    def age(self, days: int) -> None:
        """Have the request been sent so many days earlier than it was, and an hour."""
        self.arena.age(self.case, timedelta(days=days, hours=1))

    def some(self, count: int) -> list[str]:
        return self.dice.sample(list(self.lane.approvers), count)

    async def state(self) -> str:
        body = await self.arena.body(self.case)
        self.plan = body["plan"]["hash"]
        self.rule = self.rule or body["plan"]["parts"]["rule"]
        return str(body["state"])

    async def told(self, what: str) -> int:
        """Return how often the audit tells of something about this request."""
        about = f"what = '{what}' AND request_id = '{self.case.request}'"
        return len(await self.arena.rows(f"SELECT seq FROM audit WHERE {about}"))

    async def plans(self) -> list[str]:
        """Return the plans that amendments have made of it, by the audit."""
        made = f"what = 'request.amended' AND request_id = '{self.case.request}'"
        rows = await self.arena.rows(f"SELECT detail FROM audit WHERE {made} ORDER BY seq")
        return [str(json.loads(detail)["plan"]) for (detail,) in rows]

    async def decisions(self, stage: int) -> list[tuple[int, str]]:
        """Return who has decided at a stage, and in which cycle."""
        of = f"request_id = '{self.case.request}' AND stage = {stage}"
        rows = await self.arena.rows(f"SELECT cycle, person_id FROM decisions WHERE {of}")
        return sorted((cycle, person) for cycle, person in rows)

    async def surely(self, who: str, stage: int) -> None:
        """Let somebody press until it counts: where the directory answers late, a press changes nothing."""
        for _ in range(STORM):
            if await self.decisions(stage):
                break
            await self.go(self.approve(who))

    def may_press(self, who: str) -> bool:
        return who not in self.barred | self.left

    async def end(self) -> str:
        """Let it be decided, if it is not, and wait until what was decided is done."""
        for _ in range(STORM):
            if await self.state() != PENDING:
                break
            await self.go(*(self.approve(who) for who in self.lane.approvers if self.may_press(who)))

        async def ended() -> str:
            state = await self.state()
            return "" if state == DELIVERING else state

        return str(await until(ended, f"{self.case.label} has ended", 300))


async def too_late(now: Round) -> None:
    """Let approvers and the requestor press once it has ended, in whichever way: nothing changes."""
    before = await now.end()
    people = now.some(6)
    await now.go(
        *map(now.approve, people[:2]),
        now.retried(people[5]),
        now.deny(people[2]),
        now.press(people[3], ASK, question=WHY, asked="0"),
        now.amend(people[4], term="30d"),
        now.press(now.lane.requestor, ANSWER, answer=WHY, asked="1"),
        now.press(now.lane.requestor, CANCEL),
    )
    assert await now.state() == before, "somebody changed what had ended"


async def delegates(now: Round, whose: str, *, stopped: bool = False) -> bool:
    """Tell whether somebody has delegated, or ended it again, by the audit: a line is answered later."""
    told = f"what LIKE 'delegation.%' AND actor = '{identity(whose)}' ORDER BY seq DESC LIMIT 1"
    newest = await now.arena.rows(f"SELECT what FROM audit WHERE {told}")
    return [what for (what,) in newest] == ["delegation.ended" if stopped else "delegation.made"]


async def delegate(now: Round, whose: str, to: str) -> None:
    await now.arena.type(whose, f"/delegate {to}@contoso-health.com for 2d")
    await until(partial(delegates, now, whose), f"{whose} has delegated", 120)


async def delegate_no_more(now: Round, whose: str) -> None:
    await now.arena.type(whose, "/delegate stop")
    await until(partial(delegates, now, whose, stopped=True), f"{whose} decides alone again", 120)
