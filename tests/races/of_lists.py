"""Races about a list: sent, decided on, held, taken up and crossed by many at once."""

import functools
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from tests.clinic import until
from tests.kills.listed import listed
from tests.kills.lister import bodies, fill_in, is_counted, kept_of, lists
from tests.kills.past import Aftermath
from tests.kills.standing import listings
from tests.kills.wishes import LEFT_OUT, Row, Was, Wish
from tests.races.arena import Arena, Case, Press
from tests.races.people import Lane, identity
from tests.races.rounds import APPROVE, CANCEL, DENY, PENDING, WHY, Round

_OVER = {"delivered", "deliveryFailed"}
_NEVER = {"denied", "canceled"}
_PATIENCE = 240.0
_NEW, _ELSEWHERE = 9, 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
Body = Mapping[str, Any]


def wish_of(dice: Random) -> Wish:
    """Draw a list of a lane: some new guests, two of whom are of another domain, one who was there before."""

    def address(domain: str) -> str:
        return f"canary.{''.join(dice.choices(_LETTERS, k=9))}@{domain}"

    rows = [Row(address("fabrikam.com"), Was.NEW) for _ in range(_NEW)]
    rows += [Row(address(LEFT_OUT), Was.ELSEWHERE) for _ in range(_ELSEWHERE)]
    rows.append(Row(address("fabrikam.com"), Was.PENDING))
    return Wish(rows, by_role=False, as_file=False, does=(), justification="canary-why races")


async def looked_at(arena: Arena, lane: Lane, app: str, wish: Wish) -> Case:
    """Have the lane's requestor look at a list, which is sent by nobody yet."""
    for address in wish.of(Was.PENDING):
        await arena.clinic.act(act="invite", address=address)
    asked = {"app": app, "term": "90d", "justification": wish.justification}
    asked["rows"] = "\n".join(row.written for row in wish.rows)

    async def look() -> Sequence[str]:
        await fill_in(arena.clinic, lane.requestor, asked)
        return kept_of(wish, await lists(arena.ground), judged=True)

    wish.list_id = (await until(look, "a list is looked at", _PATIENCE))[0]
    return Case(lane, app, "", wish.list_id, "")


async def body_of(now: Round) -> Body:
    return (await bodies(now.arena.ground)).get(now.case.request, {})


async def send(now: Round) -> None:
    """Send the list, and wait until it waits for its approvers."""

    async def sent() -> Body:
        if not (body := await body_of(now)):
            await now.go(now.press(now.lane.requestor, "bulk.send", list=now.case.request))
        return body

    body = await until(sent, "the list is sent", _PATIENCE)
    now.case.label, now.plan = f"R-{body['number']}", body["plan"]["hash"]


async def decided(now: Round) -> None:
    """Let it be approved, if nobody has decided."""
    while (body := await body_of(now))["state"] == PENDING:
        now.plan = body["plan"]["hash"]
        await now.go(*(now.approve(who) for who in now.some(2)))


async def over(now: Round) -> None:
    """Let the run go on to its end, and what failed be taken up until nothing has."""

    async def ended() -> bool:
        body = await body_of(now)
        bulk = body["bulk"]
        if body["state"] in _NEVER:
            return True
        if bulk["run"] == "paused":
            await now.go(_held(now, now.lane.requestor, "resume"))
        if body["state"] not in _OVER or bulk["again"] is not None or bulk["run"] == "paused":
            return False
        every = (await bodies(now.arena.ground)).values()
        states = {
            one["state"] for one in every if (one.get("listed") or {}).get("list_id") == now.case.request
        }
        if "deliveryFailed" in states:
            await now.go(_held(now, now.lane.requestor, "retry"))
            return False
        return True

    await until(ended, f"the run of {now.case.label} is over", _PATIENCE)


async def typed(now: Round, who: str, line: str) -> Press:
    """Type a line; what is said of it is not read."""
    status = await now.arena.type(who, line)
    return Press(who, line.split(maxsplit=1)[0], status, "typed")


def _held(now: Round, who: str, word: str) -> Coroutine[Any, Any, Press]:
    """Hold a run by a press, or by a line."""
    if now.dice.random() < 0.5:
        return typed(now, who, f"/{word} {now.case.label}")
    return now.press(who, f"list.{word}")


def _may_hold(now: Round) -> Sequence[str]:
    lane = now.lane
    return [lane.requestor, lane.admin, *lane.approvers[:3], lane.stranger]


async def list_sent(now: Round) -> None:
    """A list is sent by button and by line, by its requestor and a stranger, at once: it is one request."""
    lane, code = now.lane, now.case.request[:8]
    await now.go(
        *(now.press(lane.requestor, "bulk.send", list=now.case.request) for _ in range(4)),
        *(typed(now, lane.requestor, f"/bulk send {code}") for _ in range(3)),
        now.press(lane.stranger, "bulk.send", list=now.case.request),
        typed(now, lane.stranger, f"/bulk send {code}"),
    )
    await send(now)
    await now.go(now.press(lane.requestor, "bulk.send", list=now.case.request))


