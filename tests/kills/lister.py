"""Somebody who sends one list after the other, and those who decide on it and hold its run, whoever dies."""

import asyncio
import csv
import io
import json
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from tests.clinic import Clinic
from tests.journeys.forms import Form
from tests.journeys.lists import LOOK, portal_csv, sends
from tests.kills.grounds import Away, Ground
from tests.kills.wishes import KNOWN, LEFT_OUT, Does, Was, Wish

_AGAIN, _LOOK = 0.7, 0.1
_PEOPLE = ("megan", "alex", "nia", "lidia")
"""Whoever may hold a run: the requestor, both who decide, an admin."""
_OVER = {"delivered", "deliveryFailed", "denied"}
_FOR_GOOD = {"guest-gone"}
"""Why a row becomes no request, however often it is tried."""
_BODIES = "SELECT id, body FROM requests"
_GIVES = {False: "guests-health-records", True: "patient-portal"}
_ROLE = "f3ec6c13-c851-5c7c-9122-a45119e57aea"
_NEEDS = {
    "turn pause": Does.PAUSE,
    "turn resume": Does.PAUSE,
    "turn stop": Does.STOP,
    "turn retry": Does.FAIL,
    "turn row-retry": Does.FAIL,
}
T = TypeVar("T")
Body = Mapping[str, Any]


