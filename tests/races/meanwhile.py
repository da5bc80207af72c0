"""Races with what comes meanwhile: time that runs out, others who are called in, less, and delegates.

Nobody waits for days: the process makes the request older (tests/kills/ages.py), and what is due by that it
does by itself. Whatever is waited for is seen in the store.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from tests.clinic import until
from tests.races.arena import Press
from tests.races.people import CALLED_IN_AFTER, LESS, MORE, identity, role_id
from tests.races.rounds import PENDING, Round, delegate, delegate_no_more, too_late

_CLOSES_AFTER = 14
_ENDS = 120
_MOSTLY = 0.7
_WAYS_OUT: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = (
    ({"act": "removeMember"}, {"act": "addMember"}),
    ({"act": "disable"}, {"act": "enable"}),
    (
        {"act": "setProperties", "properties": {"userType": "Guest"}},
        {"act": "setProperties", "properties": {"userType": "Member"}},
    ),
)


async def closing(now: Round) -> None:
    """Approvals close while people press: it is decided by then, or has expired."""
    await now.go(now.approve(now.lane.first[0]))
    people, count = now.some(6), now.dice.randint(1, 5)
    pressing = asyncio.create_task(now.go(*map(now.approve, people[:count]), *_denial(now, people[5])))
    if now.dice.random() < 0.5:
        await until(partial(_stands, now), "somebody has decided", _ENDS)
    now.age(_CLOSES_AFTER)
    await pressing
    await until(partial(_over, now), "it is decided or has expired", _ENDS)
    await too_late(now)


def _denial(now: Round, who: str) -> list[Coroutine[Any, Any, Press]]:
    return [now.deny(who)] if now.dice.random() < 0.3 else []


async def _stands(now: Round) -> bool:
    """Tell whether a decision of the second stage, or what ended it, is in the store."""
    return bool(await now.decisions(2)) or await _over(now)


async def _over(now: Round) -> bool:
    return await now.state() != PENDING


async def closed(now: Round) -> None:
    """Nobody has decided in time: whoever presses then changes nothing, and reads that it has expired."""
    now.age(_CLOSES_AFTER)
    await until(partial(_over, now), "it has expired", _ENDS)
    assert await now.state() == "expired", "it has ended, and nobody pressed"
    everybody = now.lane.approvers
    await now.go(*map(now.approve, everybody), *map(now.deny, everybody[:3]), now.retried(everybody[3]))
    await too_late(now)


async def called_in(now: Round) -> None:
    """Others are called in by the watch while they press, and while the term is made shorter."""
    first, rest = now.lane.first, now.lane.approvers[len(now.lane.first) :]
    people = now.dice.sample(rest, 4)
    now.age(int(CALLED_IN_AFTER.removesuffix("d")))
    await now.go(
        now.amend(first[0], term="60d"),
        now.amend(people[0], term="30d"),
        now.approve(people[1]),
        now.deny(people[2]) if now.dice.random() < 0.3 else now.approve(people[2]),
    )
    await until(partial(now.told, "request.escalated"), "the watch has called others in", _ENDS)
    assert await now.told("request.escalated") == 1, "they were called in twice"
    body, shown = await now.arena.body(now.case), now.plan
    if await now.state() == PENDING:
        may = {one["object_id"] for one in body["approvers"]}
        assert may == {identity(who) for who in now.lane.approvers}, (
            "who was called in is an approver no more"
        )
    await now.go(now.approve(people[3], plan=shown), now.approve(people[2]), now.approve(first[1]))


async def lessened(now: Round) -> None:
    """Some give a shorter term and others a lesser access at once; cards of before approve nothing."""
    people = now.some(6)
    keys = {role: f"app-role:{role_id(now.case.app, role)}" for role in (LESS, MORE)}
    asked, others = now.plan, people[4:]
    await now.go(
        now.amend(people[0], access=keys[MORE], term="60d"),
        now.amend(people[1], term="30d"),
        *(now.amend(who, access=keys[LESS], term="") for who in people[2:4]),
        *([now.approve(others[0])] if now.dice.random() < 0.3 else []),
    )
    await now.state()
    cards = {asked, *await now.plans()}
    await now.go(*(now.approve(who, plan=plan) for plan in sorted(cards) for who in others))


async def delegated(now: Round) -> None:
    """A delegation begins and ends while approver and delegate press: both are one of a quorum."""
    lane, to = now.lane, now.lane.stranger
    whose, third = now.dice.sample(lane.approvers[len(lane.first) :], 2)
    now.delegates = {to: whose}
    await now.surely(lane.first[0], 1)
    await asyncio.gather(delegate(now, whose, to), now.go(*_both(now, whose, to)))
    try:
        await now.go(*_both(now, whose, to), now.approve(whose))
        await now.surely(whose, 2)
        found = await now.decisions(2)
        assert len(found) == 1, f"an approver and the delegate are not one: {found}"
        # What was approved is void by that, so they have a seat to approve for once more.
        await now.go(now.amend(third, term="30d"))
        assert await now.state() == PENDING, "an approver and the delegate were a quorum"
        await now.go(now.approve(lane.first[1]))
    finally:
        await asyncio.gather(delegate_no_more(now, whose), now.go(*_both(now, whose, to)))
    before = await now.decisions(2)
    assert len(before) <= 2, f"an approver and the delegate are not one: {before}"
    await now.go(now.approve(to), now.approve(to))
    assert await now.decisions(2) == before, "a delegate has decided whose delegation had ended"


async def leaving(now: Round) -> None:
    """An approver is removed, disabled or turned a guest while they press: then they decide nothing more."""
    lane, act = now.lane, now.arena.clinic.act
    who, other, third = now.dice.sample(lane.approvers[len(lane.first) :], 3)
    away, back = now.dice.choice(_WAYS_OUT)
    away, back = ({"group": lane.group, "person": who, **one} for one in (away, back))
    await now.surely(lane.first[0], 1)
    try:
        pressing = now.go(now.approve(who), now.retried(who), *_denial(now, who), now.approve(other))
        await asyncio.gather(act(**away), pressing)
        now.left = {who}
        before, state = await now.decisions(2), await now.state()
        await now.go(now.approve(who), now.deny(who), now.retried(who), now.amend(who, term="7d"))
        assert (await now.decisions(2), await now.state()) == (before, state), "who had left decided"
        await now.go(now.approve(third), now.approve(who), now.approve(other))
        await now.end()
    finally:
        await act(**back)


async def ruled(now: Round) -> None:
    """Another policy is taken up while people press, and taken back again: what counts is of one of both."""
    lane, people = now.lane, now.some(6)
    asked = now.plan
    try:
        changing = asyncio.create_task(now.arena.rule(lane, otherwise=True))
        await now.go(now.amend(people[0], term="60d"), now.amend(people[1], term="30d"))
        await changing
        first = [one for one in lane.first if now.dice.random() < _MOSTLY]
        await now.go(now.approve(people[2], plan=asked), *map(now.approve, (*people[3:], *first)))
        if now.dice.random() < _MOSTLY:
            await now.state()
            await now.go(*map(now.approve, first), *_denial(now, people[5]))
    finally:
        back = asyncio.create_task(now.arena.rule(lane, otherwise=False))
        await now.state()
        await now.go(*map(now.approve, people))
        await back


async def found(now: Round) -> None:
    """Somebody invites the guest by hand while people press, and the guest accepts: the plan moves, twice."""
    people, asked = now.some(6), now.plan
    act, address = now.arena.clinic.act, now.case.address
    await asyncio.gather(
        act(act="invite", address=address),
        now.go(now.amend(people[0], term="60d"), now.amend(people[1], term="30d")),
    )
    await now.state()
    await asyncio.gather(
        act(act="accept", address=address),
        now.go(
            now.approve(people[2], plan=asked), now.amend(people[3], term="20d"), *_denial(now, people[4])
        ),
    )
    await now.go(now.approve(people[5]), now.approve(people[2], plan=asked))


def _both(now: Round, whose: str, to: str) -> list[Coroutine[Any, Any, Press]]:
    """Return presses of a delegate, and mostly of the approver, too."""
    return [now.approve(to), now.approve(to), *([now.approve(whose)] if now.dice.random() < 0.7 else [])]
