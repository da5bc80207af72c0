"""The people of a run: Megan asks for guests, Alex and Nia race to decide, guests accept."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from aiohttp import web

from sandbox.story import Story
from tests.clinic import POLICY, TOKEN, Clinic
from tests.kills.afterlives import LATER, Afterlife, left_to_do
from tests.kills.grounds import Away, Ground

REQUESTS = "SELECT r.number, r.state, p.address FROM requests r JOIN personal p ON p.subject = r.subject"
_AT_ONCE = 6
_AGAIN, _LOOK = 0.5, 0.1
_ANSWERED = (200, 503)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
PENDING = "pendingApproval"
OFTEN = 3
_UNDER_WAY = {"submitted", PENDING, "delivering"}
_WITHOUT_OWNER = {"restored": "undone", "changed": "given again"}
"""What becomes of guests of Patient Portal, which Megan does not own."""


class Before(StrEnum):
    """How the directory knew a guest before anybody asked for them here."""

    NOBODY = "nobody"
    PENDING = "pending"
    ACCEPTED = "accepted"


_BEFORE = {1: Before.ACCEPTED, 2: Before.PENDING, 3: Before.PENDING, 4: Before.ACCEPTED}
"""By the last digit of a guest's number: two in ten pending, two accepted, of each one for either app."""


