"""The races: what people do at the same time about one request, by a seed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from random import Random
from typing import Any

from tests.races import lives, of_lists
from tests.races.arena import Press
from tests.races.meanwhile import (
    called_in,
    closed,
    closing,
    delegated,
    found,
    leaving,
    lessened,
    ruled,
)
from tests.races.people import Lane, identity
from tests.races.rounds import (
    ANSWER,
    ASK,
    CANCEL,
    DENY,
    PENDING,
    STORM,
    WHY,
    Round,
    delegate,
    delegate_no_more,
    too_late,
)

_SOME = 0.3


async def storm(now: Round) -> None:
    """Ten approvers press ten times each, all at once."""
    await now.go(*(now.approve(who) for who in now.lane.approvers for _ in range(STORM)))


async def against(now: Round) -> None:
    """Some approve while others deny."""
    people = now.some(6)
    await now.go(*map(now.approve, people[:3]), *map(now.deny, people[3:]), now.approve(people[3]))


async def again(now: Round) -> None:
    """Somebody presses twice, and clients send what they got no answer to again."""
    one, other = now.some(2)
    await now.go(now.approve(one), now.approve(one), now.retried(one), now.retried(other))


async def forged(now: Round) -> None:
    """Cards claim another request, person, role, count and stage, and senders another identity."""
    lane, (one, other) = now.lane, now.some(2)
    claims: Mapping[str, Any] = {
        "approver": identity(one),
        "actor": identity(one),
        "role": "admins",
        "stage": 9,
        "quorum": 0,
        "count": 99,
        "approvals": [identity(who) for who in lane.approvers],
    }
    await now.go(
        *(now.approve(who, **claims) for who in (lane.stranger, lane.requestor) for _ in range(2)),
        now.approve(one, request="0" * 32),
        now.approve(one, request=f"{now.case.request}'; --"),
        now.approve(one, plan="0" * 64),
        now.approve(other, sender="nobody"),
        now.approve(other, sender="tenant"),
        now.press(lane.stranger, DENY, justification=WHY, **claims),
    )
    await now.go(now.approve(one, **claims), now.approve(one, **claims))


async def own(now: Round) -> None:
    """The requestor comes to be an approver: by group, ownership, delegations, another app's card."""
    lane, who = now.lane, now.lane.requestor
    one, away = lane.approvers[:2]
    act, chain = now.arena.clinic.act, {away: who, who: lane.stranger}
    await act(act="addMember", group=lane.group, person=who, by="isaiah")
    for whose, to in chain.items():
        await delegate(now, whose, to)
    try:
        elsewhere = {"app": identity(lane.one), "approver": identity(one)}
        mine = (now.approve(who), now.approve(who, **elsewhere), now.retried(who), now.deny(who))
        await now.go(*mine, now.approve(lane.stranger), now.deny(lane.stranger))
        await now.go(now.approve(who), now.approve(one), now.approve(lane.stranger, **elsewhere))
    finally:
        for whose in chain:
            await delegate_no_more(now, whose)
        await act(act="removeMember", group=lane.group, person=who, by="isaiah")


async def gone(now: Round) -> None:
    """Between their cards and their presses one was removed, one disabled, and one turned a guest."""
    lane, act = now.lane, now.arena.clinic.act
    removed, disabled, guest, *left = now.some(5)
    now.barred = {removed, disabled, guest}
    await act(act="removeMember", group=lane.group, person=removed)
    await act(act="disable", person=disabled)
    await act(act="setProperties", person=guest, properties={"userType": "Guest"})
    try:
        await now.go(*(one(who) for who in now.barred for one in (now.approve, now.deny)))
        await now.go(*map(now.approve, (*now.barred, *left)), *map(now.deny, now.barred))
    finally:
        await act(act="addMember", group=lane.group, person=removed)
        await act(act="enable", person=disabled)
        await act(act="setProperties", person=guest, properties={"userType": "Member"})


async def quorum(now: Round) -> None:
    """All of both stages press twice and more until it is decided: nobody counts twice at a stage."""
    everybody = now.lane.approvers
    while await now.state() == PENDING:
        await now.go(
            *(now.approve(who) for who in everybody for _ in range(2)), *map(now.retried, now.some(2))
        )


