"""`/renewals`: what ends of one's apps within a while, and many of it renewed, or let end, in one go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from access.rules.addresses import read_address
from access.rules.guest_list import NoSuchApp
from access.rules.refusals import Unreadable
from access.rules.renewal_list import MOST, Act, Wanted
from access.rules.visible import visible
from access.service.extend import Where
from access.service.renew_many import ManyRenewals
from cards import answers, renewal_list, renewing
from cards.look import Look
from cards.renewal_list import JUSTIFICATION, KEPT, PICKED
from cards.words import LONGEST
from dialogs.commands import read_number, read_page
from dialogs.drafts import parted
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Pressed, Reply, Said, Say, Scope, Show

_PAGE = re.compile(r"(?i)(?:^|\s)(?:page|p|seite)\s*(?P<page>[0-9]{1,4})$")
_ACT = re.compile(r"(?i)^(?P<app>.*?)(?:^|\s)(?P<act>renew|norenew):?\s+(?P<who>\S.*)$")
_UNMEANT = re.compile(r"(?i)(?:^|\s)(?:renew|norenew):?$|^[\"“”„‟«»][^\"“”„‟«»]+[\"“”„‟«»]\s*\S|\s\S+@\S+$")
"""Ends with an act on nobody, or with what is no part of an app's name."""
_QUOTES = '"“”„‟«»'
_BETWEEN = re.compile(r"[\s,;]+")
_PAIR = re.compile(r"^(?P<request>R-[0-9]{1,9})=(?P<ends>[0-9T:.+-]{1,40})$")
_LONGEST_APP = 256
_KEPT_MOST = 5 * MOST


@dataclass(frozen=True, slots=True)
class Typed:
    """What follows `/renewals`: the app, the page, and what is to become of whom."""

    wanted: Wanted
    act: Act | None = None
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenewingMany:
    """Answers where nobody else reads it: the list has the guests' addresses."""

    many: ManyRenewals
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"renewals": self.renewals},
            presses={
                "renewals.page": self.turned,
                "renewals.renew": self.renew,
                "renewals.end": self.let_end,
            },
            effects=frozenset({"renewals"}),
        )

    async def renewals(self, turn: Said, rest: str) -> Reply | None:
        typed = read_typed(rest)
        if typed is None:
            return Say(renewal_list.usage(look_of(turn, self.house)))
        if typed.act is Act.END and typed.wanted.justification:
            return Say(renewing.unjustified("/renewals norenew R-1042", look_of(turn, self.house)))
        if typed.act is None:
            return await self._shown(turn, typed.wanted)
        return await self._done(turn, typed.act, typed.wanted, typed.who)

    async def turned(self, turn: Pressed) -> Reply:
        """Show another page; what was picked on this one stays so."""
        return await self._shown(turn, read_pressed(turn.data))

    async def renew(self, turn: Pressed) -> Reply:
        return await self._pressed(turn, Act.RENEW)

    async def let_end(self, turn: Pressed) -> Reply:
        return await self._pressed(turn, Act.END)

    async def _pressed(self, turn: Pressed, act: Act) -> Reply:
        wanted = read_pressed(turn.data)
        if not wanted.picked:
            return await self._shown(turn, wanted, nobody=True)
        return await self._done(turn, act, wanted, ())

    async def _done(self, turn: Said | Pressed, act: Act, wanted: Wanted, who: tuple[str, ...]) -> Reply:
        where = Where(turn.place, turn.scope is Scope.PERSONAL)
        done = await self.many.act(act, wanted, who, turn.actor.object_id, where)
        return told(turn, Show(renewal_list.done(done, self._own(turn))), here=False)

    async def _shown(self, turn: Said | Pressed, wanted: Wanted, *, nobody: bool = False) -> Reply:
        look = self._own(turn)
        shown = await self.many.show(wanted, turn.actor.object_id)
        if isinstance(shown, Unreadable):
            return told(turn, Say(answers.refused_text(shown, "view", look)), here=False)
        if isinstance(shown, NoSuchApp):
            return told(turn, Say(renewal_list.no_app(look)), here=False)
        return told(turn, Show(renewal_list.accesses(shown, look, nobody=nobody)), here=False)

    def _own(self, turn: Said | Pressed) -> Look:
        return look_of(turn, self.house, here=False)


def read_typed(text: str) -> Typed | None:
    """Read `"Health Records" page 2`, or `"Health Records" renew ana@fabrikam.com, R-1042 because …`.

    None where what follows the act is neither an address nor the number of a request, or nothing, and where
    something else follows the app.
    """
    text, justification = parted(text)
    if found := _ACT.match(text):
        words = [one for one in _BETWEEN.split(found["who"]) if one not in {"", "and", "und"}]
        who = [_meant(one) for one in words]
        if not all(who):
            return None
        wanted = Wanted(app=_app(found["app"]), justification=visible(justification)[:LONGEST])
        return Typed(wanted, Act(found["act"].lower()), tuple(map(str, who)))
    page = _PAGE.search(text)
    head = text[: page.start()] if page else text
    if _UNMEANT.search(head):
        return None
    return Typed(Wanted(app=_app(head), page=read_page(page["page"]) if page else 1))


def _meant(word: str) -> str | None:
    number, address = read_number(word), read_address(word)
    if number is not None and number.exact and not number.rest:
        return number.label
    return address if isinstance(address, str) else None


def _app(text: str) -> str:
    return text.strip().strip(_QUOTES).strip()[:_LONGEST_APP]


def read_pressed(data: Mapping[str, Any]) -> Wanted:
    """Read a button with what is ticked on its page and was on others; all of it is a hint."""
    kept = [one for one in str(data.get(KEPT, "")).split(",") if one]
    ticked = [str(value) for name, value in data.items() if name.startswith(PICKED)]
    pairs = (found for one in (*kept, *ticked)[:_KEPT_MOST] if (found := _PAIR.match(one)))
    picked = {found["request"]: found["ends"] for found in pairs}
    app = str(data.get("app", ""))[:_LONGEST_APP]
    justification = visible(str(data.get(JUSTIFICATION, "")))[:LONGEST]
    page = read_page(str(data.get("page", "")))
    return Wanted(app=app, page=page, picked=picked, justification=justification)