@dataclass(slots=True)
class Lister:
    """Megan asks, Alex and Nia decide, and all of them hold the run, until it is enough."""

    clinic: Clinic
    ground: Ground
    dice: Random
    points: Callable[[], Collection[str]]
    """Return where processes are to die now."""
    many: bool = False
    """Whether lists have hundreds of rows."""
    wishes: list[Wish] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        while not (self.enough.is_set() and self.wishes):
            points = [point.partition("-")[2] for point in self.points()]
            wanted = {needed for point, needed in _NEEDS.items() if point in points}
            wish = Wish.of_number(len(self.wishes), self.dice, wanted, many=self.many)
            self.wishes.append(wish)
            await self._know(wish)
            await self._sent(wish)
            await self._decided(wish)
            await self._held(wish)
            await self._taken_up(wish)
            await self._filed(wish)

    async def _know(self, wish: Wish) -> None:
        """Let the directory know those whom it knew before, by what an admin did in the portal."""
        for row in wish.rows:
            if row.was in KNOWN:
                await self.clinic.act(act="invite", address=row.written)
            if row.was in {Was.ACCEPTED, Was.HAS, Was.GONE}:
                await self.clinic.act(act="accept", address=row.written)
            if row.was is Was.HAS and wish.by_role:
                await self.clinic.act(act="assign", app=_GIVES[True], address=row.written, role=_ROLE)
            elif row.was is Was.HAS:
                await self.clinic.act(act="addMember", group=_GIVES[False], address=row.written)

    async def _sent(self, wish: Wish) -> None:
        """Look at the list and send it, until there is a request; some of its guests go meanwhile."""
        while (made := await self._judged(wish)) is None:
            await self._look(wish)
            for _ in range(8):
                await asyncio.sleep(_AGAIN / 2)
                if await self._judged(wish):
                    break
        wish.list_id = made
        for address in wish.of(Was.GONE):
            await self.clinic.act(act="deleteGuest", address=address)
        while not (body := await self.body(wish)):
            await self.clinic.say("megan", f"/bulk send {made[:8]}")
            await asyncio.sleep(_AGAIN)
        wish.label = f"R-{body['number']}"

    async def _look(self, wish: Wish) -> None:
        """Send the form once, whatever comes of it: after a file, or with the rows pasted."""
        asked = {"app": wish.app, "term": "90d", "justification": wish.justification}
        carried: dict[str, str] = {}
        if wish.as_file:
            kept = await self._kept(wish)
            if not kept:
                await sends(self.clinic, "megan", portal_csv(*(row.written for row in wish.rows)))
                return
            carried = {"list": kept[0]}
        else:
            asked["rows"] = "\n".join(row.written for row in wish.rows)
        await fill_in(self.clinic, "megan", asked, carried)

    async def _kept(self, wish: Wish, *, judged: bool = False) -> Sequence[str]:
        return kept_of(wish, await lists(self.ground), judged=judged)

    async def _judged(self, wish: Wish) -> str | None:
        return next(iter(await self._kept(wish, judged=True)), None)

    async def _decided(self, wish: Wish) -> None:
        """Let both decide at the same moment, until it is decided."""
        await self._hinder(wish)
        word = "deny" if Does.DENY in wish.does else "approve"
        more = " canary-denial" if word == "deny" else ""
        more = f" except {LEFT_OUT}" if Does.EXCEPT in wish.does else more
        while (body := await self.body(wish))["state"] == "pendingApproval":
            if body["bulk"]["left_out"]:
                more = ""
            await asyncio.gather(
                *(self.clinic.say(who, f"/{word} {wish.label}{more}") for who in ("alex", "nia"))
            )
            await asyncio.sleep(_AGAIN)

    async def _hinder(self, wish: Wish) -> None:
        """Have a row of a guest who was there before fail, or halt the run."""
        there = {one["mail"]: one["id"] for one in (await self.clinic.get("/sandbox/state"))["guests"]}
        pending = wish.of(Was.PENDING)
        for does, status, place in ((Does.FAIL, "400", 0), (Does.HALT, "403", -1)):
            if does in wish.does and (len(pending) > 1 or place == 0):
                path = f"/users/{there[pending[place]]}/sponsors/"
                await self.clinic.fault(match={"method": "POST", "path": path}, do=status, times=1)

    async def _held(self, wish: Wish) -> None:
        """Hold the run when some rows are made, and let it go on, or end it."""
        if Does.PAUSE in wish.does and await self._reached(wish, self.dice.randint(1, len(wish.rows) // 2)):
            await self._turned(wish, "pause", {"paused", "stopped"})
            await asyncio.sleep(self.dice.uniform(0, 2))
            await self._turned(wish, "resume", {"running", "stopped"})
        if Does.STOP in wish.does and await self._reached(wish, self.dice.randint(2, len(wish.rows) - 5)):
            await self._turned(wish, "stop", {"stopped"})

    async def _reached(self, wish: Wish, rows: int) -> bool:
        """Wait until the run has made so many rows; False where it is over before."""
        while (body := await self.body(wish))["bulk"]["made"] < rows:
            if body["state"] in _OVER:
                return False
            await self._unhalted(wish, body)
            await asyncio.sleep(_LOOK)
        return body["state"] not in _OVER

    async def _turned(self, wish: Wish, word: str, to: Collection[str]) -> None:
        """Type a command, somebody and then somebody else, until the run is so, or over."""
        while (body := await self.body(wish))["bulk"]["run"] not in to and body["state"] not in _OVER:
            await self.clinic.say(self.dice.choice(_PEOPLE), f"/{word} {wish.label}")
            await asyncio.sleep(_AGAIN)

    async def _unhalted(self, wish: Wish, body: Body) -> None:
        """Have a run go on that a refusal has paused."""
        if body["bulk"]["run"] == "paused":
            await self.clinic.say(self.dice.choice(_PEOPLE), f"/resume {wish.label}")
            await asyncio.sleep(_AGAIN)

    async def _taken_up(self, wish: Wish) -> None:
        """Wait for the end, and have taken up what failed, until nothing is left that can be.

        An address of somebody who was deleted is taken for thirty days: that is tried once.
        """
        tried, gone = False, set(wish.of(Was.GONE))
        while True:
            body = await self.body(wish)
            bulk = body["bulk"]
            if body["state"] == "denied":
                return
            if body["state"] in _OVER and bulk["again"] is None and bulk["run"] != "paused":
                failed = [
                    one["address"]
                    for one in (await self.rows(wish)).values()
                    if one["state"] == "deliveryFailed" and not (tried and one["address"] in gone)
                ]
                skipped = {why for _, why in bulk["skipped"]} - (_FOR_GOOD if tried else set())
                if not failed and not skipped:
                    return
                tried = True
                await self.clinic.say(self.dice.choice(_PEOPLE), f"/retry {wish.label}")
            await self._unhalted(wish, body)
            await asyncio.sleep(_AGAIN)

    async def _filed(self, wish: Wish) -> None:
        """Have the results saved, by whoever asked."""
        label, there = wish.label.lower(), {"as": "megan"}
        place = await self.clinic.place("megan", "personal")
        while Does.DENY not in wish.does and not wish.files:
            await self.clinic.say("megan", f"/bulk {wish.label} file")
            seen = [one for one in await messages(self.clinic, "megan") if one["file"]]
            offers = [one for one in seen if one["file"]["kind"] == "consent"]
            mine = [one for one in offers if one["file"]["name"].startswith(f"results-{label}-")]
            for one in mine[-1:]:
                asked = {"conversation": place, "messageId": one["id"], "action": "accept"}
                await self.clinic.post("/teams/consent", **there, **asked)
            await asyncio.sleep(_AGAIN)
            saved = await self.clinic.get("/teams/files", **there)
            of_it = [one for one in saved if one["name"].startswith(f"results-{label}-")]
            wish.files = [await self._read(one["url"]) for one in of_it]

    async def _read(self, url: str) -> list[dict[str, str]]:
        async with self.clinic.http.get(f"{self.clinic.url}{url}") as answer:
            return list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))

    async def body(self, wish: Wish) -> Body:
        """Return the request of a list as it is stored; empty while there is none."""
        return (await self.bodies()).get(wish.list_id, {})

    async def rows(self, wish: Wish) -> Mapping[str, Body]:
        """Return the requests of the rows of a list."""
        every = (await self.bodies()).items()
        return {of: body for of, body in every if (body.get("listed") or {}).get("list_id") == wish.list_id}

    async def bodies(self) -> Mapping[str, Body]:
        return await bodies(self.ground)

    async def settled(self) -> bool:
        return is_counted((await self.bodies()).values())