def policy() -> str:
    """Return the clinic's policy, with the two who race deciding for Patient Portal as well."""
    story = Story.load()
    racing = ", ".join(f'"person:{story.person(key)["id"]}"' for key in ("alex", "nia"))
    text = POLICY.read_text(encoding="utf-8")
    if text.count('["manager"]') != 1:
        raise ValueError("the clinic's policy has no longer one app whose manager decides")
    return text.replace('["manager"]', f"[{racing}]")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody to invite; a `contested` request is approved by one and denied by the other at once."""

    address: str
    name: str
    justification: str
    in_channel: bool
    contested: bool
    accepts: bool
    by_role: bool = False
    """Given an app role of Patient Portal, not membership of the group of Health Records."""
    before: Before = Before.NOBODY
    later: str = ""
    """What becomes of the guest once they have access (afterlives.py), if anything."""

    @property
    def other_name(self) -> str:
        return f"Canary {self.justification.rpartition(' ')[2].capitalize()}"

    @classmethod
    def of(cls, number: int, dice: Random, often: int = OFTEN) -> "Guest":
        """Return a guest of this number; of so many one goes on after the delivery."""
        word = "".join(dice.choices(_LETTERS, k=9))
        before = _BEFORE.get(number % 10, Before.NOBODY)
        by_role, contested = number % 5 in (1, 3), number % 8 == 5
        turn = number // often
        turn += turn // len(LATER)  # without this, what becomes of a guest would go by the app
        later = list(LATER)[turn % len(LATER)] if number % often == often - 1 else ""
        return cls(
            address=f"canary.{word}@fabrikam.com",
            name=f"Canary {word.capitalize()}",
            justification=f"canary-why {word[::-1]}",
            in_channel=number % 2 == 0,
            contested=contested,
            accepts=number % 3 == 0 and before is not Before.ACCEPTED and not later,
            by_role=by_role,
            before=before,
            later="" if contested else _WITHOUT_OWNER.get(later, later) if by_role else later,
        )


@dataclass(slots=True)
class Crowd:
    """Lets requests come in, a few at a time, and carries each through to its decision."""

    clinic: Clinic
    ground: Ground
    dice: Random
    often: int = OFTEN
    """Of so many guests one goes on after the delivery."""
    anyway: bool = False
    """Whether approvers approve what is known to fail: who is blind takes guests who are there for others."""
    guests: list[Guest] = field(default_factory=list)
    coming: deque[Guest] = field(default_factory=deque)
    states: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Number and state of the first request about each guest, by the address."""
    under_way: list[str] = field(default_factory=list)
    _lives: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def busy(self) -> int:
        return len(self._lives)

    @property
    def full(self) -> bool:
        return len(self._lives) >= _AT_ONCE

    async def bring_in(self, count: int) -> int:
        """Draw the guests to come; let the directory know those whom it knew before.

        Returns the ledger's last entry about that, and begins only where the database can be looked into.
        """
        self.coming.extend(Guest.of(number, self.dice, self.often) for number in range(count))
        for guest in self.coming:
            if guest.before is not Before.NOBODY:
                await self._invited_before(guest)
        return max((entry["seq"] for entry in await self.clinic.ledger()), default=0)

    async def _invited_before(self, guest: Guest) -> None:
        call = {
            "invitedUserEmailAddress": guest.address,
            "invitedUserDisplayName": guest.name,
            "inviteRedirectUrl": "https://contoso-health.com/",
        }
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{self.clinic.url}/v1.0/invitations"
        async with self.clinic.http.post(url, json=call, headers=bearer) as answer:
            assert answer.status == web.HTTPCreated.status_code, await answer.text()
        if guest.before is Before.ACCEPTED:
            await self.clinic.act(act="accept", address=guest.address)

    def invite(self) -> None:
        """Let the next one in; who comes beyond those that were drawn is new to the directory."""
        if self.coming:
            guest = self.coming.popleft()
        else:
            guest = replace(Guest.of(len(self.guests), self.dice, self.often), before=Before.NOBODY)
        self.guests.append(guest)
        life = asyncio.create_task(self._live(guest))
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    async def look(self) -> None:
        """Keep up with what the database says, for as long as the run lasts."""
        while True:
            with suppress(Away):
                rows = await self.ground.rows(REQUESTS)
                newest_first = sorted(rows, key=lambda row: -row[0])
                self.states = {address: (number, state) for number, state, address in newest_first}
                self.under_way = [state for _, state, _ in rows if state in _UNDER_WAY]
            await asyncio.sleep(_LOOK)

    async def _live(self, guest: Guest) -> None:
        """Ask until the request is known, decide until it is decided, accept once there is access."""
        where, mention = ("channel", "@Guestlist ") if guest.in_channel else ("personal", "")
        app = "Patient Portal" if guest.by_role else "Health Records"
        said = f"{mention}/invite {guest.address} to {app} for 90d because {guest.justification}"
        once = True
        while guest.address not in self.states:
            # A turn that nobody answered may still be under way, and ask anew for what was denied meanwhile.
            once &= (await self.clinic.say("megan", said, where))["status"] in _ANSWERED
            await self._until_known(guest)
        while self.states[guest.address][1] == PENDING:
            label = f"R-{self.states[guest.address][0]}"
            approval = f"/approve {label}" + (" anyway" if self.anyway else "")
            other = f"/deny {label} canary-denial" if guest.contested and once else approval
            turns = [("alex", approval), ("nia", other)]
            self.dice.shuffle(turns)
            await asyncio.gather(*(self.clinic.say(who, text) for who, text in turns))
            await asyncio.sleep(_AGAIN)
        await self._accept(guest)
        await self._go_on(guest)

    async def _go_on(self, guest: Guest) -> None:
        """Let happen what is to become of the guest, once there is access, if there ever is."""
        while guest.later:
            state = self.states[guest.address][1]
            if state == "delivered":
                await Afterlife(self.clinic, self.ground, guest.address, guest.other_name).live(guest.later)
            if state != "delivering":
                return
            await asyncio.sleep(_LOOK)

    async def _until_known(self, guest: Guest) -> None:
        for _ in range(round(_AGAIN / _LOOK)):
            await asyncio.sleep(_LOOK)
            if guest.address in self.states:
                return

    async def _accept(self, guest: Guest) -> None:
        """Accept once there is access, if this guest does and there ever is."""
        while guest.accepts:
            state = self.states[guest.address][1]
            if state == "delivered":
                await self.clinic.act(act="accept", address=guest.address)
            if state != "delivering":
                return
            await asyncio.sleep(_LOOK)

    async def leave(self) -> None:
        for life in list(self._lives):
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)

    async def settled(self) -> bool:
        """Tell whether every request has ended and nothing is left to do for any of them."""
        if self.busy:
            return False
        try:
            # In this order: what an acceptance makes due is in the journal once it is in the audit.
            accepted = await self.ground.rows("SELECT request_id FROM audit WHERE what = 'guest.accepted'")
            left = await self.ground.rows(f"SELECT key FROM jobs WHERE {left_to_do(time.time())}")
        except Away:
            return False
        return not self.under_way and not left and len({row[0] for row in accepted}) >= len(self.accepting())

    def accepting(self) -> Sequence[Guest]:
        """Return the guests who have accepted."""
        delivered = {address for address, (_, state) in self.states.items() if state == "delivered"}
        return [guest for guest in self.guests if guest.accepts and guest.address in delivered]
