"""`/guests`: the guests of an app, for those whose app it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from access.rules import sheet
from access.rules.guest_list import AppPage, GuestPage, NoSuchApp, Only, Order, Wanted
from access.rules.refusals import Unreadable
from access.rules.sheet import WhyNotSaved
from access.service.guest_sheets import GuestSheets
from cards import answers, guest_apps, guest_list, guest_sheet
from cards.guest_list import DOMAIN, ONLY, ORDER
from cards.look import Look
from dialogs.commands import first_address, read_page
from dialogs.flow import Routes, look_of, told
from dialogs.turn import Consented, Filed, Offer, Pressed, Reply, Said, Say, Show

_QUOTED = re.compile(r"^[\"“”„‟«»](?P<app>[^\"“”„‟«»]{1,256})[\"“”„‟«»](?P<rest>.*)$")
_AS_FILE = re.compile(r"(?i)(?:^|\s)as\s+(?:a\s+)?(?:file|csv)$")
_PAGE = re.compile(r"(?i)(?:^|\s)(?:page|p|seite)\s*(?P<page>[0-9]{1,4})$")
_BY = re.compile(r"(?i)(?:^|\s)by\s+(?P<order>[a-z]{1,10})$")
_WORD = re.compile(r"(?:^|\s)(?P<word>\S+)$")
_DOMAIN = re.compile(r"^@?(?P<domain>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})$")
_ONLY = {str(one): one for one in Only}
_ORDERS = {str(one): one for one in Order}
_LONGEST = 700
"""Letters that an app's name of 256, a domain of 255 and all the other parts come to at most."""


@dataclass(frozen=True, slots=True)
class Guests:
    """Answers where nobody else reads it, wherever it was typed: the list has the guests' addresses."""

    sheets: GuestSheets
    house: Look

    def routes(self) -> Routes:
        return Routes(
            commands={"guests": self.guests},
            presses={"guests.page": self.turned, "guests.file": self.wanted},
            consents={"guests.save": self.answered},
            effects=frozenset({"guests.save"}),
        )

    async def guests(self, turn: Said, rest: str) -> Reply | None:
        look = look_of(turn, self.house)
        if address := first_address(rest):
            return Say(guest_list.one_guest(address, look))
        wanted = read_wanted(rest)
        return Say(guest_list.usage(look)) if wanted is None else await self._shown(turn, wanted)

    async def turned(self, turn: Pressed) -> Reply:
        """Show another page or other guests; whose app it is, is found out as if it were typed."""
        return await self._shown(turn, _pressed(turn.data))

    async def wanted(self, turn: Pressed) -> Reply:
        """Offer the guests of a list as a file."""
        return await self._shown(turn, replace(_pressed(turn.data), as_file=True))

    async def answered(self, turn: Consented) -> Reply:
        """Make the file that was offered and is wanted, of the guests as they are by now."""
        look, wanted = look_of(turn, self.house), _pressed(turn.data)
        app, why = str(turn.data.get("name", "")), WhyNotSaved.DECLINED
        if turn.room is not None:
            url = turn.room.upload_url
            saved = await self.sheets.save(wanted, turn.actor.object_id, url, look.zone)
            if isinstance(saved, GuestPage):
                return Filed(turn.room)
            why = saved
        return Show(guest_sheet.none(why, wanted, app, look))

    async def _shown(self, turn: Said | Pressed, wanted: Wanted) -> Reply:
        look = look_of(turn, self.house, here=False)
        shown = await self.sheets.lists.show(wanted, turn.actor.object_id)
        if isinstance(shown, Unreadable):
            return told(turn, Say(answers.refused_text(shown, "view", look)), here=False)
        if isinstance(shown, NoSuchApp):
            words = guest_apps.no_app if wanted.app else guest_apps.no_apps
            return told(turn, Say(words(look)), here=False)
        if isinstance(shown, AppPage):
            return told(turn, Show(guest_apps.apps(shown, look)), here=False)
        if shown.wanted.as_file and shown.found:
            return _offered(shown, look)
        return told(turn, Show(guest_list.guests(shown, look)), here=False)


def _offered(shown: GuestPage, look: Look) -> Offer:
    day = shown.read_at.astimezone(look.zone).date()
    return Offer(
        name=sheet.name_of(shown.app.name, day),
        about=guest_sheet.about(shown, look),
        size=sheet.estimate(shown, look.zone),
        verb="guests.save",
        data={**guest_list.asked(shown.wanted, shown.app.object_id), "name": shown.app.name},
    )


def read_wanted(text: str) -> Wanted | None:
    """Read `"APP" pending fabrikam.com by end page 2`, whose parts after the app may stand in any order.

    Without quotes the app is what stands before them. None where what follows the quotes is none of them, and
    where it is longer than all of them can be: each part is looked for in the whole line.
    """
    if len(text) > _LONGEST:
        return None
    quoted = _QUOTED.match(text.strip())
    rest = quoted["rest"].strip() if quoted else text.strip()
    wanted = Wanted(typed="" if quoted else rest)
    while found := _last(rest, wanted):
        wanted, rest = found
    if quoted:
        return None if rest else replace(wanted, app=quoted["app"].strip())
    return replace(wanted, app=rest)


def _last(rest: str, wanted: Wanted) -> tuple[Wanted, str] | None:
    """Read the last part and return what is left before it; None where it is none."""
    if (found := _AS_FILE.search(rest)) and not wanted.as_file:
        return replace(wanted, as_file=True), rest[: found.start()].rstrip()
    if found := _PAGE.search(rest):
        return replace(wanted, page=read_page(found["page"])), rest[: found.start()].rstrip()
    if (found := _BY.search(rest)) and found["order"].lower() in _ORDERS:
        return replace(wanted, order=_ORDERS[found["order"].lower()]), rest[: found.start()].rstrip()
    if not (found := _WORD.search(rest)):
        return None
    word, left = found["word"].lower(), rest[: found.start()].rstrip()
    if word in _ONLY and wanted.only is None:
        return replace(wanted, only=_ONLY[word]), left
    if (of := _DOMAIN.match(word)) and not wanted.domain:
        return replace(wanted, domain=of["domain"]), left
    return None


def _pressed(data: Mapping[str, Any]) -> Wanted:
    """Read a button with the fields of the filter: what is none of them narrows nothing."""
    of = _DOMAIN.match(str(data.get(DOMAIN, "")).strip().lower())
    return Wanted(
        app=str(data.get("app", "")),
        only=_ONLY.get(str(data.get(ONLY, ""))),
        domain=of["domain"] if of else "",
        order=_ORDERS.get(str(data.get(ORDER, "")), Order.NEED),
        page=read_page(str(data.get("page", ""))),
    )
