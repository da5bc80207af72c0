"""Races about guests who have an access, or had one: undone, renewed, removed, restored, all at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from tests.races import acts
from tests.races.acts import Does
from tests.races.rounds import Round

_BURSTS = 3
_LEAST, _MOST = 4, 8
_QUIET_BETWEEN = 0.5


def _may(now: Round) -> Sequence[str]:
    """Return whoever may do most of it, and now and then somebody who may not."""
    lane = now.lane
    often = [lane.requestor, lane.requestor, lane.asker, lane.admin, *lane.approvers[:3], lane.half]
    return [*often, lane.stranger]


async def burst(now: Round, pool: Sequence[Does], least: Sequence[Does] = ()) -> None:
    """Let some acts happen at once; those of `least` are among them."""
    drawn = [*least, *now.dice.choices(pool, k=now.dice.randint(_LEAST, _MOST))]
    now.dice.shuffle(drawn)
    await asyncio.gather(*(act(now, now.dice.choice(_may(now))) for act in drawn))
    if now.dice.random() < _QUIET_BETWEEN:
        await acts.quiet(now)


async def _given(now: Round) -> None:
    """Let the guest have what the race is about, and mostly the other app, too."""
    lane, address = now.lane, now.case.address
    await now.end()
    if now.dice.random() < 0.6:
        other = next(app for app in lane.lives if app != now.case.app)
        who = now.dice.choice([lane.requestor, lane.asker])
        await acts.typed(now, who, f"/invite {address} to {other} for 90d because canary-why races")
        if now.dice.random() < 0.7:
            await acts.approve(now, lane.approvers[0])
            await acts.quiet(now)
    if now.dice.random() < 0.5:
        await acts.accept(now, "")


def _of(pool: Sequence[Does], *least: Does) -> Callable[[Round], Awaitable[None]]:
    async def race(now: Round) -> None:
        await _given(now)
        for _ in range(_BURSTS):
            await burst(now, pool, least)
        await acts.quiet(now)

    return race


_ALWAYS = (acts.undo, acts.undo, acts.approve, acts.retry)
_TERM = (acts.extend, acts.extend, acts.approve, acts.term_passes)
_ACCOUNT = (acts.leave, acts.restore, acts.undo, acts.ask, acts.approve)


async def undone(now: Round) -> None:
    """What was given is undone, removed, renewed and asked for anew at once."""
    await _of((*_ALWAYS, acts.remove, acts.ask, acts.extend, acts.change), acts.undo, acts.remove)(now)


async def renewed(now: Round) -> None:
    """An access is renewed and that is undone, while it is removed, or its term is over."""
    await _of((*_ALWAYS, *_TERM, acts.remove, acts.deny, acts.cancel), acts.extend, acts.approve)(now)


async def left(now: Round) -> None:
    """A guest is removed from the directory, restored and undone, while others give and renew."""
    await _of((*_ALWAYS, *_ACCOUNT, acts.remove, acts.extend, acts.change), acts.leave, acts.restore)(now)


async def deleted(now: Round) -> None:
    """The week of a removal is over while it is restored, undone, taken up again, and others give."""
    await _of((*_ALWAYS, *_ACCOUNT, acts.a_week_passes, acts.accept), acts.leave, acts.a_week_passes)(now)


async def changed(now: Round) -> None:
    """Several change one guest's details, while the guest is removed, restored and renewed."""
    await _of((acts.change, acts.change, *_ACCOUNT, acts.retry), acts.change, acts.change)(now)


async def mixed(now: Round) -> None:
    """Everything that can be done to a guest happens in any order."""
    rest = (acts.remove, acts.change, acts.deny, acts.cancel, acts.accept, acts.a_week_passes)
    await _of((*_ALWAYS, *_ACCOUNT, *_TERM, *rest))(now)