def is_counted(every: Iterable[Body]) -> bool:
    """Tell whether every list counts what there is by now: no mail of it waits, no row is under way."""
    told = [body["bulk"]["told"].split("/") for body in every if body.get("bulk")]
    return all(len(parts) < 2 or {parts[1], parts[6]} == {"0"} for parts in told)


def kept_of(wish: Wish, kept: Mapping[str, Any], *, judged: bool) -> Sequence[str]:
    """Return the lists with these rows that are kept, as they were read or as they were judged."""
    written = [row.written for row in wish.rows]
    mine = ((of, one) for of, one in kept.items() if [row["written"] for row in one["rows"]] == written)
    return [of for of, made in mine if bool(made["app"]["object_id"]) is judged]


async def messages(clinic: Clinic, who: str) -> Sequence[Mapping[str, Any]]:
    """Return what somebody has in their own chat, without a look that would draw its cards anew."""
    asked: dict[str, Any] = {"as": who, "conversation": await clinic.place(who, "personal")}
    found: Sequence[Mapping[str, Any]] = (await clinic.get("/teams/messages", **asked, refresh="off"))[
        "messages"
    ]
    return found


async def fill_in(
    clinic: Clinic, who: str, asked: Mapping[str, str], carried: Mapping[str, str] | None = None
) -> None:
    """Have the form of lists opened and sent once, whatever comes of it."""
    await clinic.say(who, "/bulk")
    cards = [one for one in await messages(clinic, who) if one["card"]]
    if not cards:
        return
    data = {"verb": "bulk.open", "msteams": {"type": "task/fetch"}, **(carried or {})}
    opened = await clinic.post(
        "/teams/press",
        **{"as": who},
        conversation=await clinic.place(who, "personal"),
        messageId=cards[-1]["id"],
        action={"type": "Action.Submit", "data": data},
    )
    if dialog := opened["shown"].get("dialog"):
        await Form(clinic, who, dialog).send(LOOK, **asked)


async def bodies(ground: Ground) -> Mapping[str, Body]:
    """Return every request as it is stored, by its id."""

    async def read() -> Mapping[str, Body]:
        return {of: json.loads(body) for of, body in await ground.rows(_BODIES)}

    return await _there(read)


async def lists(ground: Ground) -> Mapping[str, Any]:
    """Return every list that is kept, by its id."""

    async def read() -> Mapping[str, Any]:
        rows = await ground.rows("SELECT id, body FROM lists ORDER BY id")
        return {of: json.loads(zlib.decompress(body)) for of, body in rows}

    return await _there(read)


async def _there(read: Callable[[], Awaitable[T]]) -> T:
    """Read what the database holds, as soon as it answers."""
    while True:
        with suppress(Away):
            return await read()
        await asyncio.sleep(_LOOK)