async def list_decided(now: Round) -> None:
    """Some approve a list while others deny it, leave a domain out, give it up, or stop it too soon."""
    await send(now)
    people, label = now.some(6), now.case.label
    others: list[Coroutine[Any, Any, Press]] = []
    if now.dice.random() < 0.5:
        others.append(now.press(people[3], DENY, justification=WHY))
    if now.dice.random() < 0.5:
        others.append(now.press(now.lane.requestor, CANCEL))
    await now.go(
        *(now.approve(who) for who in (*people[:3], people[0])),
        *others,
        typed(now, people[4], f"/approve {label} except {LEFT_OUT}"),
        typed(now, people[5], f"/approve {label}"),
        *(_held(now, who, word) for who in _may_hold(now)[:2] for word in ("stop", "pause")),
    )


async def list_held(now: Round) -> None:
    """A run is paused, resumed and now and then stopped by several at once, again and again."""
    await send(now)
    await decided(now)
    stops = now.dice.random() < 0.4
    for turn in range(3):
        words = ["pause", "resume", "pause", "resume", "resume"] + ["stop"] * (stops and turn == 2)
        await now.go(*(_held(now, now.dice.choice(_may_hold(now)), word) for word in words))


async def list_retried(now: Round) -> None:
    """What failed is taken up by several at once, and once more when that is over."""
    wish = now.wish
    assert wish is not None
    there = {one["mail"]: one["id"] for one in await now.arena.guests()}
    path = f"/users/{there[wish.of(Was.PENDING)[0]]}/sponsors/"
    await now.arena.clinic.fault(match={"method": "POST", "path": path}, do="400", times=2)
    await send(now)
    await decided(now)
    for _ in range(2):
        await until(functools.partial(_failed, now), f"a row of {now.case.label} has failed", _PATIENCE)
        await now.go(*(_held(now, who, "retry") for who in (*_may_hold(now), now.lane.requestor)))


async def _failed(now: Round) -> bool:
    body = await body_of(now)
    return body["state"] == "deliveryFailed" and body["bulk"]["again"] is None


async def list_crossed(now: Round) -> None:
    """Guests of its rows are asked for alone, and approved, while the list is approved and its run begins."""
    wish, lane = now.wish, now.lane
    assert wish is not None
    await send(now)
    wish.alone = {*now.dice.sample(list(wish.of(Was.NEW)), 3)}
    lines = [
        f"/invite {one} to {now.case.app} for 90d because canary-why races" for one in sorted(wish.alone)
    ]
    await now.go(
        *(typed(now, lane.requestor, line) for line in lines), *(now.approve(who) for who in now.some(2))
    )
    await decided(now)
    while waiting := await _waiting(now, wish):
        await now.go(
            *(
                now.arena.press(now.case, lane.approvers[0], APPROVE, request=of, plan=one["plan"]["hash"])
                for of, one in waiting.items()
            )
        )


async def _waiting(now: Round, wish: Wish) -> Mapping[str, Body]:
    every = (await bodies(now.arena.ground)).items()
    return {of: one for of, one in every if one["address"] in wish.alone and one["state"] == PENDING}


async def counted(now: Round) -> None:
    """Wait until all of it is done and the list has counted that."""

    async def look() -> bool:
        every = await bodies(now.arena.ground)
        mine = [of for of, one in every.items() if of == now.case.request or _is_of(one, now)]
        ids = ", ".join(f"'{of}'" for of in mine)
        return is_counted([every[now.case.request]]) and await now.arena.settled(
            f" AND request_id IN ({ids})"
        )

    await until(look, f"all rows of {now.case.label} are done and counted", _PATIENCE)


def _is_of(body: Body, now: Round) -> bool:
    wish = now.wish
    alone = wish is not None and body["address"] in wish.alone
    return alone or (body.get("listed") or {}).get("list_id") == now.case.request


async def judged(rounds: Sequence[Round], arena: Arena, after: Aftermath) -> list[str]:
    """Return what is wrong with the lists of races."""
    found = []
    for now in rounds:
        if now.wish is None:
            continue
        lane = now.lane
        now.wish.label = now.case.label
        people = [lane.requestor, *lane.approvers]
        [one] = await listings(arena.clinic, arena.ground, [now.wish], after, people)
        one.may = {identity(who) for who in (*people, lane.admin)}
        found += [f"{now.race} {fault}" for fault in listed(after, [one], files=False)]
        found += [
            f"{now.race}: {press.who} pressed {press.act} and was answered {press.status}"
            for press in now.presses
            if press.status != 200 and press.said != "typed"
        ]
    return [one for one in found if "nobody wished for it" not in one]


async def race(now: Round, does: Callable[[Round], Awaitable[None]]) -> None:
    """Let a race about a list take place, to the end of its run."""
    await does(now)
    await decided(now)
    await over(now)
    await counted(now)