async def denied_between(now: Round) -> None:
    """One denial at either stage ends it, whoever approves meanwhile."""
    await now.go(now.approve(now.lane.first[0]), now.approve(now.lane.first[1]))
    people = now.some(6)
    await now.go(*map(now.approve, people[:4]), *map(now.deny, people[4:]))
    await too_late(now)


async def canceled(now: Round) -> None:
    """The requestor gives it up while others decide."""
    people, who = now.some(4), now.lane.requestor
    await now.go(
        now.press(who, CANCEL), now.press(who, CANCEL), *map(now.approve, people), now.deny(people[0])
    )
    await too_late(now)


async def late(now: Round) -> None:
    """After it has ended, in whichever way, nobody changes anything."""
    one = now.some(1)[0]
    first: Callable[[], Coroutine[Any, Any, Press]] = now.dice.choice(
        [
            lambda: now.approve(one),
            lambda: now.deny(one),
            lambda: now.press(now.lane.requestor, CANCEL),
        ]
    )
    await now.go(first())
    await too_late(now)


async def talk(now: Round) -> None:
    """Questions, answers and a shorter term race with approvals and a denial."""
    people, who = now.some(8), now.lane.requestor
    decides = now.deny(people[0]) if now.dice.random() < _SOME else now.approve(people[0])
    terms = {people[4]: "30d", people[5]: "60d", people[6]: "30d"}
    await now.go(
        *(now.press(one, ASK, question=WHY, asked="0") for one in people[1:4]),
        *(now.amend(one, term=term) for one, term in terms.items()),
        now.press(who, ANSWER, answer=WHY, asked="1"),
        now.press(who, ANSWER, answer=WHY, asked="1"),
        now.approve(people[7]),
        decides,
    )
    await now.state()
    await now.go(now.press(who, ANSWER, answer=WHY, asked="1"), *map(now.approve, people[:3]))


async def typed(now: Round) -> None:
    """Some type what others press."""
    people, label = now.some(6), now.case.label
    typing = [now.arena.type(who, f"/approve {label}") for who in people[:3]]
    await asyncio.gather(*typing, now.go(*map(now.approve, people[3:]), now.deny(people[5])))


Race = Callable[[Round], Awaitable[None]]
_ALONE = (storm, against, again, forged, own, gone, quorum, denied_between, canceled, late, talk, typed)
_MEANWHILE = (closing, closed, called_in, lessened, delegated, leaving, ruled, found)
_LIVES = (lives.undone, lives.renewed, lives.left, lives.deleted, lives.changed, lives.mixed)
_LISTS = (
    of_lists.list_sent,
    of_lists.list_decided,
    of_lists.list_held,
    of_lists.list_retried,
    of_lists.list_crossed,
)
RACES: Mapping[str, Race] = {one.__name__: one for one in (*_ALONE, *_MEANWHILE, *_LIVES, *_LISTS)}
LISTS = frozenset(one.__name__ for one in _LISTS)
"""Those about a list, whose judge is that of lists."""
LIVES = frozenset(one.__name__ for one in _LIVES)
"""Those that go on after the delivery, about as many requests as they come to; their judge is another."""
STAGED = (quorum, denied_between, closing, delegated, leaving)


def app_of(race: str, lane: Lane, dice: Random) -> str:
    """Return the app that a race is about."""
    if race in LIVES:
        return dice.choice(lane.lives)
    if race in LISTS:
        return dice.choice((lane.one, lane.mill))
    other: Mapping[Race, str] = {
        own: lane.owned,
        called_in: lane.watched,
        lessened: lane.ranked,
        ruled: lane.ruled,
    }
    return lane.two if RACES[race] in STAGED else other.get(RACES[race], lane.one)


def deal(seed: int, rounds: int) -> list[str]:
    """Return so many races, all equally often, in an order of this seed."""
    dice = Random(seed)
    names = list(RACES)
    found = [name for _ in range(-(-rounds // len(names))) for name in dice.sample(names, len(names))]
    return found[:rounds]
